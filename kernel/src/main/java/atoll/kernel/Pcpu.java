package atoll.kernel;

import atoll.engine.Cpu;
import atoll.engine.Exit;
import atoll.host.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * A physical CPU of the board: one platform thread that runs the vCPUs bound to it, as its
 * scheduling policy says, and delivers their exits.
 */
public final class Pcpu {
  /** Instructions between two looks at the clock while the slice is limited: 0.2 ms or less. */
  private static final long QUANTUM = 20_000;

  /** A budget that is never used up. */
  private static final long UNLIMITED = 1L << 60;

  private final int number;
  private final Clock clock;
  private final SchedulingPolicy policy;
  private final Idle idle;

  /** Never changed in place: the thread decides on what it has read once. */
  private volatile List<SchedulingContext> contexts = List.of();

  private volatile boolean closed;
  private volatile Thread thread;

  Pcpu(int number, Clock clock, SchedulingPolicy policy, Idle idle) {
    this.number = number;
    this.clock = clock;
    this.policy = policy;
    this.idle = idle;
  }

  /** From 0. */
  public int number() {
    return number;
  }

  /** The policy's name. */
  public String policy() {
    return policy.name();
  }

  /** Whether the caller runs on this pCPU. */
  boolean current() {
    return Thread.currentThread() == thread;
  }

  /** Adds a context, if the policy admits it; the first one starts the thread. */
  synchronized Status add(SchedulingContext context) {
    Status admitted = closed ? Status.BAD_STATE : policy.admit(contexts, context);
    if (admitted == Status.OK) {
      List<SchedulingContext> grown = new ArrayList<>(contexts);
      grown.add(context);
      contexts = List.copyOf(grown);
      if (thread == null) {
        thread = Thread.ofPlatform().name("pcpu" + number).daemon(true).start(this::loop);
      }
      wake();
    }
    return admitted;
  }

  synchronized void remove(SchedulingContext context) {
    contexts = contexts.stream().filter(c -> !c.equals(context)).toList();
  }

  /** Makes the thread look again at who is ready. */
  void wake() {
    LockSupport.unpark(thread);
  }

  /** Ends the thread; its contexts have been removed. */
  void close() throws InterruptedException {
    closed = true;
    Thread running = thread;
    if (running != null) {
      LockSupport.unpark(running);
      running.join();
    }
  }

  private void loop() {
    while (!closed) {
      step();
    }
  }

  /** One decision of the policy, and what follows from it. */
  private void step() {
    long now = clock.nanos();
    SchedulingContext next = policy.pick(contexts, now);
    if (next == null) {
      idle.until(Math.min(wakeTime(), policy.nextChange(now)));
    } else if (next.vcpu().enter(now)) {
      dispatch(next, now);
    }
  }

  private long wakeTime() {
    long earliest = Long.MAX_VALUE;
    for (SchedulingContext context : contexts) {
      earliest = Math.min(earliest, context.vcpu().wakeTime());
    }
    return earliest;
  }

  /**
   * Runs an entered vCPU. Whatever the engine or a monitor throws, even an error, ends the domain
   * it belongs to and nothing else.
   */
  private void dispatch(SchedulingContext context, long start) {
    Vcpu vcpu = context.vcpu();
    try {
      Runnable entry = vcpu.takeEntry();
      if (entry != null) {
        entry.run();
      }
      run(context, vcpu, start);
    } catch (Throwable e) {
      vcpu.domain().fail("%s stopped: %s".formatted(vcpu.name(), e), e);
    } finally {
      vcpu.leave();
      long used = clock.nanos() - start;
      context.charge(used);
      policy.charge(context, used);
    }
  }

  private void run(SchedulingContext context, Vcpu vcpu, long start) {
    long slice = policy.slice(context, start);
    long budget = slice == Long.MAX_VALUE ? UNLIMITED : QUANTUM;
    Cpu cpu = vcpu.cpu();
    while (vcpu.active()) {
      int reason = cpu.run(budget);
      long now = reason == Exit.HALT ? halt(vcpu) : serve(vcpu, reason);
      if (now - start >= slice) {
        return;
      }
    }
  }

  private long halt(Vcpu vcpu) {
    long now = clock.nanos();
    vcpu.halt(now);
    return now;
  }

  /** Counts and serves one exit; returns the time afterwards. */
  private long serve(Vcpu vcpu, int reason) {
    ExitStatistics statistics = vcpu.statistics();
    statistics.increment(reason);
    long before = clock.nanos();
    if (reason == Exit.BUDGET) {
      return before;
    }
    vcpu.domain().portal(reason).call(vcpu);
    long after = clock.nanos();
    statistics.spend(reason, after - before);
    if (vcpu.suspending()) {
      vcpu.halt(after);
    }
    return after;
  }
}
