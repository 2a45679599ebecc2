package atoll.kernel;

/**
 * Work that a guest has caused and that is too long for one exit: the vCPU does the rest in steps
 * before it executes guest code again, in its own time. Between two steps its physical CPU may go
 * to another vCPU, and the vCPU may be paused or stopped.
 *
 * <p>An implementation keeps each step within {@value #STEP_NANOS} ns, by counting work rather than
 * by looking at the clock, so that a run can be repeated.
 */
public interface Continuation {
  /** What a step may take, in nanoseconds, on a host of ordinary speed. */
  long STEP_NANOS = 50_000;

  /** What follows a step. */
  enum Progress {
    /** Nothing is left: guest code goes on. */
    DONE,

    /** More is left for the next step. */
    MORE,

    /** Another thread has to finish something first, and then calls {@link Vcpu#unblock}. */
    WAIT
  }

  /** Does a piece; on the vCPU's thread. An exception from it fails the vCPU's domain. */
  Progress step();
}
