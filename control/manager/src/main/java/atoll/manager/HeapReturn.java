package atoll.manager;

import atoll.host.PlatformClock;
import atoll.host.Timers;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Has heap given back to the host once machines that idle have given up what was in it: while
 * nothing is allocated, the collector has no reason of its own to run.
 */
final class HeapReturn {
  private static final long PERIOD = TimeUnit.SECONDS.toNanos(5);

  /** What must have been given up to be worth a collection. */
  static final int WORTH = 500;

  /** Machines go on to give up when less than this part comes from one look to the next. */
  private static final int PART = 8;

  private final Timers timers;
  private final PlatformClock clock;
  private final LongSupplier givenUp;
  private final Runnable collector;

  /** What was given up at the last look, and when heap was last returned. */
  private long seen;

  private long returned;

  /**
   * @param timers that call on one thread, as all of one platform do
   * @param givenUp how many pages' code has been given up so far
   * @param collector collects garbage; it is called on the timers' thread, and must not wait
   */
  HeapReturn(Timers timers, PlatformClock clock, LongSupplier givenUp, Runnable collector) {
    this.timers = timers;
    this.clock = clock;
    this.givenUp = givenUp;
    this.collector = collector;
  }

  /** Looks from now on, until the timers are closed. */
  void begin() {
    Timers.Armed ignored = timers.at(clock.nanos() + PERIOD, this::look);
  }

  /** Machines that began together give up together: it waits until little more comes. */
  private void look() {
    long now = givenUp.getAsLong();
    if (now - returned >= WORTH && (now - seen) * PART < now - returned) {
      returned = now;
      collector.run();
    }
    seen = now;
    begin();
  }
}
