package atoll.engine;

/** Traps that a hart has taken, by cause: the evidence behind trap-and-emulate. */
public final class TrapCounts {
  private static final int CAUSES = 64;

  private final long[] exceptions = new long[CAUSES];
  private final long[] interrupts = new long[CAUSES];

  void exception(int cause, int fromPrivilege) {
    exceptions[cause]++;
  }

  void interrupt(int number) {
    interrupts[number]++;
  }

  /** Exceptions of a cause, from {@code atoll.isa.Cause}. */
  public long exceptions(int cause) {
    return exceptions[cause];
  }

  /** Interrupts of a number. */
  public long interrupts(int number) {
    return interrupts[number];
  }
}
