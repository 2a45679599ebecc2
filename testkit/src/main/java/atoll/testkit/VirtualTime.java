package atoll.testkit;

import atoll.host.Clock;
import atoll.host.Effects;
import atoll.host.PlatformClock;
import atoll.host.Tasks;
import atoll.host.TimerQueue;
import atoll.host.Timers;
import atoll.kernel.Idle;
import atoll.kernel.Vcpu;
import atoll.kernel.VcpuState;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * Time that stands still until a test moves it; it then makes the calls of its timers, in the order
 * of their times and of their making, on the thread of the test. It paces one platform.
 * Thread-safe.
 */
public final class VirtualTime implements Clock, Idle {
  private static final long EPOCH = 1_700_000_000_000_000_000L;

  private final Set<Thread> waiting = ConcurrentHashMap.newKeySet();
  private final TimerQueue calls = new TimerQueue();
  private final AtomicLong nanos = new AtomicLong();
  private PlatformClock platform;

  @Override
  public long nanos() {
    return nanos.get();
  }

  @Override
  public long epochNanos() {
    return EPOCH + nanos();
  }

  /** Effects in this time: its timers, the host's threads, and randomness from a seed. */
  public Effects effects(long seed) {
    Tasks tasks = Effects.host().tasks();
    return new Effects(this::timers, tasks, new SeededEntropy(seed));
  }

  private synchronized Timers timers(PlatformClock clock) {
    if (platform != null && !platform.equals(clock)) {
      throw new IllegalStateException("this time paces another platform already");
    }
    platform = clock;
    return new Calls();
  }

  /** Moves time on, and with it the platform's unless that is stopped. */
  public void advance(Duration by) {
    long target = nanos() + by.toNanos();
    Optional<Runnable> due = next(target);
    while (due.isPresent()) {
      due.get().run();
      due = next(target);
    }
    waiting.forEach(LockSupport::unpark);
  }

  /**
   * Moves time on to where a vCPU's own timer fires, if that is what it waits for; for a test that
   * does so until the guest is done, and waits for nothing else.
   */
  public void advanceFor(Vcpu vcpu) {
    if (vcpu.state() == VcpuState.HALTED) {
      long wait = vcpu.cpu().deadline() - nanos();
      if (wait > 0 && wait < Long.MAX_VALUE / 2) {
        advance(Duration.ofNanos(wait));
      }
    }
  }

  /** Moves on to the next call that is due until {@code target}, or there. */
  private synchronized Optional<Runnable> next(long target) {
    boolean goes = platform != null && platform.running();
    if (goes && calls.next() != Long.MAX_VALUE) {
      long wait = Math.max(0, calls.next() - platform.nanos());
      moveTo(Math.min(target, nanos() + wait));
    } else {
      moveTo(target);
    }
    return goes ? calls.due(platform.nanos()).map(TimerQueue.Call::action) : Optional.empty();
  }

  private void moveTo(long target) {
    nanos.accumulateAndGet(target, Math::max);
  }

  /** Moves time on without a look at what is due: for one who looks later. */
  long step(long by) {
    return nanos.addAndGet(by);
  }

  /** The platform's time of the first call that is to come; MAX_VALUE without any. */
  synchronized long nextCall() {
    return calls.next();
  }

  @Override
  public void until(PlatformClock clock, long deadline) {
    Thread self = Thread.currentThread();
    waiting.add(self);
    if (clock.nanos() < deadline) {
      LockSupport.park(this);
    }
    waiting.remove(self);
  }

  /** The calls of one owner, which forgets them at its end. */
  private final class Calls implements Timers {
    private final Set<TimerQueue.Call> own = ConcurrentHashMap.newKeySet();

    @Override
    public Armed at(long at, Runnable action) {
      synchronized (VirtualTime.this) {
        TimerQueue.Call call = calls.add(at, action);
        own.add(call);
        return () -> cancel(call);
      }
    }

    private void cancel(TimerQueue.Call call) {
      synchronized (VirtualTime.this) {
        calls.remove(call);
        own.remove(call);
      }
    }

    @Override
    public void close() {
      own.forEach(this::cancel);
    }
  }
}
