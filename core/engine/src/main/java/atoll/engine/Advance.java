package atoll.engine;

/** How a hart that a debugger holds goes on. */
public sealed interface Advance {
  /** Until it meets a stop point. */
  record Freely() implements Advance {}

  /**
   * By one instruction, or the trap that it takes, and on while its program counter is in a range;
   * a breakpoint that it comes to ends that too. A {@code wfi} does not wait.
   *
   * @param from the first address of the range
   * @param until the first one behind it; the same for a single step
   * @param interrupts whether interrupts may be taken, so that a step can end in their handler
   */
  record Step(long from, long until, boolean interrupts) implements Advance {}
}
