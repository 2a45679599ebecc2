package atoll.kernel;

import atoll.state.Unsaved;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A counter to wait on, or, once a handler is bound to it, a bell: how a monitor is told of
 * something. Thread-safe.
 *
 * <p>Used through {@link SystemCalls}, which checks the permission.
 */
public final class Semaphore implements KernelObject {
  private final String name;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  @Unsaved("0 while a handler is bound; the others are the monitors' own, which begin anew")
  private long count;

  @Unsaved("of a system that ends")
  private boolean destroyed;

  @Unsaved("bound again by who is rung")
  private Binding binding;

  /**
   * A monitor's handler.
   *
   * @param owner the domain of the handler, which fails with it
   */
  private record Binding(ProtectionDomain owner, Runnable handler) {
    boolean live() {
      return owner.state() == ProtectionDomain.State.ACTIVE;
    }

    /** Runs the handler on the caller's thread; what it throws is the owner's concern only. */
    void ring(String bell, int priority) {
      try {
        Donation.during(priority, handler);
        if (priority != Donation.NONE) {
          owner.inherit(priority);
        }
      } catch (Throwable e) {
        owner.fail(owner.name(), bell, e);
      }
    }
  }

  Semaphore(String name, long count) {
    this.name = name;
    this.count = count;
  }

  @Override
  public String name() {
    return name;
  }

  /**
   * Runs the bound handler on the calling thread. Without one, or if its domain is no longer
   * active, adds one, saturating, and wakes a waiter.
   *
   * @param priority what the caller lends, or {@link Donation#NONE}
   */
  Status up(int priority) {
    Binding bound;
    lock.lock();
    try {
      if (destroyed) {
        return Status.ABORTED;
      }
      bound = binding != null && binding.live() ? binding : null;
      if (bound == null) {
        count = count == Long.MAX_VALUE ? count : count + 1;
        changed.signal();
      }
    } finally {
      lock.unlock();
    }
    if (bound != null) {
      bound.ring(name, priority);
    }
    return Status.OK;
  }

  /**
   * Has {@code handler} run by each {@link #up} from now on, in place of an earlier one of the same
   * domain; and once now if the count, which becomes zero, says that it was rung already.
   *
   * @return {@code BAD_STATE} if another active domain's handler is bound, {@code ABORTED} once the
   *     semaphore is destroyed
   */
  Status bind(ProtectionDomain owner, Runnable handler) {
    Binding wanted = new Binding(owner, handler);
    boolean rung;
    lock.lock();
    try {
      if (destroyed) {
        return Status.ABORTED;
      }
      if (binding != null && binding.owner != owner && binding.live()) {
        return Status.BAD_STATE;
      }
      binding = wanted;
      rung = count > 0;
      count = 0;
    } finally {
      lock.unlock();
    }
    if (rung) {
      wanted.ring(name, Donation.NONE);
    }
    return Status.OK;
  }

  /** Makes it a counter again; a call of the handler that has begun may still be going on. */
  Status unbind(ProtectionDomain owner) {
    lock.lock();
    try {
      if (binding == null || binding.owner != owner) {
        return Status.BAD_STATE;
      }
      binding = null;
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
      binding = null;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }
}
