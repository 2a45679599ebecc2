package atoll.manager;

import java.util.Optional;

/** Which Atoll this is. */
public final class Version {
  /** By which the launcher says what has been built. */
  private static final String SOURCE = "atoll.source";

  private Version() {}

  /** Its number, as the build has recorded it in the module. */
  public static String number() {
    return Optional.ofNullable(Version.class.getModule().getDescriptor())
        .flatMap(module -> module.rawVersion())
        .orElse("development");
  }

  /** The same with what it was built from, if the build knows that: a commit, and changes to it. */
  public static String build() {
    return build(number(), System.getProperty(SOURCE, ""));
  }

  static String build(String version, String source) {
    return source.isBlank() ? version : "%s (%s)".formatted(version, source);
  }
}
