package atoll.engine.hart;

import atoll.cpu.Cpu;
import atoll.host.Clock;

/**
 * Until when a hart executes guest code: until it is kicked, or until a time. Used by the hart's
 * thread, but for {@link #kick}.
 */
public final class RunLimit {
  /** Short steps, of some hundred nanoseconds each, between two looks at the clock. */
  private static final int STEPS = 4;

  private final Clock clock;

  private volatile boolean kicked;

  /** In the clock's nanoseconds, or {@link Cpu#NEVER}. */
  private long until = Cpu.NEVER;

  /** Steps since the last look at the clock. */
  private int steps;

  private boolean tookLong;

  RunLimit(Clock clock) {
    this.clock = clock;
  }

  /** A run begins that ends at a time, or {@link Cpu#NEVER} by itself. */
  void begin(long time) {
    until = time;
  }

  /** The run is over, and with it the kick. */
  void end() {
    kicked = false;
  }

  /** Has the run end soon, or the next one; called by any thread. */
  void kick() {
    kicked = true;
  }

  boolean kicked() {
    return kicked;
  }

  /** Whether there is a time at which the run ends. */
  boolean timed() {
    return until != Cpu.NEVER;
  }

  /** Looks at the clock if the run ends at a time and {@code now} is not known. */
  long look(long now) {
    return now == Cpu.UNKNOWN && timed() ? now() : now;
  }

  /** Whether guest code is to be left, by a kick or by the clock. */
  public boolean overdue() {
    return kicked || timed() && remaining() <= 0;
  }

  /** The same at a time. */
  boolean overdue(long now) {
    return kicked || timed() && now >= until;
  }

  /** The same, but looks only once in several calls: for those that take little time each. */
  public boolean overdueAtTimes() {
    return (++steps & STEPS - 1) == 0 && overdue();
  }

  /** The same, but looks only if something took long. */
  public boolean overdueAfterLong() {
    if (!tookLong) {
      return false;
    }
    tookLong = false;
    return overdue();
  }

  /**
   * Something took microseconds, as a guest's instruction can: the next {@link #overdueAtTimes} and
   * {@link #overdueAfterLong} look, or thousands of them would fit between two looks.
   */
  public void tookLong() {
    steps = STEPS - 1;
    tookLong = true;
  }

  /** Nanoseconds until guest code is to be left; {@link Cpu#NEVER} without a time for it. */
  public long remaining() {
    return timed() ? until - now() : Cpu.NEVER;
  }

  /** The clock's time. */
  public long now() {
    return clock.nanos();
  }
}
