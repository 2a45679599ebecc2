package atoll.kernel;

import atoll.host.Clock;
import java.util.concurrent.locks.LockSupport;

/** How a physical CPU passes the time when nothing is ready; injected together with the clock. */
@FunctionalInterface
public interface Idle {
  /** A wait of fewer nanoseconds is too short to park for. */
  long SPIN = 20_000;

  /**
   * Waits on the calling thread until about {@code deadline}, or until the thread is unparked; may
   * return early for no reason.
   *
   * @param deadline in the clock's nanoseconds; MAX_VALUE for no limit
   */
  void until(long deadline);

  /**
   * Parks the thread, so that an idle machine costs the host nothing. The last few microseconds
   * before a deadline, less than it takes to park and come back, are spent spinning.
   */
  static Idle parking(Clock clock) {
    return deadline -> {
      if (deadline == Long.MAX_VALUE) {
        LockSupport.park(clock);
        return;
      }
      long left = deadline - clock.nanos();
      if (left > SPIN) {
        LockSupport.parkNanos(clock, left);
      }
      while (left > 0 && left <= SPIN) {
        Thread.onSpinWait();
        left = deadline - clock.nanos();
      }
    };
  }
}
