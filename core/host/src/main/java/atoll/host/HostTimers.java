package atoll.host;

import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** Timers on one daemon thread, which the first use starts. */
final class HostTimers implements Timers {
  private final PlatformClock clock;
  private final Runnable unlisten;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final TimerQueue calls = new TimerQueue();
  private Thread thread;
  private boolean closed;

  HostTimers(PlatformClock clock) {
    this.clock = clock;
    unlisten = clock.onStart(this::wake);
  }

  @Override
  public Armed at(long nanos, Runnable action) {
    lock.lock();
    try {
      if (closed) {
        return () -> {};
      }
      TimerQueue.Call call = calls.add(nanos, action);
      if (thread == null) {
        thread = Thread.ofPlatform().name("timers").daemon().start(this::run);
      }
      changed.signal();
      return () -> cancel(call);
    } finally {
      lock.unlock();
    }
  }

  private void cancel(TimerQueue.Call call) {
    lock.lock();
    try {
      calls.remove(call);
    } finally {
      lock.unlock();
    }
  }

  private void wake() {
    lock.lock();
    try {
      changed.signal();
    } finally {
      lock.unlock();
    }
  }

  private void run() {
    HostThread.preciseTimers();
    try {
      Optional<TimerQueue.Call> due = await();
      while (due.isPresent()) {
        perform(due.get().action());
        due = await();
      }
    } catch (InterruptedException e) {
      // Nobody interrupts this thread.
    }
  }

  /** The next whose time has come; empty once it is closed. */
  private Optional<TimerQueue.Call> await() throws InterruptedException {
    lock.lock();
    try {
      while (!closed) {
        long now = clock.nanos();
        Optional<TimerQueue.Call> due = calls.due(now);
        if (due.isPresent()) {
          return due;
        }
        if (calls.size() == 0 || !clock.running()) {
          changed.await();
        } else {
          long ignored = changed.awaitNanos(calls.next() - now);
        }
      }
      return Optional.empty();
    } finally {
      lock.unlock();
    }
  }

  /** The other calls need the thread, whatever one does. */
  private static void perform(Runnable action) {
    try {
      action.run();
    } catch (RuntimeException | Error e) {
      Thread self = Thread.currentThread();
      self.getUncaughtExceptionHandler().uncaughtException(self, e);
    }
  }

  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      calls.clear();
      changed.signal();
    } finally {
      lock.unlock();
    }
    unlisten.run();
  }
}
