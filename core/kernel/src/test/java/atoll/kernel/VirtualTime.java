package atoll.kernel;

import atoll.host.Clock;
import java.util.PriorityQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;

/**
 * A clock that moves only when an idle pCPU waits or a {@link TimedCpu} executes, both on the one
 * pCPU's thread, so that everything happens in one order. That thread waits until {@link #flow}.
 */
final class VirtualTime implements Clock, Idle {
  private record Event(long time, Runnable action) {}

  private final Thread maker = Thread.currentThread();
  private final CountDownLatch flowing = new CountDownLatch(1);
  private final PriorityQueue<Event> events =
      new PriorityQueue<>((a, b) -> Long.compare(a.time, b.time));
  private volatile long now;

  /** Has something happen at a time, on the pCPU's thread; before {@link #flow}. */
  void at(long time, Runnable action) {
    events.add(new Event(time, action));
  }

  /** Everything is prepared. */
  void flow() {
    flowing.countDown();
  }

  /** Moves the clock, stopping for an event; returns by how much. */
  long advance(long nanos) {
    long before = now;
    long target = before + Math.min(nanos, Long.MAX_VALUE - before);
    Event next = events.peek();
    if (next == null || next.time > target) {
      now = target;
      return target - before;
    }
    events.poll();
    long reached = Math.max(before, next.time);
    now = reached;
    next.action.run();
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
  public void until(long deadline) {
    if (deadline == Long.MAX_VALUE && events.isEmpty()) {
      LockSupport.park(this);
    } else if (deadline > now) {
      long moved = advance(deadline - now);
      assert moved >= 0;
    }
  }
}
