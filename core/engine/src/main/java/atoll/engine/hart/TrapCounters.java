package atoll.engine.hart;

import atoll.engine.TrapCounts;
import atoll.isa.Cause;
import atoll.state.Unsaved;

/** Counts the traps of a hart. */
@Unsaved("for statistics")
final class TrapCounters implements TrapCounts {
  private static final int CAUSES = 64;

  private final long[] exceptions = new long[CAUSES];
  private final long[] interrupts = new long[CAUSES];

  /** All traps so far. */
  private long total;

  long total() {
    return total;
  }

  void exception(int cause, int fromPrivilege) {
    total++;
    exceptions[cause]++;
  }

  /** Calls of U mode that translated code has taken. */
  void calls(long count) {
    total += count;
    exceptions[Cause.ECALL_U] += count;
  }

  void interrupt(int number) {
    total++;
    interrupts[number]++;
  }

  @Override
  public long exceptions(int cause) {
    return exceptions[cause];
  }

  @Override
  public long interrupts(int number) {
    return interrupts[number];
  }
}
