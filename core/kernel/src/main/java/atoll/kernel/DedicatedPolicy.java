package atoll.kernel;

import java.util.List;

/** The whole physical CPU for one vCPU: the partitioned, static case. */
public final class DedicatedPolicy implements SchedulingPolicy {
  @Override
  public String name() {
    return "dedicated";
  }

  @Override
  public Status admit(List<SchedulingContext> present, SchedulingContext candidate) {
    return present.isEmpty() ? Status.OK : Status.OVERCOMMITTED;
  }

  @Override
  public SchedulingContext pick(List<SchedulingContext> contexts, long now) {
    if (contexts.isEmpty()) {
      return null;
    }
    SchedulingContext only = contexts.getFirst();
    return only.ready(now) ? only : null;
  }

  @Override
  public long slice(SchedulingContext chosen, long now) {
    return Long.MAX_VALUE;
  }
}
