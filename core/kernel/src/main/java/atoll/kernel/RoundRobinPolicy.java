package atoll.kernel;

import java.util.List;

/**
 * All in turn, each for a slice at most. A wake-up preempts no vCPU: one that becomes ready waits
 * for its turn.
 */
public final class RoundRobinPolicy implements SchedulingPolicy {
  private final long slice;
  private final Rotation rotation = new Rotation();

  /**
   * Takes turns.
   *
   * @param slice nanoseconds of a turn, positive
   */
  public RoundRobinPolicy(long slice) {
    if (slice <= 0) {
      throw new IllegalArgumentException("a slice must be positive: " + slice);
    }
    this.slice = slice;
  }

  @Override
  public String name() {
    return "round-robin";
  }

  @Override
  public Status admit(List<SchedulingContext> present, SchedulingContext candidate) {
    return Status.OK;
  }

  @Override
  public SchedulingContext pick(List<SchedulingContext> contexts, long now) {
    return rotation.next(contexts, context -> context.ready(now));
  }

  @Override
  public long slice(SchedulingContext chosen, long now) {
    return slice;
  }
}
