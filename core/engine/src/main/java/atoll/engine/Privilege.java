package atoll.engine;

/** Privilege levels as the specification encodes them (priv §1.2). */
public final class Privilege {
  /** U: applications. */
  public static final int USER = 0;

  /** S: operating systems. */
  public static final int SUPERVISOR = 1;

  /** M: firmware. */
  public static final int MACHINE = 3;

  private Privilege() {}

  /** The letter that names a level. */
  public static String name(int privilege) {
    return switch (privilege) {
      case USER -> "U";
      case SUPERVISOR -> "S";
      default -> "M";
    };
  }
}
