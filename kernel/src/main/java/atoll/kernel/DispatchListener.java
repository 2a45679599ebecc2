package atoll.kernel;

/** Who hears which vCPU had a physical CPU, and when: for traces. */
@FunctionalInterface
public interface DispatchListener {
  /**
   * A vCPU has let go of a pCPU. Called on the pCPU's thread, which waits; must not throw.
   *
   * @param start when it got it, in the clock's nanoseconds
   * @param end when it let go, its last exit served
   */
  void dispatched(Pcpu pcpu, SchedulingContext context, long start, long end);
}
