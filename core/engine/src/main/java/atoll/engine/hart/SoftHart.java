package atoll.engine.hart;

import atoll.cpu.Exit;
import atoll.engine.Engine;
import atoll.engine.Hart;
import atoll.engine.HartState;
import atoll.engine.MmuStatistics;
import atoll.engine.Privilege;
import atoll.engine.Tracer;
import atoll.engine.TranslationStatistics;
import atoll.engine.TrapLoop;
import atoll.engine.decode.Predecoder;
import atoll.engine.fpu.FpFlags;
import atoll.engine.mmu.Access;
import atoll.engine.mmu.Envcfg;
import atoll.engine.mmu.Mmu;
import atoll.engine.mmu.MmuClient;
import atoll.engine.mmu.MmuCounters;
import atoll.engine.mmu.Mstatus;
import atoll.engine.mmu.PageWalker;
import atoll.engine.mmu.PagingMode;
import atoll.isa.Cause;
import atoll.memory.GuestMemory;
import atoll.state.Unsaved;
import java.util.Arrays;
import java.util.OptionalLong;

/**
 * A hart in software: architectural state, traps and interrupts. An {@link Engine} executes its
 * instructions. Its fields are for the executor, and for the parts of the hart itself.
 */
public final class SoftHart implements Hart, MmuClient {
  /** Nothing to do but go on at {@link #pc}. */
  public static final int NONE = 0;

  /** An exception is to be taken at {@link #pc}. */
  static final int EXCEPTION = 1;

  /** An access outside RAM, described by {@link #exit}, is to be served. */
  public static final int MMIO = 2;

  /** A {@code wfi} has found nothing pending. */
  static final int HALT = 3;

  /** An {@code ecall} to the hypervisor. */
  public static final int HYPERCALL = 4;

  /** The trap cannot be delivered. */
  static final int FAULT = 5;

  /** The instruction at {@link #pc} needs a translation that {@link Mmu#fillTlb} fills in. */
  static final int TLB_MISS = 6;

  /** Instead of an exit reason: the event has been dealt with. */
  private static final int GO_ON = -1;

  /** Integer registers and the sink; the interpreter puts an array of its own in this place. */
  public long[] x = new long[Predecoder.SINK + 1];

  public final long[] f = new long[32];
  public final FpFlags flags = new FpFlags();
  public long pc;
  public int privilege = Privilege.MACHINE;

  /** V: whether U and S mode are a guest's, VU and VS; changed by {@link Hypervisor} only. */
  public boolean virtual;

  public long mstatus = Mstatus.XL64;
  public int roundingMode;

  /** What the last executed instruction asks of {@link #run}. */
  @Unsaved("none between two instructions")
  public int event;

  long medeleg;
  long mideleg;
  public long mie;

  /** Enables of the {@code cbo} instructions and other features: see {@link CsrFile}. */
  long menvcfg;

  long senvcfg;
  long mcounteren;
  long scounteren;
  long mcountinhibit;
  long satp;

  public final StateBlock state = new StateBlock();
  final TrapRegisters machine = new TrapRegisters(state, StateBlock.MACHINE_TRAP);

  /** Those of HS mode, or of VS mode while {@link #virtual}. */
  final TrapRegisters supervisor = new TrapRegisters(state, StateBlock.SUPERVISOR_TRAP);

  public final Hypervisor hypervisor = new Hypervisor(this);
  public final InterruptUnit interrupts;
  public final Mmu mmu;
  public final LoadStoreUnit memory;
  public final CsrFile csrs;
  final TrapCounters traps = new TrapCounters();

  @Unsaved("of the run under way")
  public final RunLimit limit;

  private final int id;
  private final SoftHartGroup group;

  @Unsaved("caches of code")
  private final Engine.Executor executor;

  @Unsaved("requests to forget what a new hart has not")
  private final Rendezvous rendezvous = new Rendezvous(this);

  private final Exit exit = new Exit();

  @Unsaved("whoever watches")
  private TraceUnit trace;

  /** Whether the hypervisor stands in for machine mode. */
  private boolean hosted;

  private long retired;
  private final RetiredCounter instret = new RetiredCounter();
  private final RetiredCounter cycle = new RetiredCounter();

  private final TrapUnit trapUnit = new TrapUnit(this);

  /** The packed instruction whose MMIO access the monitor serves, or 0. */
  @Unsaved("settled before a state is taken")
  private long waiting;

  @Unsaved("settled before a state is taken")
  private long waitingAddress;

  /** Whether that is an address of a guest's. */
  @Unsaved("settled before a state is taken")
  private boolean waitingGuest;

  SoftHart(int id, SoftHartGroup group, Engine engine) {
    this.id = id;
    this.group = group;
    interrupts = new InterruptUnit(group.clock());
    limit = new RunLimit(group.clock());
    mmu = new Mmu(this, group.memory());
    memory = new LoadStoreUnit(this, mmu, group.memory().memory().guards());
    csrs = new CsrFile(this);
    executor = engine.executor(this);
    reset();
  }

  // ------------------------------------------------------------ for monitors

  @Override
  public int id() {
    return id;
  }

  @Override
  public long x(int r) {
    takeRegisters();
    return x[r];
  }

  @Override
  public void x(int r, long value) {
    takeRegisters();
    x[r == 0 ? Predecoder.SINK : r] = value;
  }

  @Override
  public long f(int r) {
    takeRegisters();
    return f[r];
  }

  @Override
  public void f(int r, long value) {
    takeRegisters();
    f[r] = value;
  }

  /**
   * Somebody wants a register while the monitor serves an access: they may be in {@link #state}.
   * Inside {@link #run} that is the executor's own affair.
   */
  private void takeRegisters() {
    if (waiting != 0) {
      state.save(this);
    }
  }

  @Override
  public long pc() {
    return pc;
  }

  @Override
  public void pc(long value) {
    pc = value & ~1L;
  }

  @Override
  public int privilege() {
    return privilege;
  }

  @Override
  public boolean virtual() {
    return virtual;
  }

  /** The mode's name: U, S, M, VU or VS. */
  String modeName() {
    return modeName(virtual, privilege);
  }

  static String modeName(boolean virtual, int privilege) {
    return (virtual ? "V" : "") + Privilege.name(privilege);
  }

  @Override
  public long csr(int number) {
    boolean guest = virtual;
    hypervisor.virtual(false);
    try {
      return csrs.existing(number).read();
    } finally {
      hypervisor.virtual(guest);
    }
  }

  @Override
  public void csr(int number, long value) {
    boolean guest = virtual;
    hypervisor.virtual(false);
    try {
      csrs.existing(number).write(value);
    } finally {
      hypervisor.virtual(guest);
      updateTranslation();
    }
  }

  @Override
  public OptionalLong peek(long va) {
    long value = memory.load(va, Long.BYTES);
    while (event == TLB_MISS) {
      event = NONE;
      mmu.fillTlb();
      value = memory.load(va, Long.BYTES);
    }
    boolean loaded = event == NONE;
    event = NONE;
    return loaded ? OptionalLong.of(value) : OptionalLong.empty();
  }

  @Override
  public void trace(Tracer tracer) {
    trace = tracer == null ? null : new TraceUnit(this, tracer);
  }

  /** What shows the hart to a tracer; null if there is none. */
  TraceUnit trace() {
    return trace;
  }

  @Override
  public TrapCounters traps() {
    return traps;
  }

  @Override
  public long tlbFills() {
    return mmu.counters.fills;
  }

  @Override
  public long tableWalks() {
    return mmu.walker.walks;
  }

  @Override
  public long tlbFlushes() {
    return mmu.counters.flushes;
  }

  @Override
  public MmuStatistics mmuStatistics() {
    return mmu.statistics(group.tableBytes());
  }

  @Override
  public TranslationStatistics translation() {
    return executor.statistics();
  }

  @Override
  public void enterMachine(long pc, long a0, long a1) {
    reset();
    hosted = false;
    enter(pc, a0, a1);
  }

  @Override
  public void enterSupervisor(long pc, long a0, long a1) {
    reset();
    hosted = true;
    csrs.openToSupervisor();
    privilege = Privilege.SUPERVISOR;
    enter(pc, a0, a1);
  }

  private void enter(long start, long a0, long a1) {
    pc(start);
    x[10] = a0;
    x[11] = a1;
    updateTranslation();
  }

  /** Has translation take over a change of mode or of {@code mstatus}. */
  public void updateTranslation() {
    mmu.update(privilege, virtual, mstatus, hypervisor.otherStatus);
  }

  /** The machine's map has changed; the hart is not executing. */
  void mapChanged() {
    memory.clearReservation();
    mmu.mapChanged();
  }

  private void reset() {
    state.save(this);
    Arrays.fill(x, 0);
    Arrays.fill(f, 0);
    hypervisor.virtual(false);
    privilege = Privilege.MACHINE;
    mstatus = Mstatus.XL64;
    roundingMode = 0;
    flags.bits = 0;
    event = NONE;
    waiting = 0;
    interrupts.reset();
    memory.clearReservation();
    csrs.reset();
    mmu.reset();
    updateTranslation();
  }

  @Override
  public int settle() {
    int reason = Exit.BUDGET;
    while (waiting != 0 && reason == Exit.BUDGET) {
      reason = run(0);
    }
    return reason;
  }

  @Override
  public Class<HartState> stateType() {
    return HartState.class;
  }

  @Override
  public HartState state() {
    return new HartKeeper(this).state();
  }

  @Override
  public void restore(HartState from) {
    reset();
    hosted = from.hosted();
    retired = from.retired();
    new HartKeeper(this).restore(from);
  }

  @Override
  public void machineTimer(long ticks) {
    interrupts.machineTimer(ticks);
    limit.kick(); // a halted hart must look at its deadline again
  }

  @Override
  public void supervisorTimer(long ticks) {
    interrupts.supervisorTimer(ticks);
  }

  // ------------------------------------------------------------ Cpu

  @Override
  public Exit exit() {
    return exit;
  }

  @Override
  public void raise(int line, boolean high) {
    interrupts.raise(line, high);
    state.putInt(StateBlock.HINT, 1);
  }

  @Override
  public void kick() {
    limit.kick();
  }

  @Override
  public boolean awake() {
    return limit.kicked() || (interrupts.pending() & mie) != 0;
  }

  @Override
  public long deadline() {
    return interrupts.deadline(mie);
  }

  @Override
  public long instructions() {
    return retired;
  }

  @Override
  public void put() {
    mmu.put();
  }

  @Override
  public void load() {
    mmu.load();
  }

  @Override
  public long register(String name) {
    return RegisterNames.read(this, name);
  }

  @Override
  public void register(String name, long value) {
    RegisterNames.write(this, name, value);
  }

  @Override
  public int run(long budget, long now, long until) {
    executing = true;
    rendezvous.enter();
    try {
      limit.begin(until);
      return rendezvous.serve() ? runInside(budget, now) : endRun();
    } finally {
      executing = false;
      rendezvous.leave();
    }
  }

  /**
   * Whether it is inside {@link #run}, also where it does something long there and others need not
   * wait for it. Any thread: what {@link Rendezvous} writes makes the field visible.
   */
  boolean executing() {
    rendezvous.passes();
    return executing;
  }

  private int runInside(long budget, long entered) {
    unspent = budget;
    long now = entered;
    if (waiting != 0) {
      complete();
    }
    while (true) {
      if (event != NONE) {
        int reason = handleEvent();
        if (reason != GO_ON) {
          event = NONE;
          return reason;
        }
      }
      now = limit.look(now);
      if (!rendezvous.serve() || unspent <= 0 || limit.overdue(now)) {
        return endRun();
      }
      trapUnit.deliverInterrupt(now);
      now = UNKNOWN; // it goes by
      if (trace == null) {
        int slice = limit.timed() ? executor.timedSlice() : executor.slice();
        execute((int) Math.min(unspent, slice));
      } else {
        executeTraced();
      }
    }
  }

  private int endRun() {
    state.save(this); // an access may have been served meanwhile
    limit.end();
    return Exit.BUDGET;
  }

  private void execute(int slice) {
    unspent -= slice;
    sliceEnd = retired + slice;
    int left = executor.execute(slice);
    unspent += left;
    retired = sliceEnd - left;
  }

  /**
   * Makes the running slice longer, if there is nothing to attend to at its end.
   *
   * @return by how many instructions, at most {@code wanted}; 0 if it must end
   */
  public int extend(int wanted) {
    if (limit.overdue() || rendezvous.pending() || interruptReady()) {
      return 0;
    }
    int more = (int) Math.min(wanted, unspent);
    unspent -= more;
    sliceEnd += more;
    return more;
  }

  /**
   * Has another executor do a part of the running slice, of which {@code left} instructions are
   * left.
   *
   * @return how many of {@code most} are left
   */
  public int executeBy(Engine.Executor other, int most, int left) {
    sliceEnd += most - left;
    int unused = other.execute(most);
    sliceEnd += left - most;
    return unused;
  }

  /** Gives back the memory outside the Java heap; the hart is not used again. */
  void close() {
    executor.close();
    mmu.close();
  }

  /** The instruction that was just counted has trapped: it used budget, but did not retire. */
  public void notRetired() {
    sliceEnd--;
  }

  /** See {@link #executing()}. */
  @Unsaved("it does not, whenever a state is taken")
  private boolean executing;

  /** What is left of the budget beyond the running slice. */
  @Unsaved("of the slice under way")
  private long unspent;

  /** {@link #instructions} when the running slice will be used up. */
  @Unsaved("of the slice under way")
  private long sliceEnd;

  /** Brings {@link #retired} up to date for an instruction that reads it inside a slice. */
  public void countTo(int left) {
    retired = sliceEnd - left;
  }

  private void executeTraced() {
    state.save(this);
    trace.begin();
    long rest = unspent - 1;
    unspent = 1;
    execute(1);
    unspent = rest;
    trace.end();
  }

  private int handleEvent() {
    int what = event;
    event = NONE;
    return switch (what) {
      case EXCEPTION -> {
        trapUnit.takeException();
        yield event == FAULT ? Exit.FAULT : GO_ON;
      }
      case FAULT -> Exit.FAULT;
      case MMIO -> exit.write ? Exit.MMIO_WRITE : Exit.MMIO_READ;
      case HALT -> Exit.HALT;
      case TLB_MISS -> {
        mmu.fillTlb(); // and the instruction is executed again
        yield GO_ON;
      }
      default -> Exit.HYPERCALL;
    };
  }

  // ------------------------------------------------------------ MMIO

  /** A load or store has left RAM: the monitor serves it, then {@link #complete} ends it. */
  void beginMmio(boolean write, long va, long pa, int size, long value) {
    exit.address = pa;
    exit.size = size;
    exit.value = value;
    exit.write = write;
    exit.fault = false;
    waitingAddress = va;
    waitingGuest = mmu.accessesGuest();
    event = MMIO;
  }

  /** Names the instruction that waits for the access; called by the executor. */
  public void awaitMmio(long packed) {
    waiting = packed;
  }

  private void complete() {
    long packed = waiting;
    waiting = 0;
    if (exit.fault) {
      state.save(this); // the trap may show them
      retired--;
      showServed();
      raiseException(Access.accessFault(exit.write ? Access.WRITE : Access.READ), waitingAddress);
      trapUnit.guestAddress(waitingGuest);
      return;
    }
    if (!exit.write) {
      LoadStoreUnit.deliverServed(this, packed, exit.value);
    }
    pc += Predecoder.bytes(packed);
    showServed();
  }

  private void showServed() {
    if (trace != null) {
      state.save(this);
      trace.served();
    }
  }

  // ------------------------------------------------------------ traps

  @Override
  public void raiseException(int cause, long value) {
    trapUnit.raise(cause, value);
  }

  @Override
  public void raiseFault(PageWalker walker, long va) {
    trapUnit.raise(walker, va);
  }

  @Override
  public void missTlb() {
    event = TLB_MISS;
  }

  @Override
  public void raiseIllegal() {
    raiseException(Cause.ILLEGAL_INSTRUCTION, 0);
  }

  @Override
  public boolean missedTlb() {
    return event == TLB_MISS;
  }

  @Override
  public MmuCounters counters() {
    return mmu.counters;
  }

  @Override
  public void tookLong() {
    limit.tookLong();
  }

  /** Raises virtual instruction: a guest wants what its hypervisor has to do for it. */
  public void raiseVirtual() {
    raiseException(Cause.VIRTUAL_INSTRUCTION, 0);
  }

  /** Corrects the address that a raised exception reports. */
  void exceptionAt(long value) {
    trapUnit.at(value);
  }

  /**
   * Ends the event that an executor met, if that can be done without leaving it.
   *
   * @param left the slice's remaining instructions
   * @return whether the executor may go on at {@link #pc}
   */
  public boolean resolve(int left) {
    if (event != EXCEPTION) {
      return false;
    }
    countTo(left);
    event = NONE;
    trapUnit.takeException();
    return event == NONE;
  }

  /** Whether the hypervisor stands in for machine mode. */
  boolean hosted() {
    return hosted;
  }

  @Override
  public void fault(String detail) {
    event = FAULT;
    exit.detail = detail;
  }

  /** {@code mret}. */
  public void returnFromMachine() {
    trapUnit.returnFromMachine();
  }

  /** {@code sret}. */
  public void returnFromSupervisor() {
    trapUnit.returnFromSupervisor();
  }

  /** {@code ecall}: to the hypervisor if that is what stands above, else an exception. */
  public void environmentCall(long next) {
    if (hosted && privilege == Privilege.SUPERVISOR && !virtual) {
      traps.exception(Cause.ECALL_S, privilege);
      pc = next;
      event = HYPERCALL;
    } else {
      boolean fromGuest = virtual && privilege == Privilege.SUPERVISOR;
      raiseException(fromGuest ? Cause.ECALL_VS : Cause.ECALL_U + privilege, 0);
    }
  }

  /** The listener that is told of trap loops. */
  TrapLoop.Listener trapLoops() {
    return group.trapLoops();
  }

  /** Whether an interrupt is enabled that a guest of the machine's own could not keep back. */
  boolean interruptible() {
    return (mie & ~hypervisor.hideleg) != 0;
  }

  /** Whether an interrupt would be taken now. */
  public boolean interruptReady() {
    return trapUnit.interruptReady();
  }

  /**
   * {@code wfi}, already retired: waits only if nothing is pending (priv §3.3.3). Firmware parks
   * harts in loops of it with an interrupt left pending, which must not starve the others.
   */
  @SuppressWarnings("ThreadPriorityCheck")
  public void waitForInterrupt() {
    if ((interrupts.pending() & mie) == 0) {
      event = HALT;
    } else {
      Thread.yield();
    }
  }

  // ------------------------------------------------------------ interrupts, time, counters

  long minstret() {
    return instret.read(retired, (mcountinhibit & 4) != 0);
  }

  void minstret(long value) {
    instret.write(value, retired, (mcountinhibit & 4) != 0);
  }

  /** Cycles: one per instruction. */
  long mcycle() {
    return cycle.read(retired, (mcountinhibit & 1) != 0);
  }

  void mcycle(long value) {
    cycle.write(value, retired, (mcountinhibit & 1) != 0);
  }

  /** {@code mcountinhibit}: a set bit holds its counter still. */
  void inhibit(long value) {
    instret.hold(retired, (mcountinhibit & 4) != 0, (value & 4) != 0);
    cycle.hold(retired, (mcountinhibit & 1) != 0, (value & 1) != 0);
    mcountinhibit = value;
  }

  /** Marks the floating-point state as changed, in V for the hypervisor, too (priv §18.2.1). */
  public void dirtyFloat() {
    mstatus |= Mstatus.FS_DIRTY;
    if (virtual) {
      hypervisor.otherStatus |= Mstatus.FS_DIRTY;
    }
  }

  /**
   * Whether {@code menvcfg}, {@code henvcfg} and {@code senvcfg} enable what {@code field} says.
   *
   * @return one of {@link Csr}'s outcomes
   */
  public int enabled(long field) {
    if (privilege == Privilege.MACHINE) {
      return Csr.ALLOWED;
    }
    boolean forUser = privilege == Privilege.SUPERVISOR || (senvcfg & field) != 0;
    if ((menvcfg & field) == 0) {
      return Csr.ILLEGAL;
    }
    if (!virtual) {
      return forUser ? Csr.ALLOWED : Csr.ILLEGAL;
    }
    return forUser && (hypervisor.henvcfg & field) != 0 ? Csr.ALLOWED : Csr.VIRTUAL;
  }

  public boolean mayZeroBlocks() {
    return enabled(Envcfg.CBZE) == Csr.ALLOWED;
  }

  /** Whether no other hart, of this machine or another, shares the memory. */
  public boolean alone() {
    return group.alone();
  }

  /** Whether {@code sstatus.FS} is dirty, in V the hypervisor's, too. */
  public boolean floatDirty() {
    return (mstatus & Mstatus.FS) == Mstatus.FS_DIRTY && floatDirtyOutside();
  }

  /** Whether the hypervisor's {@code sstatus.FS} leaves it to the guest's alone. */
  public boolean floatDirtyOutside() {
    return !virtual || (hypervisor.otherStatus & Mstatus.FS) == Mstatus.FS_DIRTY;
  }

  public boolean floatOff() {
    return (mstatus & Mstatus.FS) == 0 || (virtual && (hypervisor.otherStatus & Mstatus.FS) == 0);
  }

  /** Whether the hart offers a scheme of page tables; null stands for a reserved one. */
  boolean offers(PagingMode mode) {
    return mode != null && mode.within(group.paging());
  }

  public Rendezvous rendezvous() {
    return rendezvous;
  }

  public GuestMemory guestMemory() {
    return group.memory().memory();
  }
}
