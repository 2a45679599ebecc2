package atoll.kernel;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Counts how often a physical CPU passes from one vCPU to another, and tells both. Written by the
 * pCPU's thread.
 */
final class WorldSwitches {
  private final AtomicLong count = new AtomicLong();
  private volatile SchedulingContext last;

  /** {@code next} gets the pCPU, and has not run yet. */
  void to(SchedulingContext next) {
    SchedulingContext before = last;
    if (before == next) {
      return;
    }
    last = next;
    if (before != null) {
      count.setRelease(count.getPlain() + 1);
      before.vcpu().cpu().put();
    }
    next.vcpu().cpu().load();
  }

  /** The context is gone; it does not execute any more. */
  void forget(SchedulingContext context) {
    if (last == context) {
      last = null;
    }
  }

  /** Switches between different vCPUs. */
  long count() {
    return count.getAcquire();
  }
}
