package atoll.kernel;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Counts how often a physical CPU passes from one vCPU to another, and what that costs in cached
 * address translations: nothing, as long as every CPU keeps its own. Written by the pCPU's thread.
 */
final class WorldSwitches {
  private final AtomicLong count = new AtomicLong();
  private final AtomicLong lost = new AtomicLong();
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
      before.translationsKept = before.vcpu().cpu().translations();
    }
    long missing = next.translationsKept - next.vcpu().cpu().translations();
    if (missing > 0) {
      lost.setRelease(lost.getPlain() + missing);
    }
    next.translationsKept = 0;
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

  /** Translations that vCPUs had when they lost the pCPU and not when they got it back. */
  long translationsLost() {
    return lost.getAcquire();
  }
}
