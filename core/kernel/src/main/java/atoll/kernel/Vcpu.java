package atoll.kernel;

import atoll.cpu.Cpu;
import atoll.cpu.Exit;
import atoll.host.LatencyHistogram;
import atoll.state.Unsaved;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A virtual CPU: an execution context in guest mode, and whether it may execute now.
 *
 * <p>{@link #raise}, {@link #kick} and the queries are for any thread; {@link #suspend} is for the
 * handler of this vCPU's own exit. Starting, stopping and pausing go through {@link SystemCalls}.
 *
 * <p>The one thread that may touch the CPU's registers is the pCPU's, and only between {@link
 * #enter} and {@link #leave}; so code that starts a vCPU passes an entry action, which that thread
 * runs.
 */
public final class Vcpu implements KernelObject {
  private static final long UNKNOWN = -1;

  // Where the thread is that serves its exit.
  private static final int HERE = 0;
  private static final int OUTSIDE = 1; // in code outside Atoll, which may not come back
  private static final int AWAY = 2; // the same, and the pCPU goes on without it
  private static final int BACK = 3; // come back from there, and not yet out of the handler
  private static final int ABANDONED = 4; // nobody waits for it any more

  private final String name;
  private final int index;
  private final Cpu cpu;
  private final ProtectionDomain domain;
  private final ExitStatistics statistics = new ExitStatistics();

  // Written under this object's monitor. The pCPU polls the volatile ones without it.
  private boolean started;

  @Unsaved("the monitor holds it, and lets it go")
  private boolean paused;

  @Unsaved("it does not execute")
  private boolean dispatched;

  @Unsaved("of a start that meets a stop, which one that does not execute has behind it")
  private boolean restarting;

  private Runnable entry;

  /** {@link #unblock} has been called since the last block. */
  @Unsaved("nothing waits once continuations are settled")
  private boolean unblocked;

  private volatile SchedulingContext context;

  @Unsaved("settled before a state is taken")
  private volatile Continuation continuation;

  /** A continuation waits for another thread; nothing but {@link #unblock} ends that. */
  @Unsaved("nothing waits once continuations are settled")
  private volatile boolean blocked;

  @Unsaved("of the exit that is being served")
  private volatile boolean suspending;

  @Unsaved("follows from others")
  private volatile boolean runnable;

  @Unsaved("of the dispatch under way")
  private volatile boolean active;

  @Unsaved("of the exit that is being served")
  private final AtomicInteger whereabouts = new AtomicInteger(HERE);

  @Unsaved("of the exit that is being served")
  private long spentBefore; // the thread's CPU time in ns when it was left; set before AWAY

  /**
   * Waits for an interrupt. The pCPU sets it before it asks the CPU whether it is awake, and {@link
   * #raise} reads it after it has told the CPU: both are sequentially consistent, so one of the two
   * sees the other and no wake-up is lost.
   */
  private volatile boolean halted;

  @Unsaved("for statistics")
  private long haltedSince;

  @Unsaved("for statistics")
  private long wokenAt; // from its wait; UNKNOWN if only its timer has

  /** It was held during the wait, whose end then says nothing about latency. */
  @Unsaved("for statistics")
  private boolean heldMeanwhile;

  @Unsaved("for statistics")
  private final LatencyHistogram wakeUps = new LatencyHistogram();

  /**
   * The whole state of one that is held between two steps; its CPU has its own.
   *
   * @param started whether it is not stopped
   * @param halted whether it waits for an interrupt
   * @param entry whether its monitor has something to do before guest code: which is for the
   *     monitor to know
   * @param claim that of its scheduling context
   */
  public record State(
      boolean started, boolean halted, boolean entry, SchedulingContext.State claim) {
    public State {
      if (!started && (halted || entry)) {
        throw new IllegalArgumentException("a vCPU that is stopped waits for nothing");
      }
    }
  }

  Vcpu(String name, int index, Cpu cpu, ProtectionDomain domain) {
    this.name = name;
    this.index = index;
    this.cpu = cpu;
    this.domain = domain;
    cpu.exit().server = reason -> context.pcpu().serveInside(this, reason);
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

  /**
   * How long it took, each time that an interrupt or timer ended a wait, until the vCPU had the
   * pCPU, in nanoseconds.
   */
  public LatencyHistogram.Snapshot wakeUps() {
    return wakeUps.snapshot();
  }

  /** What it is doing at the moment; one that is being paused runs until it has left guest code. */
  public synchronized VcpuState state() {
    return started && paused && !dispatched ? VcpuState.PAUSED : condition();
  }

  /** The same whether it is paused or not: stopped, halted or running. */
  public synchronized VcpuState condition() {
    if (!started) {
      return VcpuState.STOPPED;
    }
    return halted ? VcpuState.HALTED : VcpuState.RUNNING;
  }

  /**
   * Drives interrupt input {@code line} and wakes the vCPU if it waits. In the handler of a bell
   * that was rung by a vCPU with {@link Permission#DONATE}, the priority of that one is lent to
   * this one until it waits again.
   */
  public void raise(int line, boolean high) {
    if (high && Donation.present()) {
      raiseWith(Donation.priority(), line);
      wake();
      return;
    }
    cpu.raise(line, high);
    if (high && halted) {
      wake();
    }
  }

  /** Under the monitor, so that {@link #halt} sees the line before it gives the priority back. */
  private synchronized void raiseWith(int priority, int line) {
    cpu.raise(line, true);
    if (context != null) {
      context.lend(priority);
    }
  }

  /** Lends it a priority if it is awake; whether that is more than it has had. */
  synchronized boolean inherit(int priority) {
    boolean higher =
        context != null && priority > context.priority() && ready(context.pcpu().now());
    if (higher) {
      context.lend(priority);
    }
    return higher;
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

  // ------------------------------------------------------------ code outside Atoll

  /**
   * The handler of this vCPU's exit is about to call code that may not come back. Until {@link
   * #endOutside}, the pCPU may go on {@linkplain SystemCalls#goOnWithout without it}.
   */
  public void beginOutside() {
    whereabouts.setRelease(OUTSIDE);
  }

  /**
   * That code has come back. If the pCPU has gone on meanwhile, this vCPU does so once its handler
   * returns.
   *
   * @throws AbandonedException if it was {@linkplain SystemCalls#abandon abandoned} meanwhile: the
   *     handler touches nothing any more, and lets this through
   */
  public void endOutside() {
    if (!whereabouts.compareAndSet(OUTSIDE, HERE) && !whereabouts.compareAndSet(AWAY, BACK)) {
      throw new AbandonedException(name);
    }
  }

  /** Whether the pCPU has gone on without the thread that serves its exit. */
  boolean elsewhere() {
    return whereabouts.get() != HERE;
  }

  boolean abandoned() {
    return whereabouts.get() == ABANDONED;
  }

  Status goOnWithout() {
    SchedulingContext claim = context;
    return claim == null ? Status.BAD_STATE : claim.pcpu().goOnWithout(this);
  }

  /**
   * The pCPU goes on without its thread, if that is outside.
   *
   * @param spent CPU time of the thread until now, in nanoseconds
   */
  boolean part(long spent) {
    spentBefore = spent;
    return whereabouts.compareAndSet(OUTSIDE, AWAY);
  }

  boolean outside() {
    return whereabouts.get() == OUTSIDE;
  }

  /**
   * Its thread, which is no pCPU's any more, has left the handler.
   *
   * @param spent CPU time of the thread, in nanoseconds
   */
  void comeBack(long spent) {
    synchronized (this) {
      if (abandoned()) {
        return;
      }
      whereabouts.set(HERE);
      dispatched = false;
      notifyAll();
    }
    charge(Math.max(0, spent - spentBefore));
    wake();
  }

  /** Stops it for good, if its thread is outside and the pCPU has gone on. */
  synchronized Status abandon() {
    if (!whereabouts.compareAndSet(AWAY, ABANDONED)) {
      return Status.BAD_STATE;
    }
    Status stopped = stop();
    dispatched = false;
    notifyAll();
    return stopped;
  }

  /** The priority of its scheduling context. */
  int priority() {
    SchedulingContext claim = context;
    return claim == null ? Donation.NONE : claim.priority();
  }

  /**
   * Has the vCPU pay for what another thread has done for its guest, such as a disk's: the time
   * counts as if the vCPU had used it, from its next turn on. Any thread.
   *
   * @param nanos of CPU time
   */
  public void charge(long nanos) {
    SchedulingContext claim = context;
    if (claim != null) {
      claim.charge(nanos);
    }
  }

  /**
   * Has {@code rest} done before the vCPU executes guest code again, in steps; from the handler of
   * an exit, what that exit may not do at once. One that is there already is replaced. Any thread.
   *
   * @return false, with nothing done, if the vCPU is stopped
   */
  public boolean proceed(Continuation rest) {
    boolean elsewhere;
    synchronized (this) {
      if (!started) {
        return false;
      }
      continuation = rest;
      elsewhere = context.pcpu().caller() != this;
    }
    if (elsewhere) {
      cpu.kick();
      unblock();
    }
    return true;
  }

  /** Ends the wait of a continuation, this one or the next; any thread. */
  public void unblock() {
    synchronized (this) {
      unblocked = true;
      blocked = false;
    }
    wake();
  }

  synchronized Status start(Runnable first) {
    if (started || context == null || !domain.startable() || abandoned()) {
      return Status.BAD_STATE;
    }
    started = true;
    restarting = true;
    entry = first;
    continuation = null;
    blocked = false;
    halted = false;
    changed();
    return Status.OK;
  }

  synchronized Status stop() {
    started = false;
    suspending = false;
    entry = null;
    continuation = null;
    blocked = false;
    halted = false;
    if (context != null) {
      context.giveBack();
    }
    changed();
    return Status.OK;
  }

  /** What it is; it is held, and its continuations are done. */
  synchronized Optional<State> saved() {
    return dispatched || context == null
        ? Optional.empty()
        : Optional.of(new State(started, halted, entry != null, context.state()));
  }

  /** Becomes what {@code from} says, still held if it is; it has not been started before. */
  synchronized Status restore(State from, Runnable first) {
    if (started || context == null || !domain.startable()) {
      return Status.BAD_STATE;
    }
    context.restore(from.claim);
    started = from.started;
    halted = from.halted;
    entry = from.entry ? first : null;
    haltedSince = context.pcpu().now();
    wokenAt = UNKNOWN;
    heldMeanwhile = true;
    changed();
    return Status.OK;
  }

  synchronized Status pause(boolean wanted) {
    paused = wanted;
    heldMeanwhile |= wanted;
    changed();
    return Status.OK;
  }

  synchronized Status bind(SchedulingContext to) {
    if (context != null) {
      return Status.BAD_STATE;
    }
    context = to;
    return Status.OK;
  }

  synchronized void unbind() {
    context = null;
  }

  /** Waits until no pCPU executes it; the caller has stopped or paused it. */
  synchronized Status awaitIdle() throws InterruptedException {
    if (dispatched && context.pcpu().current()) {
      return Status.BAD_STATE;
    }
    while (dispatched) {
      wait();
    }
    return Status.OK;
  }

  /** Whether the pCPU has something to execute here at time {@code now}. */
  boolean ready(long now) {
    if (!runnable || blocked || elsewhere()) {
      return false;
    }
    return !halted || continuation != null || cpu.awake() || now >= cpu.deadline();
  }

  /** When a vCPU that is not ready becomes so by itself, in the clock's nanoseconds. */
  long wakeTime() {
    return runnable && halted && !blocked ? cpu.deadline() : Long.MAX_VALUE;
  }

  /** Whether there is something to do before guest code. */
  public boolean continuing() {
    return continuation != null;
  }

  /** Whether it executes nothing before its continuation; a paused one counts if {@code held}. */
  synchronized boolean rests(boolean held) {
    return !dispatched && (!started || continuation != null || held && paused);
  }

  /** Does one step of that; the pCPU's thread. */
  void step() {
    Continuation rest = takeContinuation();
    if (rest == null) {
      return;
    }
    Continuation.Progress progress = rest.step();
    if (progress != Continuation.Progress.DONE) {
      keep(rest, progress == Continuation.Progress.WAIT);
    }
  }

  private synchronized Continuation takeContinuation() {
    Continuation taken = continuation;
    continuation = null;
    return taken;
  }

  /** There is more to do, unless the vCPU was stopped or got something else meanwhile. */
  private synchronized void keep(Continuation rest, boolean wait) {
    if (!started || restarting || continuation != null) {
      return;
    }
    continuation = rest;
    blocked = wait && !unblocked;
    unblocked = false;
    if (blocked) {
      context.giveBack();
      active = false;
    }
  }

  /** Whether the pCPU may go on executing without asking again. */
  boolean active() {
    return active;
  }

  /** The pCPU takes it up, unless it may not execute any more. */
  synchronized boolean enter(long now) {
    if (!runnable || blocked || elsewhere()) {
      return false;
    }
    if (halted) {
      statistics.spend(Exit.HALT, now - haltedSince);
      recordWakeUp(now);
      halted = false;
    }
    restarting = false;
    dispatched = true;
    active = true;
    return true;
  }

  /** From whatever came first: the timer, an interrupt, or one that was there before the wait. */
  private void recordWakeUp(long now) {
    long since = cpu.deadline();
    if (wokenAt != UNKNOWN) {
      since = Math.min(since, wokenAt);
    }
    if (!heldMeanwhile) {
      wakeUps.record(now - (since > now ? haltedSince : Math.max(since, haltedSince)));
    }
  }

  /** What is to be done before guest code runs; the caller runs it without the monitor. */
  synchronized Runnable takeEntry() {
    Runnable taken = entry;
    entry = null;
    return taken;
  }

  /**
   * Does what is to be done before guest code on the caller's thread, so that the CPU's registers
   * are those of its first instruction; one that waits has nothing to do yet. It is paused.
   */
  Status settleEntry() {
    Runnable taken;
    synchronized (this) {
      if (!paused || dispatched) {
        return Status.BAD_STATE;
      }
      taken = halted ? null : takeEntry();
    }
    if (taken != null) {
      taken.run();
    }
    return Status.OK;
  }

  /** The CPU waits for an interrupt, by an exit or by {@link #suspend}. */
  synchronized void halt(long now) {
    statistics.increment(Exit.HALT);
    haltedSince = now;
    wokenAt = UNKNOWN;
    heldMeanwhile = paused;
    suspending = false;
    if (!cpu.awake()) {
      context.giveBack();
    }
    if (started && !restarting) {
      halted = true;
      active = false;
    }
  }

  /** Whether the handler that has just returned asked for a wait. */
  boolean suspending() {
    return suspending;
  }

  /** The pCPU lets go of it, though its thread may still serve its exit. */
  synchronized void leave() {
    active = false;
    if (elsewhere()) {
      context.giveBack();
    } else {
      dispatched = false;
      notifyAll();
    }
  }

  private void changed() {
    runnable = started && !paused;
    active = false;
    cpu.kick();
    wake();
  }

  private void wake() {
    SchedulingContext claim = context;
    if (claim != null) {
      noteWaking(claim.pcpu().now());
      claim.pcpu().wake(claim);
    }
  }

  private synchronized void noteWaking(long now) {
    if (halted && wokenAt == UNKNOWN) {
      wokenAt = now;
    }
  }
}
