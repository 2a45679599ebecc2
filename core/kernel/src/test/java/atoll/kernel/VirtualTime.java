package atoll.kernel;

import atoll.host.Clock;
import atoll.host.PlatformClock;
import atoll.host.TimerQueue;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;

/**
 * A clock that moves only when an idle pCPU waits or a {@link TimedCpu} executes, both on the one
 * pCPU's thread, so that everything happens in one order. That thread waits until {@link #flow}.
 */
final class VirtualTime implements Clock, Idle {
  private final Thread maker = Thread.currentThread();
  private final CountDownLatch flowing = new CountDownLatch(1);
  private final TimerQueue events = new TimerQueue();
  private volatile long now;

  /** Has something happen at a time, on the pCPU's thread; before {@link #flow}. */
  void at(long time, Runnable action) {
    TimerQueue.Call ignored = events.add(time, action);
  }

  /** Everything is prepared. */
  void flow() {
    flowing.countDown();
  }

  /** Moves the clock, stopping for an event; returns by how much. */
  long advance(long nanos) {
    long before = now;
    long target = before + Math.min(nanos, Long.MAX_VALUE - before);
    Optional<TimerQueue.Call> next = events.due(target);
    now = next.map(call -> Math.max(before, call.at())).orElse(target);
    long reached = now;
    next.ifPresent(call -> call.action().run());
    return reached - before;
  }

  @Override
  public long nanos() {
    if (Thread.currentThread() != maker) {
      try {
        flowing.await();
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }
    return now;
  }

  @Override
  public long epochNanos() {
    return now;
  }

  @Override
  public void until(PlatformClock clock, long deadline) {
    if (deadline == Long.MAX_VALUE && events.size() == 0) {
      LockSupport.park(this);
    } else if (deadline > now) {
      long moved = advance(deadline - now);
      assert moved >= 0;
    }
  }
}
