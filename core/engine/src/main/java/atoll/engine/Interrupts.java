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

  /** Virtual supervisor software interrupt: number 1 to the guest that takes it. */
  static final int VSSI = 2;

  static final int VSTI = 6;
  static final int VSEI = 10;

  static final long SSIP = 1L << SSI;
  static final long MSIP = 1L << MSI;
  static final long STIP = 1L << STI;
  static final long MTIP = 1L << MTI;
  static final long SEIP = 1L << SEI;
  static final long MEIP = 1L << MEI;

  static final long VSSIP = 1L << VSSI;
  static final long VSTIP = 1L << VSTI;
  static final long VSEIP = 1L << VSEI;

  static final long SUPERVISOR = SSIP | STIP | SEIP;

  /** Those of a guest; there are no guest external interrupts (GEILEN is 0). */
  static final long VIRTUAL = VSSIP | VSTIP | VSEIP;

  static final long ALL = SUPERVISOR | VIRTUAL | MSIP | MTIP | MEIP;

  /** From the most urgent to the least (priv §18.2.4). */
  private static final int[] PRIORITY = {MEI, MSI, MTI, SEI, SSI, STI, VSEI, VSSI, VSTI};

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
