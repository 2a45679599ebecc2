package atoll.keys;

import java.nio.file.Path;
import java.util.Locale;
import java.util.function.UnaryOperator;

/** Where a user's programs keep what the user has decided. */
public final class ConfigFolder {
  private ConfigFolder() {}

  /**
   * Atoll's folder: {@code $XDG_CONFIG_HOME/atoll}, or the operating system's custom.
   *
   * @param environment by name; null where not set
   * @param property system properties by name
   */
  public static Path locate(UnaryOperator<String> environment, UnaryOperator<String> property) {
    String xdg = environment.apply("XDG_CONFIG_HOME");
    // The XDG base directory specification: a relative path is invalid and to be ignored.
    if (xdg != null && Path.of(xdg).isAbsolute()) {
      return Path.of(xdg, "atoll");
    }
    Path home = Path.of(property.apply("user.home"));
    String system = property.apply("os.name").toLowerCase(Locale.ROOT);
    return system.contains("mac")
        ? home.resolve("Library/Application Support/atoll")
        : home.resolve(".config/atoll");
  }
}
