package atoll.virtio;

import atoll.host.Clock;
import atoll.host.Timers;
import java.util.Map;
import java.util.TreeMap;

/** A clock that goes on when the test says so, and its timers. */
final class TestTime implements Clock, Timers {
  private final TreeMap<Long, Runnable> waiting = new TreeMap<>();
  private long now;

  @Override
  public long nanos() {
    return now;
  }

  @Override
  public long epochNanos() {
    return now;
  }

  @Override
  public Armed at(long nanos, Runnable action) {
    waiting.merge(
        nanos,
        action,
        (one, other) ->
            () -> {
              one.run();
              other.run();
            });
    return () -> waiting.remove(nanos);
  }

  /** Lets time go by, and does what is due. */
  void pass(long nanos) {
    now += nanos;
    while (!waiting.isEmpty() && waiting.firstKey() <= now) {
      Map.Entry<Long, Runnable> due = waiting.pollFirstEntry();
      due.getValue().run();
    }
  }

  /** How many calls are still to come. */
  int armed() {
    return waiting.size();
  }

  @Override
  public void close() {
    waiting.clear();
  }
}
