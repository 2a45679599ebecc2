package atoll.virtio;

import atoll.device.spi.DiskLimits;
import atoll.host.Clock;
import atoll.host.Timers;
import atoll.state.Unsaved;

/**
 * Holds requests of a disk back, so that it does no more in a second than it may. Guarded by the
 * session's monitor.
 *
 * <p>For each limit there is a bucket, which time fills up to what a tenth of a second brings. A
 * request may begin if no bucket has a debt, and may leave one: so none is too large ever to begin.
 */
interface Throttle {
  /** Holds nothing back. */
  Throttle NONE = new Unlimited();

  /** One for a disk; of {@code clock}, and with timers of it. */
  static Throttle of(DiskLimits limits, Clock clock, Timers timers) {
    return limits.any() ? new Buckets(limits, clock, timers) : NONE;
  }

  /** Whether there is a limit. */
  boolean limits();

  /** Whether nothing may begin before {@code over} of {@link #holds} was called. */
  boolean held();

  /**
   * Whether nothing may begin now.
   *
   * @param over called when something may again, on any thread, not inside of this call; is to call
   *     {@link #release}
   */
  boolean holds(Runnable over);

  /** The time is over. */
  void release();

  /** A request begins. */
  void take(long bytes);

  /** Without a limit. */
  final class Unlimited implements Throttle {
    @Override
    public boolean limits() {
      return false;
    }

    @Override
    public boolean held() {
      return false;
    }

    @Override
    public boolean holds(Runnable over) {
      return false;
    }

    @Override
    public void release() {}

    @Override
    public void take(long bytes) {}
  }

  /** With limits. */
  @Unsaved("buckets begin full")
  final class Buckets implements Throttle {
    private final Clock clock;
    private final Timers timers;
    private final Bucket requests;
    private final Bucket bytes;
    private boolean held;

    private Buckets(DiskLimits limits, Clock clock, Timers timers) {
      this.clock = clock;
      this.timers = timers;
      requests = new Bucket(limits.requests(), clock.nanos());
      bytes = new Bucket(limits.bytes(), clock.nanos());
    }

    @Override
    public boolean limits() {
      return true;
    }

    @Override
    public boolean held() {
      return held;
    }

    @Override
    public boolean holds(Runnable over) {
      if (held) {
        return true;
      }
      long now = clock.nanos();
      long delay = Math.max(requests.debt(now), bytes.debt(now));
      if (delay > 0) {
        held = true;
        Timers.Armed ignored = timers.at(now + delay, over);
      }
      return held;
    }

    @Override
    public void release() {
      held = false;
    }

    @Override
    public void take(long size) {
      requests.take(1);
      bytes.take(size);
    }
  }

  /** What is left of a limit. */
  @Unsaved("begins full")
  final class Bucket {
    private static final double SECOND = 1e9;
    private static final double MOST = SECOND / 10;

    /** Nanoseconds that one unit takes; 0 without a limit. */
    private final double each;

    /** Nanoseconds that were not used yet; negative as a debt. */
    private double level = MOST;

    private long asOf;

    private Bucket(long perSecond, long now) {
      each = perSecond == DiskLimits.UNLIMITED ? 0 : SECOND / perSecond;
      asOf = now;
    }

    private void take(long units) {
      level -= units * each;
    }

    /** Nanoseconds until there is no debt; 0 if there is none. */
    private long debt(long now) {
      level = Math.min(MOST, level + Math.max(0, now - asOf));
      asOf = now;
      return level >= 0 ? 0 : (long) -level + 1;
    }
  }
}
