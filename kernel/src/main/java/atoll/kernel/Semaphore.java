package atoll.kernel;

import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A counter to wait on: how a monitor's own threads are told of something. Thread-safe.
 *
 * <p>Used through {@link SystemCalls}, which checks the permission.
 */
public final class Semaphore implements KernelObject {
  private final String name;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private long count;
  private boolean destroyed;

  Semaphore(String name, long count) {
    this.name = name;
    this.count = count;
  }

  @Override
  public String name() {
    return name;
  }

  /** Adds one, saturating, and wakes a waiter. */
  Status up() {
    lock.lock();
    try {
      if (destroyed) {
        return Status.ABORTED;
      }
      count = count == Long.MAX_VALUE ? count : count + 1;
      changed.signal();
      return Status.OK;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Takes one, waiting for it at most {@code nanos}; {@link Long#MAX_VALUE} waits for ever.
   *
   * @return {@code OK}, {@code TIMEOUT}, or {@code ABORTED} once the semaphore is destroyed
   * @throws InterruptedException if the waiting thread is interrupted
   */
  Status down(long nanos) throws InterruptedException {
    lock.lock();
    try {
      long left = nanos;
      while (count == 0 && !destroyed && left > 0) {
        left = changed.awaitNanos(left);
      }
      return destroyed ? Status.ABORTED : take();
    } finally {
      lock.unlock();
    }
  }

  private Status take() {
    if (count == 0) {
      return Status.TIMEOUT;
    }
    count--;
    return Status.OK;
  }

  /** Ends every wait, now and later, with {@code ABORTED}. */
  void destroy() {
    lock.lock();
    try {
      destroyed = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }
}
