package atoll.kernel;

import atoll.cpu.Exit;
import atoll.state.Unsaved;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * Exits of one vCPU by reason: how many, how many nanoseconds were spent on them outside guest code
 * (of exits within 64 instructions, with those), and the longest time that one held its physical
 * CPU. Written by the vCPU's thread only; read by any thread, each number being a recent one.
 *
 * <p>The writes are plain ones: HotSpot makes each at once and whole, whereas its first compiler,
 * with which the translator runs, makes even an opaque one a full fence, of 7 ns.
 */
@Unsaved("for statistics")
public final class ExitStatistics {
  private static final VarHandle NUMBERS = MethodHandles.arrayElementVarHandle(long[].class);

  private final long[] counts = new long[Exit.REASONS];
  private final long[] nanos = new long[Exit.REASONS];
  private final long[] longest = new long[Exit.REASONS];

  /** The reason of the last exit, whose continuation may be under way; its thread only. */
  private int last;

  void increment(int reason) {
    counts[reason]++;
    last = reason;
  }

  /** Adds one piece of serving the last exit: the exit itself, or a step of its continuation. */
  void serve(long duration) {
    spend(last, duration);
    if (duration > longest[last]) {
      longest[last] = duration;
    }
  }

  void spend(int reason, long duration) {
    nanos[reason] += duration;
  }

  /** How many exits had this reason, one of the constants of {@link Exit}. */
  public long count(int reason) {
    return (long) NUMBERS.getOpaque(counts, reason);
  }

  /** Nanoseconds spent serving exits of this reason; for {@link Exit#HALT}, spent waiting. */
  public long nanos(int reason) {
    return (long) NUMBERS.getOpaque(nanos, reason);
  }

  /**
   * The longest that the physical CPU was held at a stretch by an exit of this reason, in
   * nanoseconds: what its {@link Continuation} does in steps counts by step. It is elapsed time, so
   * it has what the host took away meanwhile. 0 for {@link Exit#HALT}, which holds nothing.
   */
  public long longest(int reason) {
    return (long) NUMBERS.getOpaque(longest, reason);
  }
}
