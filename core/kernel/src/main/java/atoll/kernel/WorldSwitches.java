package atoll.kernel;

import atoll.host.ThreadTime;
import atoll.state.Unsaved;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Counts how often a physical CPU passes from one vCPU to another, and tells both. Written by the
 * pCPU's thread.
 *
 * <p>It also charges the host's CPU time to vCPUs. Asking for it takes 0.4 us, so it is asked at
 * switches only, and not each time that a vCPU waits and goes on: what its pCPU does to wait in
 * between is charged to it, too.
 */
@Unsaved("for statistics")
final class WorldSwitches {
  private final AtomicLong count = new AtomicLong();
  private volatile SchedulingContext last;
  private volatile ThreadTime time;

  /** What the host has executed the pCPU's former threads for. */
  private volatile long before;

  /** The thread's time at the last switch; guarded by this. */
  private long charged;

  /** A thread of the pCPU's has begun, with this time; one before it is the pCPU's no more. */
  synchronized void time(ThreadTime threads) {
    before = executed();
    time = threads;
  }

  /** Nanoseconds that the host has executed the present thread; 0 if it does not tell. */
  long ofThread() {
    ThreadTime threads = time;
    return threads == null ? 0 : Math.max(0, threads.nanos());
  }

  /** {@code next} gets the pCPU, {@code here}, and has not run yet. */
  void to(SchedulingContext next, Pcpu here) {
    SchedulingContext former = last;
    if (former == next) {
      return;
    }
    pass(next);
    if (former != null) {
      count.setRelease(count.getPlain() + 1);
      if (former.pcpu() == here) { // others of the pool have not had it meanwhile
        former.vcpu().cpu().put();
      }
    }
    next.vcpu().cpu().load();
  }

  /** The context is gone; it does not execute any more. */
  void forget(SchedulingContext context) {
    if (last == context) {
      pass(null);
    }
  }

  /** Charges the last one, and passes to the next. */
  private synchronized void pass(SchedulingContext next) {
    long now = executed();
    if (last != null) {
      last.executed(now - charged);
    }
    charged = now;
    last = next;
  }

  /** Nanoseconds that the host has executed the pCPU's threads; 0 if it does not tell. */
  long executed() {
    return before + ofThread();
  }

  /** What has not been charged to a context yet. */
  synchronized long uncharged(SchedulingContext context) {
    return last == context ? Math.max(0, executed() - charged) : 0;
  }

  /** Switches between different vCPUs. */
  long count() {
    return count.getAcquire();
  }
}
