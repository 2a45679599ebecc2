package atoll.image;

import java.nio.file.Path;
import java.util.Locale;
import java.util.function.UnaryOperator;

/** The folders that programs have for a user, by what is kept in them. */
public enum UserFolder {
  /** What can be fetched or made again. */
  CACHE("XDG_CACHE_HOME", ".cache", "Library/Caches"),

  /** What cannot be fetched or made again. */
  DATA("XDG_DATA_HOME", ".local/share", "Library/Application Support"),

  /** What the user has decided. */
  CONFIG("XDG_CONFIG_HOME", ".config", "Library/Application Support");

  private static final String ATOLL = "atoll";

  private final String variable;
  private final String usual;
  private final String onMac;

  UserFolder(String variable, String usual, String onMac) {
    this.variable = variable;
    this.usual = usual;
    this.onMac = onMac;
  }

  /**
   * Atoll's folder in it: where the environment says, by {@code $XDG_CACHE_HOME} for example, or
   * else by the operating system's custom.
   *
   * @param environment by name; null where not set
   * @param property system properties by name
   */
  public Path locate(UnaryOperator<String> environment, UnaryOperator<String> property) {
    String xdg = environment.apply(variable);
    // The XDG base directory specification: a relative path is invalid and to be ignored.
    if (xdg != null && Path.of(xdg).isAbsolute()) {
      return Path.of(xdg, ATOLL);
    }
    boolean mac = property.apply("os.name").toLowerCase(Locale.ROOT).contains("mac");
    return Path.of(property.apply("user.home"), mac ? onMac : usual, ATOLL);
  }
}
