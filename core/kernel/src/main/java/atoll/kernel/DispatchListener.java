package atoll.kernel;

/** Is told which vCPU had a physical CPU, and when: for traces. */
@FunctionalInterface
public interface DispatchListener {
  /**
   * A vCPU has left a pCPU. Called on the pCPU's thread, which waits; must not throw.
   *
   * @param start when it got it, in the clock's nanoseconds
   * @param left when it left guest code for the last time; {@code start} if it has executed none.
   *     What follows until {@code end} is its monitor's work
   * @param end when it left, with its last exit served
   */
  void dispatched(Pcpu pcpu, SchedulingContext context, long start, long left, long end);
}
