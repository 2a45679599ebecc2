package atoll.host;

import java.util.concurrent.Semaphore;
import java.util.function.BooleanSupplier;

/**
 * How a thread looks for what mostly comes soon, before it parks: to be woken takes tens of
 * microseconds if the host's CPU has gone to sleep meanwhile.
 *
 * <p>It looks for as long as has been worth it: longer after waits that were over soon, and not at
 * all after a long one, so that what is idle costs the host nothing. At most half of the host's
 * CPUs are looked on at the same time, and a thread that others were put before stops. It never
 * yields: on a busy host, who does so again and again may not have the CPU for many milliseconds.
 *
 * <p>Thread-safe. One thread at a time looks.
 */
public final class BusyWait {
  /** Nanoseconds of the longest look. A longer wait was not worth looking at all. */
  static final long MOST = 200_000;

  /** The first look after a wait that was over soon. */
  static final long FIRST = 10_000;

  /** Another thread had the CPU if two looks are further apart. */
  static final long CROWDED = 50_000;

  /** Threads of this process that may look at the same time; none if there is one CPU. */
  private static final Semaphore PLACES =
      new Semaphore(Runtime.getRuntime().availableProcessors() / 2);

  private final Clock clock;
  private final Semaphore places;

  /** How long to look the next time, in nanoseconds. */
  private volatile long window;

  /** Makes one that has seen no wait yet. */
  public BusyWait() {
    this(new HostClock(), PLACES);
  }

  BusyWait(Clock clock, Semaphore places) {
    this.clock = clock;
    this.places = places;
  }

  /** The time, for {@link #waited}. */
  public long now() {
    return clock.nanos();
  }

  /**
   * Looks for something, for a while or not at all.
   *
   * @return whether it is there; if not, the caller parks
   */
  public boolean sees(BooleanSupplier there) {
    if (window == 0 || !places.tryAcquire()) {
      return there.getAsBoolean();
    }
    try {
      return look(there);
    } finally {
      places.release();
    }
  }

  private boolean look(BooleanSupplier there) {
    long now = clock.nanos();
    long end = now + window;
    while (!there.getAsBoolean()) {
      Thread.onSpinWait();
      long before = now;
      now = clock.nanos();
      if (now - before > CROWDED) {
        window = 0;
      }
      if (now >= end || window == 0) {
        return false;
      }
    }
    return true;
  }

  /** What was waited for has come; {@link #now} was {@code since} when the wait began. */
  public void waited(long since) {
    long wait = clock.nanos() - since;
    if (wait > MOST) {
      window = 0;
    } else if (wait > window) {
      window = Math.clamp(2 * window, FIRST, MOST);
    }
  }
}
