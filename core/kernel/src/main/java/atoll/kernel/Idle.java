package atoll.kernel;

import atoll.host.PlatformClock;
import java.util.concurrent.locks.LockSupport;

/** How a physical CPU passes the time when nothing is ready; injected together with the clock. */
@FunctionalInterface
public interface Idle {
  /** A wait of fewer nanoseconds is too short to park for. */
  long SPIN = 20_000;

  /**
   * Parks the thread, so that an idle machine costs the host nothing. The last few microseconds
   * before a deadline, less than it takes to park and come back, are spent spinning.
   */
  Idle PARKING =
      new Idle() {
        @Override
        public void until(PlatformClock clock, long deadline) {
          park(clock, deadline);
        }

        @Override
        public boolean looks() {
          return true;
        }
      };

  /**
   * Waits on the calling thread until about {@code deadline}, or until the thread is unparked, as
   * it is when time that stood still goes on; may return early for no reason.
   *
   * @param clock the platform's
   * @param deadline in its nanoseconds; MAX_VALUE for no limit
   */
  void until(PlatformClock clock, long deadline);

  /** Whether the thread may first look for a moment whether something becomes ready. */
  default boolean looks() {
    return false;
  }

  private static void park(PlatformClock clock, long deadline) {
    if (deadline == Long.MAX_VALUE || !clock.running()) {
      LockSupport.park(clock);
      return;
    }
    long left = deadline - clock.nanos();
    if (left > SPIN) {
      LockSupport.parkNanos(clock, left);
    }
    while (left > 0 && left <= SPIN && clock.running()) {
      Thread.onSpinWait();
      left = deadline - clock.nanos();
    }
  }
}
