package atoll.testkit;

import atoll.host.Clock;
import atoll.host.Effects;
import atoll.host.PlatformClock;
import atoll.kernel.DedicatedPolicy;
import atoll.kernel.Idle;
import atoll.kernel.MachineMemory;
import atoll.kernel.Microkernel;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/**
 * Virtual time that moves by itself, as a guest works and not as the host does: by a step whenever
 * it is looked at, which a running hart does every few thousand instructions, and to what comes
 * next when the only physical CPU waits. A host that is slow or busy is not seen in it.
 */
public final class MovingTime implements Clock, Idle, AutoCloseable {
  /**
   * The host's nanoseconds between two looks for timers that have become due while a hart works.
   */
  private static final long GLANCE = 1_000_000;

  private final VirtualTime time = new VirtualTime();
  private volatile long step;
  private final Thread mover;

  /** The platform's, and until when its physical CPU waits; null while that works. */
  private volatile Wait waiting;

  private volatile boolean closed;

  private record Wait(PlatformClock clock, long deadline, Thread thread) {}

  /**
   * Time that begins now.
   *
   * @param step by which each look moves it
   */
  public MovingTime(Duration step) {
    pace(step);
    mover = Thread.ofPlatform().name("moving time").daemon().start(this::move);
  }

  /** Changes by how much each look moves it. */
  public void pace(Duration perLook) {
    step = perLook.toNanos();
  }

  @Override
  public long nanos() {
    return time.step(step);
  }

  @Override
  public long epochNanos() {
    return time.epochNanos();
  }

  /** Effects in this time: its timers, the host's threads, and randomness from a seed. */
  public Effects effects(long seed) {
    return time.effects(seed);
  }

  /** A board in this time: one physical CPU for one vCPU. */
  public Microkernel board() {
    return new Microkernel(this, 1, DedicatedPolicy::new, new MachineMemory(Long.MAX_VALUE), this);
  }

  @Override
  public void until(PlatformClock clock, long deadline) {
    waiting = new Wait(clock, deadline, Thread.currentThread());
    LockSupport.unpark(mover);
    if (clock.nanos() < deadline) {
      LockSupport.park(this);
    }
    waiting = null;
  }

  private void move() {
    while (!closed) {
      Wait wait = waiting;
      if (wait != null) {
        pass(wait);
      } else {
        time.advance(Duration.ZERO);
      }
      LockSupport.parkNanos(this, GLANCE);
    }
  }

  /** Moves on to what ends a wait; its end is the physical CPU's to see. */
  private void pass(Wait wait) {
    long next = Math.min(wait.deadline, time.nextCall());
    if (next != Long.MAX_VALUE && wait.clock.running()) {
      time.advance(Duration.ofNanos(Math.max(0, next - wait.clock.nanos())));
      LockSupport.unpark(wait.thread);
    }
  }

  @Override
  public void close() {
    closed = true;
    LockSupport.unpark(mover);
  }
}
