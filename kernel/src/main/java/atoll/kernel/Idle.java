package atoll.kernel;

import atoll.host.Clock;
import java.util.concurrent.locks.LockSupport;

/** How a physical CPU passes the time when nothing is ready; injected together with the clock. */
@FunctionalInterface
public interface Idle {
  /**
   * Waits on the calling thread until about {@code deadline}, or until the thread is unparked; may
   * return early for no reason.
   *
   * @param deadline in the clock's nanoseconds; MAX_VALUE for no limit
   */
  void until(long deadline);

  /** Parks the thread, so that an idle machine costs the host nothing. */
  static Idle parking(Clock clock) {
    return deadline -> {
      if (deadline == Long.MAX_VALUE) {
        LockSupport.park(clock);
      } else {
        LockSupport.parkNanos(clock, deadline - clock.nanos());
      }
    };
  }
}
