package atoll.peripheral;

import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What the user says of a device: words, numbers and truth values by name. What is not asked for by
 * a device's constructor is refused, so that a slip of the pen is found.
 */
public final class Settings {
  private final Map<String, String> values;
  private final Set<String> asked = new TreeSet<>();

  /**
   * Settings as they are written.
   *
   * @param values by name
   */
  public Settings(Map<String, String> values) {
    this.values = new TreeMap<>(values);
  }

  private String value(String name) {
    asked.add(name);
    return values.get(name);
  }

  /**
   * Words.
   *
   * @param name of the setting
   * @param otherwise if it is not given
   * @return as written
   */
  public String text(String name, String otherwise) {
    String value = value(name);
    return value == null ? otherwise : value;
  }

  /**
   * A whole number, decimal or hexadecimal behind {@code 0x}; underscores may be in it.
   *
   * @param name of the setting
   * @param least the smallest that can be
   * @param most the largest that can be
   * @param otherwise if it is not given
   * @return between the two
   * @throws SettingException if it is something else
   */
  public long number(String name, long least, long most, long otherwise) {
    String value = value(name);
    if (value == null) {
      return otherwise;
    }
    try {
      long number = Long.decode(value.replace("_", ""));
      if (number >= least && number <= most) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Told below.
    }
    throw wrong(name, value, "a whole number from %d to %d".formatted(least, most));
  }

  /**
   * {@code true} or {@code false}.
   *
   * @param name of the setting
   * @param otherwise if it is not given
   * @return which of the two
   * @throws SettingException if it is something else
   */
  public boolean flag(String name, boolean otherwise) {
    String value = value(name);
    if (value == null) {
      return otherwise;
    }
    if (!value.equals("true") && !value.equals("false")) {
      throw wrong(name, value, "true or false");
    }
    return value.equals("true");
  }

  private static SettingException wrong(String name, String value, String expected) {
    return new SettingException(
        "setting '%s' is '%s', expected %s".formatted(name, value, expected));
  }

  /**
   * Refuses what nobody has asked for.
   *
   * @throws SettingException that names one, and what there is
   */
  public void requireAllAsked() {
    for (String name : values.keySet()) {
      if (!asked.contains(name)) {
        throw new SettingException(
            "there is no setting '%s', expected one of %s".formatted(name, asked));
      }
    }
  }
}
