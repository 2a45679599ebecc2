package atoll.device;

import atoll.host.Clock;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** Timers of a clock that runs with the host's; one daemon thread, started by the first use. */
public final class HostTimers implements Timers, AutoCloseable {
  private final Clock clock;
  private final ScheduledThreadPoolExecutor executor;

  public HostTimers(Clock clock) {
    this.clock = clock;
    executor =
        new ScheduledThreadPoolExecutor(
            1, task -> Thread.ofPlatform().name("timers").daemon().unstarted(task));
    executor.setRemoveOnCancelPolicy(true);
  }

  @Override
  public Armed at(long nanos, Runnable action) {
    long delay = Math.max(0, nanos - clock.nanos());
    Future<?> call = executor.schedule(action, delay, TimeUnit.NANOSECONDS);
    return () -> call.cancel(false);
  }

  /** Forgets every call that is still to come. */
  @Override
  public void close() {
    executor.shutdownNow();
  }
}
