package atoll.engine;

/** Interrupt numbers and their bits in {@code mip} and {@code mie} (priv §3.1.9). */
public final class Interrupts {
  /** Supervisor software interrupt. */
  public static final int SSI = 1;

  /** Machine software interrupt. */
  public static final int MSI = 3;

  /** Supervisor timer interrupt. */
  public static final int STI = 5;

  /** Machine timer interrupt. */
  public static final int MTI = 7;

  /** Supervisor external interrupt. */
  public static final int SEI = 9;

  /** Machine external interrupt. */
  public static final int MEI = 11;

  static final long SSIP = 1L << SSI;
  static final long MSIP = 1L << MSI;
  static final long STIP = 1L << STI;
  static final long MTIP = 1L << MTI;
  static final long SEIP = 1L << SEI;
  static final long MEIP = 1L << MEI;

  static final long SUPERVISOR = SSIP | STIP | SEIP;
  static final long ALL = SUPERVISOR | MSIP | MTIP | MEIP;

  /** From the most urgent to the least: MEI, MSI, MTI, SEI, SSI, STI. */
  private static final int[] PRIORITY = {MEI, MSI, MTI, SEI, SSI, STI};

  private Interrupts() {}

  /** The number of the most urgent interrupt in a non-empty set. */
  static int mostUrgent(long set) {
    for (int number : PRIORITY) {
      if ((set & 1L << number) != 0) {
        return number;
      }
    }
    throw new AssertionError("no known interrupt in " + Long.toHexString(set));
  }
}
