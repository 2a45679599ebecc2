package atoll.kernel;

import java.util.List;

/**
 * Which context runs next on a physical CPU, and for how long. One object per pCPU, or for a pool
 * of them; called by their threads only, one at a time, except {@link #preempts}, and {@link
 * #admit}, which the thread that adds a context calls, one at a time. The lists are snapshots and
 * do not change during a call. Times are the clock's nanoseconds.
 */
public interface SchedulingPolicy {
  /** For reports. */
  String name();

  /** Whether {@code candidate} can be added to those that are there. */
  Status admit(List<SchedulingContext> present, SchedulingContext candidate);

  /**
   * Chooses among the contexts that are {@linkplain SchedulingContext#ready ready}.
   *
   * @return one of {@code contexts}, or null to idle
   */
  SchedulingContext pick(List<SchedulingContext> contexts, long now);

  /** For how many nanoseconds the chosen one may run before the next choice. */
  long slice(SchedulingContext chosen, long now);

  /** Says how much time the context has used since it was picked. */
  default void charge(SchedulingContext context, long nanos) {}

  /**
   * When the next choice may differ although no vCPU wakes up, later than {@code now} if {@link
   * #pick} has just been asked; MAX_VALUE for never.
   */
  default long nextChange(List<SchedulingContext> contexts, long now) {
    return Long.MAX_VALUE;
  }

  /**
   * Whether it is worth a new choice that {@code woken} has become ready while {@code running}
   * runs. Called by any thread, so it looks only at what does not change or may be stale.
   */
  default boolean preempts(SchedulingContext woken, SchedulingContext running) {
    return false;
  }
}
