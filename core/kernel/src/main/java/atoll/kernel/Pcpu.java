package atoll.kernel;

import atoll.cpu.Cpu;
import atoll.cpu.Exit;
import atoll.cpu.ExitServer;
import atoll.host.BusyWait;
import atoll.host.HostThread;
import atoll.host.PlatformClock;
import atoll.host.ThreadTime;
import atoll.state.Unsaved;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * A physical CPU of the board: one platform thread that runs the vCPUs bound to it, as its
 * scheduling policy says, and delivers their exits. If the handler of an exit is in code outside
 * Atoll that does not come back, another thread takes its place, and the vCPU goes on once it has
 * come back.
 *
 * <p>A running vCPU is preempted at a time by running it for short quanta, and by an event by a
 * kick. A thread that wakes a vCPU counts {@link #wakes} up and then looks at {@link #running}; the
 * thread publishes the vCPU that it runs and then looks at the count: one of the two sees the
 * other.
 */
@Unsaved("a thread of the host's, and whom it runs")
public final class Pcpu {
  /** A budget that is never used up. */
  private static final long UNLIMITED = 1L << 60;

  /**
   * Nanoseconds that the thread asks to have in turn with the host's other threads: the shortest,
   * so that it does not wait for another's turn to be over when it wakes up.
   */
  public static final long HOST_SLICE = 100_000;

  /** Instructions between two exits that take less time than is worth measuring. */
  private static final long BRIEF = 64;

  private final int number;
  private final PlatformClock clock;
  private final CpuPool pool;
  private final OptionalInt hostCpu;
  private final Idle idle;
  private final BusyWait wait = new BusyWait();

  /** Made beforehand: a pCPU waits also when there is no memory left. */
  private final BooleanSupplier over = this::over;

  /** What {@link #over} compares with; for the thread. */
  private int seenAtWait;

  private long waitUntil;
  private final AtomicInteger wakes = new AtomicInteger();
  private final WorldSwitches switches = new WorldSwitches();

  /** What it has been chosen to do; for the thread, and the one that takes its place. */
  private final CpuPool.Turn turn = new CpuPool.Turn();

  /** Whether the running vCPU may go on until somebody else is woken. */
  private volatile boolean unlimited;

  // What the thread is doing while nothing is ready, for the others of the pool.
  private static final int BUSY = 0;
  private static final int LOOKING = 1;
  private static final int PARKED = 2;

  private volatile int rest;

  /** When guest code was last left; for the thread. */
  private long left;

  // Until when the running vCPU may go on, and what wakes was then; for the thread.
  private long runEnd;
  private int seenAtRun;

  // When its run began or an access was last served inside of it, and behind how many instructions.
  private long servedAt;
  private long servedBehind;

  /** The run ends for what such an access has brought, which is counted already. */
  private boolean ending;

  private volatile SchedulingContext running;
  private volatile DispatchListener listener;
  private volatile boolean bound;

  /** Whether an error of the kernel's own has been told of; one is enough. */
  private boolean spoken;

  private volatile boolean closed;
  private volatile Thread thread;

  Pcpu(int number, PlatformClock clock, PcpuConfig config, CpuPool pool, Idle idle) {
    this.number = number;
    this.clock = clock;
    this.pool = pool;
    pool.join(this);
    this.hostCpu = config.hostCpu();
    this.idle = idle;
  }

  /** From 0. */
  public int number() {
    return number;
  }

  /** The policy's name. */
  public String policy() {
    return pool.policy();
  }

  /** The contexts that are its own now: those that it executes, or has executed last. */
  public List<SchedulingContext> contexts() {
    return pool.contexts().stream().filter(context -> context.pcpu() == this).toList();
  }

  /** What it has done until {@code now}. */
  PcpuStatistics statistics(long now) {
    return new PcpuStatistics(
        number,
        pool.policy(),
        bound ? hostCpu : OptionalInt.empty(),
        switches.count(),
        switches.executed(),
        contexts().stream().map(context -> VcpuStatistics.of(context, now)).toList());
  }

  /** What the host has executed for a context since it was last charged, in nanoseconds. */
  long uncharged(SchedulingContext context) {
    return switches.uncharged(context);
  }

  /** The time. */
  long now() {
    return clock.nanos();
  }

  /** Whether the caller runs on this pCPU. */
  boolean current() {
    return Thread.currentThread() == thread;
  }

  /** The vCPU that has the pCPU if the caller runs on it; else null. */
  Vcpu caller() {
    SchedulingContext current = current() ? running : null;
    return current == null ? null : current.vcpu();
  }

  /** The context that has the pCPU, or null. */
  SchedulingContext running() {
    return running;
  }

  void listener(DispatchListener listener) {
    this.listener = listener;
  }

  /** Adds a context, if the policy admits it; the first one starts the thread. */
  synchronized Status add(SchedulingContext context) {
    Status admitted = closed ? Status.BAD_STATE : pool.add(context);
    if (admitted == Status.OK) {
      if (thread == null) {
        thread = begin();
      }
      wake(context);
    }
    return admitted;
  }

  /** Begins a thread; whether it is the pCPU's is said before the monitor is left. */
  private Thread begin() {
    return Thread.ofPlatform().name("pcpu" + number).daemon(true).start(this::loop);
  }

  /**
   * Has another thread take the place of the present one, whose vCPU is outside.
   *
   * @return {@code BAD_STATE} if that is not so, with nothing changed
   */
  synchronized Status goOnWithout(Vcpu vcpu) {
    if (closed || !vcpu.outside()) {
      return Status.BAD_STATE;
    }
    Thread next = begin();
    boolean parted = vcpu.part(switches.ofThread());
    thread = parted ? next : thread;
    return parted ? Status.OK : Status.BAD_STATE;
  }

  private synchronized boolean chosen() {
    return current();
  }

  /** Removes a context that does not execute; the policy forgets it at its next choice, soon. */
  void remove(SchedulingContext context) {
    pool.remove(context);
  }

  /** The context does not execute any more. */
  void forget(SchedulingContext context) {
    switches.forget(context);
  }

  /** Has a pCPU look again for ready vCPUs, since {@code woken}, which is its own, may be ready. */
  void wake(SchedulingContext woken) {
    pool.wake(woken);
  }

  /** Makes the thread look again for ready vCPUs, since {@code woken} may be ready. */
  void call(SchedulingContext woken) {
    wakes.incrementAndGet();
    SchedulingContext current = running;
    if (current != null && current != woken && pool.preempts(woken, current)) {
      current.vcpu().cpu().kick();
    }
    LockSupport.unpark(thread);
  }

  /** Makes the thread look again, at the time as well. */
  void call() {
    wakes.incrementAndGet();
    LockSupport.unpark(thread);
  }

  /**
   * Somebody has been woken on the calling thread, this pCPU's, for whom it is likely to be free.
   */
  void hold() {
    turn.held = turn.held == 0 ? clock.nanos() + CpuPool.HOLD : turn.held;
    wakes.incrementAndGet();
  }

  /** Somebody waits, for whom the running vCPU must not go on for ever; a pCPU tells the others. */
  void limit(Pcpu teller) {
    SchedulingContext current = running;
    if (this != teller && unlimited && current != null) {
      wakes.incrementAndGet();
      current.vcpu().cpu().kick();
    }
  }

  /** Whether nothing is ready for it, as far as it knows. */
  boolean idle() {
    return rest != BUSY;
  }

  /** Whether it looks whether something becomes ready, so that it need not be woken. */
  boolean looking() {
    return rest == LOOKING;
  }

  /** Ends the thread; its contexts have been removed. */
  void close() throws InterruptedException {
    closed = true;
    Thread executing = thread;
    if (executing != null) {
      LockSupport.unpark(executing);
      executing.join();
    }
  }

  private void loop() {
    if (!chosen()) {
      return;
    }
    switches.time(ThreadTime.ofCaller());
    HostThread.preciseTimers();
    HostThread.slice(HOST_SLICE);
    bound = hostCpu.isPresent() && HostThread.bind(hostCpu.getAsInt());
    while (!closed && current()) {
      try {
        inherit();
        step();
      } catch (RuntimeException | Error e) {
        survive(e);
      }
    }
  }

  /** Ends the dispatch in which the former thread is, if there is one. */
  private void inherit() {
    SchedulingContext begun = running;
    if (begun != null) {
      running = null;
      end(begun);
    }
  }

  /**
   * The kernel's own code has thrown, as it may where there is no memory left. The other vCPUs need
   * the thread; to speak of it may throw once more.
   */
  private void survive(Throwable thrown) {
    try {
      if (!spoken) {
        spoken = true;
        Thread self = Thread.currentThread();
        self.getUncaughtExceptionHandler().uncaughtException(self, thrown);
      }
    } catch (RuntimeException | Error e) {
      // The first is what matters, and it has been dealt with.
    }
  }

  /** One decision of the policy, and what follows from it. */
  private void step() {
    int seen = wakes.get();
    long now = clock.nanos();
    boolean told = tellFailures(now);
    if (!pool.choose(this, turn, now)) {
      long due = Math.min(wakeTime(now), pool.nextChange(now));
      idle(seen, told ? due : Math.min(due, now + ProtectionDomain.PAUSE));
    } else if (turn.chosen.vcpu().enter(now)) {
      dispatch(turn.chosen, now, seen);
    } else {
      turn.chosen.release();
    }
  }

  /** Tells the listeners that do not know yet of failed domains; whether all have. */
  private boolean tellFailures(long now) {
    boolean all = true;
    List<SchedulingContext> current = pool.contexts();
    for (int i = 0; i < current.size(); i++) {
      ProtectionDomain domain = current.get(i).vcpu().domain();
      if (domain.untold()) {
        domain.tell(now);
        all &= !domain.untold();
      }
    }
    return all;
  }

  /**
   * Waits, unless there was a call since. Being unparked alone says too little: any lock that the
   * thread has waited for in between may have used that up.
   */
  private void idle(int seen, long deadline) {
    seenAtWait = seen;
    waitUntil = deadline;
    try {
      if (idle.looks()) {
        lookAndPark();
      } else if (!called()) {
        park();
      }
    } finally {
      rest = BUSY;
    }
  }

  private void lookAndPark() {
    long since = wait.now();
    rest = LOOKING;
    if (!wait.sees(over)) {
      park();
    }
    wait.waited(since);
  }

  private void park() {
    rest = PARKED;
    idle.until(clock, waitUntil);
  }

  /** Whether the wait is over. */
  private boolean over() {
    return called() || clock.nanos() >= waitUntil;
  }

  private boolean called() {
    return wakes.get() != seenAtWait || closed;
  }

  /** When the next timer ends a wait; whose timer is over is ready, and waits for the policy. */
  private long wakeTime(long now) {
    long earliest = Long.MAX_VALUE;
    for (SchedulingContext context : pool.contexts()) {
      earliest = Math.min(earliest, wakeTime(context, now));
    }
    return earliest;
  }

  /** When the timer of a vCPU is over that this pCPU looks after. */
  private long wakeTime(SchedulingContext context, long now) {
    long due = context.vcpu().wakeTime();
    return due > now && context.pcpu() == this && context.free() ? due : Long.MAX_VALUE;
  }

  /**
   * Runs an entered vCPU. Anything that the engine or a monitor throws, even an error, ends only
   * the domain that it belongs to.
   */
  private void dispatch(SchedulingContext context, long start, int seen) {
    Vcpu vcpu = context.vcpu();
    left = start;
    try {
      switches.to(context, this);
      context.begin(start);
      running = context;
      Runnable entry = vcpu.takeEntry();
      if (entry != null) {
        entry.run();
      }
      run(context, start, seen);
    } catch (Throwable e) {
      if (!vcpu.abandoned()) {
        vcpu.domain().fail(vcpu.name(), null, e);
      }
    } finally {
      if (vcpu.elsewhere()) {
        comeBack(vcpu);
      } else {
        running = null;
        end(context);
      }
    }
  }

  /** The calling thread has lost its place meanwhile, as is settled once the monitor is free. */
  private void comeBack(Vcpu vcpu) {
    boolean ignored = chosen();
    vcpu.comeBack(ThreadTime.ofCaller().nanos());
  }

  /** A vCPU that was entered is left again in any case. */
  private void end(SchedulingContext context) {
    long start = context.begun();
    long end = clock.nanos();
    try {
      context.end(end);
      pool.charge(turn, end - start + turn.payer.takeDebt());
    } finally {
      context.vcpu().leave();
      context.release();
    }
    DispatchListener told = listener;
    if (told != null) {
      told.dispatched(this, context, start, left, end);
    }
  }

  /** Runs a vCPU until it stops or waits, its time is over, or another is to be preferred. */
  private void run(SchedulingContext context, long start, int seenAtChoice) {
    Vcpu vcpu = context.vcpu();
    unlimited = turn.slice == Long.MAX_VALUE;
    long sliceEnd = unlimited ? Long.MAX_VALUE : start + turn.slice;
    runEnd = limit(context, sliceEnd, start);
    long now = start;
    seenAtRun = seenAtChoice;
    while (vcpu.active()) {
      int woken = wakes.get();
      if (woken != seenAtRun) {
        seenAtRun = woken;
        if (outranked(context, now)) {
          return;
        }
        runEnd = limit(context, sliceEnd, now);
      }
      if (vcpu.continuing()) {
        now = proceed(vcpu, now);
      } else {
        now = execute(context, now);
      }
      if (now >= runEnd || turn.gaveWay) {
        return;
      }
    }
  }

  /** Whether a vCPU is ready that may have to replace the running one, or to be given to others. */
  private boolean outranked(SchedulingContext context, long now) {
    boolean any = unlimited || pool.idles();
    for (SchedulingContext other : pool.contexts()) {
      if (other != context && other.ready(now) && (any || pool.preempts(other, context))) {
        return true;
      }
    }
    return false;
  }

  /** Until when a vCPU may run without a new choice, unless another is woken. */
  private long limit(SchedulingContext context, long sliceEnd, long now) {
    long end = Math.min(sliceEnd, pool.nextChange(now));
    for (SchedulingContext other : pool.contexts()) {
      long due = wakeTime(other, now);
      if (due < end && other != context && pool.preempts(other, context)) {
        end = due;
      }
    }
    return end;
  }

  /** Does a step of what an exit has left over; returns the time afterwards. */
  private long proceed(Vcpu vcpu, long before) {
    vcpu.step();
    long after = clock.nanos();
    vcpu.statistics().serve(after - before);
    return after;
  }

  /** Runs until an exit, or for about a quantum; returns the time afterwards. */
  @SuppressWarnings("ThreadPriorityCheck") // a hint is all that is wanted
  private long execute(SchedulingContext context, long now) {
    Cpu cpu = context.vcpu().cpu();
    boolean endless = runEnd == Cpu.NEVER;
    long before = cpu.instructions();
    servedAt = now;
    servedBehind = before;
    ending = false;
    int reason = cpu.run(endless ? UNLIMITED : context.pace.budget(runEnd - now), now, runEnd);
    if (endless && reason == Exit.YIELD) {
      Thread.yield(); // whom it waits for is executing, or would be if the host let it
    }
    long behind = cpu.instructions();
    leave(reason, behind);
    if (!endless) {
      context.pace.ran(behind - before, left - now);
    }
    return serve(context.vcpu(), reason, left);
  }

  /**
   * Guest code is left. A look at the clock costs more than a few instructions: an exit soon after
   * another, to be served, counts from where that one ended.
   */
  private void leave(int reason, long executed) {
    boolean served = reason != Exit.HALT && reason != Exit.BUDGET;
    left = served ? since(executed) : clock.nanos();
  }

  private long since(long executed) {
    return executed - servedBehind < BRIEF ? servedAt : clock.nanos();
  }

  /** Counts and serves one exit, made at {@code before}; returns the time afterwards. */
  private long serve(Vcpu vcpu, int reason, long before) {
    if (reason == Exit.HALT) {
      vcpu.halt(before);
      return before;
    }
    ExitStatistics statistics = vcpu.statistics();
    if (!ending || reason != Exit.BUDGET) {
      statistics.increment(reason);
    }
    if (reason == Exit.YIELD) {
      turn.gaveWay = pool.helped(turn.chosen, before);
      return before;
    }
    long after = before;
    if (reason != Exit.BUDGET) {
      vcpu.domain().portal(reason).call(vcpu, before);
      if (vcpu.elsewhere()) {
        return Long.MAX_VALUE; // another thread has the pCPU
      }
      after = clock.nanos();
      statistics.serve(after - before);
    }
    if (vcpu.suspending()) { // a handler has asked for it
      vcpu.halt(after);
    }
    return after;
  }

  /** Serves and counts an access of the vCPU that runs, which stays in guest code if it can. */
  int serveInside(Vcpu vcpu, int reason) {
    long executed = vcpu.cpu().instructions();
    long before = since(executed);
    if (!vcpu.domain().portal(reason).callInside(vcpu, before)) {
      return ExitServer.DECLINED;
    }
    long after = clock.nanos();
    vcpu.statistics().increment(reason);
    vcpu.statistics().serve(after - before);
    vcpu.cpu().exit().nanos = after;
    servedAt = after;
    servedBehind = executed;
    boolean waits = vcpu.suspending() || vcpu.continuing() || !vcpu.active();
    ending = waits || wakes.get() != seenAtRun || after >= runEnd;
    return ending ? ExitServer.LEAVE : ExitServer.SERVED;
  }
}
