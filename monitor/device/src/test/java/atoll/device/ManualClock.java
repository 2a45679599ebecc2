package atoll.device;

import atoll.host.Clock;
import java.util.ArrayList;
import java.util.List;

/** A clock and its timers that move when a test says so. */
final class ManualClock implements Clock, Timers {
  private static final long EPOCH = 1_700_000_000_000_000_000L;

  private final List<Call> calls = new ArrayList<>();
  private long nanos;

  private record Call(long nanos, Runnable action) {}

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
    Call call = new Call(at, action);
    calls.add(call);
    return () -> calls.remove(call);
  }

  /** Moves time on, then makes the calls that are due. */
  void advance(long by) {
    nanos += by;
    for (Call call : List.copyOf(calls)) {
      if (call.nanos <= nanos && calls.remove(call)) {
        call.action.run();
      }
    }
  }

  int armed() {
    return calls.size();
  }
}
