package atoll.kernel;

import atoll.engine.Cpu;
import atoll.engine.Exit;

/**
 * A virtual CPU: an execution context in guest mode, and whether it may execute now.
 *
 * <p>{@link #raise}, {@link #kick} and the queries are for any thread; {@link #suspend} is for the
 * handler of this vCPU's own exit. Starting, stopping and pausing go through {@link SystemCalls}.
 *
 * <p>The one thread that may touch the CPU's registers is the pCPU's, and only between {@link
 * #enter} and {@link #leave}; so whoever starts a vCPU hands down an entry action, which that
 * thread runs.
 */
public final class Vcpu implements KernelObject {
  private final String name;
  private final int index;
  private final Cpu cpu;
  private final ProtectionDomain domain;
  private final ExitStatistics statistics = new ExitStatistics();

  // Written under this object's monitor. The pCPU polls the volatile ones without it.
  private boolean started;
  private boolean paused;
  private boolean dispatched;
  private boolean restarting;
  private Runnable entry;
  private volatile Pcpu pcpu;
  private volatile boolean suspending;
  private volatile boolean runnable;
  private volatile boolean active;

  /**
   * Waits for an interrupt. The pCPU sets it before it asks the CPU whether it is awake, and {@link
   * #raise} reads it after it has told the CPU: both are sequentially consistent, so one of the two
   * sees the other and no wake-up is lost.
   */
  private volatile boolean halted;

  private long haltedSince;

  Vcpu(String name, int index, Cpu cpu, ProtectionDomain domain) {
    this.name = name;
    this.index = index;
    this.cpu = cpu;
    this.domain = domain;
  }

  @Override
  public String name() {
    return name;
  }

  /** Its number within its domain, from 0. */
  public int index() {
    return index;
  }

  /** The CPU behind it; its registers belong to the vCPU's thread. */
  public Cpu cpu() {
    return cpu;
  }

  /** Whose it is. */
  public ProtectionDomain domain() {
    return domain;
  }

  /** Exits by reason since creation. */
  public ExitStatistics statistics() {
    return statistics;
  }

  /** What it is doing at the moment. */
  public synchronized VcpuState state() {
    if (!started) {
      return VcpuState.STOPPED;
    }
    if (paused) {
      return VcpuState.PAUSED;
    }
    return halted ? VcpuState.HALTED : VcpuState.RUNNING;
  }

  /** Drives interrupt input {@code line} and wakes the vCPU if it waits. */
  public void raise(int line, boolean high) {
    cpu.raise(line, high);
    if (high && halted) {
      wake();
    }
  }

  /** Makes the vCPU leave guest code, or its wait, for a moment, so that it sees what changed. */
  public void kick() {
    cpu.kick();
    if (halted) {
      wake();
    }
  }

  /**
   * From the handler of this vCPU's own exit: wait for an interrupt once the handler returns.
   *
   * @param resume run on the vCPU's thread when the wait is over, before guest code
   */
  public synchronized void suspend(Runnable resume) {
    if (started && !restarting) {
      entry = resume;
      suspending = true;
    }
  }

  synchronized Status start(Runnable first) {
    if (started || pcpu == null || !domain.startable()) {
      return Status.BAD_STATE;
    }
    started = true;
    restarting = true;
    entry = first;
    halted = false;
    changed();
    return Status.OK;
  }

  synchronized Status stop() {
    started = false;
    suspending = false;
    entry = null;
    halted = false;
    changed();
    return Status.OK;
  }

  synchronized Status pause(boolean wanted) {
    paused = wanted;
    changed();
    return Status.OK;
  }

  synchronized Status bind(Pcpu to) {
    if (pcpu != null) {
      return Status.BAD_STATE;
    }
    pcpu = to;
    return Status.OK;
  }

  synchronized void unbind() {
    pcpu = null;
  }

  /** Waits until no pCPU executes it; the caller has stopped or paused it. */
  synchronized Status awaitIdle() throws InterruptedException {
    if (pcpu != null && pcpu.current()) {
      return Status.BAD_STATE;
    }
    while (dispatched) {
      wait();
    }
    return Status.OK;
  }

  /** Whether the pCPU has something to execute here at time {@code now}. */
  boolean ready(long now) {
    return runnable && (!halted || cpu.awake() || now >= cpu.deadline());
  }

  /** When a vCPU that is not ready becomes so by itself, in the clock's nanoseconds. */
  long wakeTime() {
    return runnable && halted ? cpu.deadline() : Long.MAX_VALUE;
  }

  /** Whether the pCPU may go on executing without asking anew. */
  boolean active() {
    return active;
  }

  /** The pCPU takes it up, unless it may not execute any more. */
  synchronized boolean enter(long now) {
    if (!runnable) {
      return false;
    }
    if (halted) {
      statistics.spend(Exit.HALT, now - haltedSince);
      halted = false;
    }
    restarting = false;
    dispatched = true;
    active = true;
    return true;
  }

  /** What is to be done before guest code runs; the caller runs it without the monitor. */
  synchronized Runnable takeEntry() {
    Runnable taken = entry;
    entry = null;
    return taken;
  }

  /** The CPU waits for an interrupt, by an exit or by {@link #suspend}. */
  synchronized void halt(long now) {
    statistics.increment(Exit.HALT);
    haltedSince = now;
    suspending = false;
    if (started && !restarting) {
      halted = true;
      active = false;
    }
  }

  /** Whether the handler that has just returned asked for a wait. */
  boolean suspending() {
    return suspending;
  }

  /** The pCPU lets go of it. */
  synchronized void leave() {
    active = false;
    dispatched = false;
    notifyAll();
  }

  private void changed() {
    runnable = started && !paused;
    active = false;
    cpu.kick();
    wake();
  }

  private void wake() {
    Pcpu there = pcpu;
    if (there != null) {
      there.wake();
    }
  }
}
