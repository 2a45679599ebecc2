package atoll.manager;

import atoll.host.PlatformClock;
import atoll.host.Timers;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Times at which somebody wants to be told that they have come. Thread-safe. */
final class Alarms {
  private final Timers timers;
  private final PlatformClock clock;
  private final EventListener listener;

  /** Those that are still to come; guarded by this. */
  private final Map<Long, Timers.Armed> armed = new HashMap<>();

  Alarms(Timers timers, PlatformClock clock, EventListener listener) {
    this.timers = timers;
    this.clock = clock;
    this.listener = listener;
  }

  /** Tells of {@code alarm} once so much more time has gone by; one of that name is forgotten. */
  synchronized void set(long alarm, Duration after) {
    cancel(alarm);
    long due = clock.nanos() + after.toNanos();
    armed.put(alarm, timers.at(due, () -> ring(alarm)));
  }

  synchronized void cancel(long alarm) {
    Optional.ofNullable(armed.remove(alarm)).ifPresent(Timers.Armed::cancel);
  }

  private void ring(long alarm) {
    if (rings(alarm)) {
      listener.accept(new Event.AlarmRang(alarm));
    }
  }

  private synchronized boolean rings(long alarm) {
    return armed.remove(alarm) != null;
  }
}
