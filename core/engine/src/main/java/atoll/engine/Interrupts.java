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
  public static final int VSSI = 2;

  public static final int VSTI = 6;
  public static final int VSEI = 10;

  public static final long SSIP = 1L << SSI;
  public static final long MSIP = 1L << MSI;
  public static final long STIP = 1L << STI;
  public static final long MTIP = 1L << MTI;
  public static final long SEIP = 1L << SEI;
  public static final long MEIP = 1L << MEI;

  public static final long VSSIP = 1L << VSSI;
  public static final long VSTIP = 1L << VSTI;
  public static final long VSEIP = 1L << VSEI;

  public static final long SUPERVISOR = SSIP | STIP | SEIP;

  /** Those of a guest; there are no guest external interrupts (GEILEN is 0). */
  public static final long VIRTUAL = VSSIP | VSTIP | VSEIP;

  public static final long ALL = SUPERVISOR | VIRTUAL | MSIP | MTIP | MEIP;

  /** From the most urgent to the least (priv §18.2.4). */
  private static final int[] PRIORITY = {MEI, MSI, MTI, SEI, SSI, STI, VSEI, VSSI, VSTI};

  private Interrupts() {}

  /** The number of the most urgent interrupt in a non-empty set. */
  public static int mostUrgent(long set) {
    for (int number : PRIORITY) {
      if ((set & 1L << number) != 0) {
        return number;
      }
    }
    throw new AssertionError("no known interrupt in " + Long.toHexString(set));
  }
}
