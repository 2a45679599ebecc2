package atoll.device;

import atoll.host.Clock;
import atoll.host.TimerQueue;
import atoll.host.Timers;
import java.util.Optional;

/** A clock and its timers that move when a test says so. */
final class ManualClock implements Clock, Timers {
  private static final long EPOCH = 1_700_000_000_000_000_000L;

  private final TimerQueue calls = new TimerQueue();
  private long nanos;

  @Override
  public long nanos() {
    return nanos;
  }

  @Override
  public long epochNanos() {
    return EPOCH + nanos;
  }

  @Override
  public Armed at(long at, Runnable action) {
    TimerQueue.Call call = calls.add(at, action);
    return () -> calls.remove(call);
  }

  /** Moves time on, then makes the calls that are due. */
  void advance(long by) {
    nanos += by;
    Optional<TimerQueue.Call> due = calls.due(nanos);
    while (due.isPresent()) {
      due.get().action().run();
      due = calls.due(nanos);
    }
  }

  int armed() {
    return calls.size();
  }

  @Override
  public void close() {
    calls.clear();
  }
}
