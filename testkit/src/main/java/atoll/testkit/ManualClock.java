package atoll.testkit;

import atoll.host.Clock;

/** A clock that stands still until the test moves it. Thread-safe. */
public final class ManualClock implements Clock {
  private volatile long nanos;

  @Override
  public long nanos() {
    return nanos;
  }

  @Override
  public long epochNanos() {
    return nanos;
  }

  /** Sets the time. */
  public void set(long nanos) {
    this.nanos = nanos;
  }

  /** Sets what the guest reads as {@code time}, in its ticks of 100 ns. */
  public void ticks(long ticks) {
    set(ticks * 100);
  }
}
