package atoll.kernel;

import java.util.List;

/**
 * Which context runs next on a physical CPU, and for how long. One object per pCPU, called by its
 * thread only, except {@link #admit}, which whoever adds a context calls, one at a time. The lists
 * are snapshots and do not change during a call.
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

  /** When the choice may change although nobody wakes up; MAX_VALUE for never. */
  default long nextChange(long now) {
    return Long.MAX_VALUE;
  }
}
