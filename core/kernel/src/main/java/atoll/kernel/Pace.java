package atoll.kernel;

import atoll.state.Unsaved;

/**
 * How fast a vCPU executes, to say how many instructions fit into a time: a guest is preempted by
 * running it for short quanta and looking at the clock after each. Used by the pCPU's thread only.
 */
@Unsaved("measured again")
final class Pace {
  /** Nanoseconds between two looks at the clock: short beside the 200 us of a preemption. */
  static final long QUANTUM = 50_000;

  /** Runs shorter than this say little about speed. */
  private static final long TELLING = 500;

  private static final long LEAST = 500;

  /**
   * Instructions per nanosecond that are counted on when the time left is short. Guest code slower
   * than that spends its time in the engine, which looks at the clock; and what has been learned of
   * the speed may be about other code.
   */
  static final double CERTAIN = 0.25;

  private static final double SLOWEST = 0.001;
  private static final double FASTEST = 20;

  /** Instructions per nanosecond; a vCPU begins slowly, as its code is cold. */
  private double speed = 0.02;

  /**
   * Instructions that take no longer than {@code nanos}, and about a quantum at most. A guest that
   * is faster than certain comes to its end in several runs.
   */
  long budget(long nanos) {
    return Math.max(LEAST, (long) Math.min(nanos * CERTAIN, QUANTUM * speed));
  }

  /** Learns from a run: at once if it was slow, by and by if it was fast. */
  void ran(long instructions, long nanos) {
    if (instructions < TELLING || nanos <= 0) {
      return;
    }
    double seen = Math.clamp((double) instructions / nanos, SLOWEST, FASTEST);
    speed = seen < speed ? seen : speed + (seen - speed) / 4;
  }
}
