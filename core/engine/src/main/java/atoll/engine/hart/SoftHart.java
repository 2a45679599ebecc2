package atoll.engine.hart;

import atoll.cpu.Exit;
import atoll.engine.AddressTranslation;
import atoll.engine.Advance;
import atoll.engine.Engine;
import atoll.engine.Hart;
import atoll.engine.HartCode;
import atoll.engine.HartState;
import atoll.engine.InterruptFile;
import atoll.engine.MappedRange;
import atoll.engine.MmuStatistics;
import atoll.engine.Privilege;
import atoll.engine.StopCause;
import atoll.engine.Tracer;
import atoll.engine.TranslationStatistics;
import atoll.engine.TrapLoop;
import atoll.engine.decode.Predecoder;
import atoll.engine.fpu.FpFlags;
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
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.LongConsumer;
import java.util.stream.IntStream;

/**
 * A hart in software: its registers, and the parts that know what they mean. An {@link Engine}
 * executes its instructions, as {@link RunLoop} tells it. Its fields are for the executor, and for
 * the parts of the hart itself.
 */
public final class SoftHart implements Hart, MmuClient {
  /** Runs that do nothing but what others have asked for, and misses of TLBs, in a single step. */
  private static final int STEP_TRIES = 64;

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

  /** What the instruction under way has come to so far: see {@link Outcome}. */
  @Unsaved("none between two instructions")
  public int outcome;

  long medeleg;
  long mideleg;
  public long mie;

  long mcounteren;
  long scounteren;
  long satp;

  public final StateBlock state = new StateBlock();
  final TrapRegisters machine = new TrapRegisters(state, StateBlock.MACHINE_TRAP);

  /** Those of HS mode, or of VS mode while {@link #virtual}. */
  final TrapRegisters supervisor = new TrapRegisters(state, StateBlock.SUPERVISOR_TRAP);

  public final Hypervisor hypervisor = new Hypervisor(this);
  public final EnvironmentConfig environment = new EnvironmentConfig(this);
  public final InterruptUnit interrupts;
  public final Mmu mmu;
  public final LoadStoreUnit memory;
  public final CsrFile csrs;
  final TrapCounters traps = new TrapCounters();
  public final TrapUnit trapUnit = new TrapUnit(this);
  public final DeviceAccess device = new DeviceAccess(this);
  final RetiredCounters retired = new RetiredCounters();

  /** Where a debugger has it stop. */
  public final StopUnit stops = new StopUnit(this);

  /** Notices that it waits for another one in a loop. */
  public final SpinUnit spin = new SpinUnit(this);

  @Unsaved("of the run under way")
  public final RunLimit limit;

  public final RunLoop loop;

  private final int id;
  private final SoftHartGroup group;

  @Unsaved("requests to forget what a new hart has not")
  private final Rendezvous rendezvous = new Rendezvous(this);

  @Unsaved("whoever watches")
  private TraceUnit trace;

  /** Whether the hypervisor stands in for machine mode. */
  private boolean hosted;

  SoftHart(int id, SoftHartGroup group, Engine engine) {
    this.id = id;
    this.group = group;
    interrupts = new InterruptUnit(group.clock());
    limit = new RunLimit(group.clock());
    mmu = new Mmu(this, group.memory());
    memory = new LoadStoreUnit(this, mmu, group.memory().memory().guards());
    csrs = new CsrFile(this);
    loop = new RunLoop(this, engine);
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
    if (device.awaited()) {
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
    int before = outcome;
    hypervisor.virtual(false);
    try {
      csrs.existing(number).write(value);
    } finally {
      outcome = before; // a value that is refused is no trap of the guest's
      hypervisor.virtual(guest);
      updateTranslation();
    }
  }

  @Override
  public List<Integer> csrs() {
    return IntStream.range(0, CsrFile.COUNT).filter(n -> csrs.find(n) != null).boxed().toList();
  }

  /**
   * Puts it into another mode, as a debugger may.
   *
   * @throws IllegalArgumentException if it cannot be in it
   */
  void mode(long level, boolean guest) {
    boolean exists = level == Privilege.USER || level == Privilege.SUPERVISOR;
    if (!exists && (level != Privilege.MACHINE || guest || hosted)) {
      throw new IllegalArgumentException("hart %d cannot be in mode %d".formatted(id, level));
    }
    privilege = (int) level;
    hypervisor.virtual(guest);
    updateTranslation();
  }

  @Override
  public OptionalLong peek(long va) {
    long value = memory.loadUnwatched(va, Long.BYTES);
    while (outcome == Outcome.TLB_MISS) {
      outcome = Outcome.NEXT;
      mmu.fillTlb();
      value = memory.loadUnwatched(va, Long.BYTES);
    }
    boolean loaded = outcome == Outcome.NEXT;
    outcome = Outcome.NEXT;
    return loaded ? OptionalLong.of(value) : OptionalLong.empty();
  }

  @Override
  public void advance(Advance how, boolean past) {
    stops.advance(how, past);
  }

  @Override
  public boolean stepAlone(boolean past) {
    stops.beginAlone(past);
    int reason = Exit.BUDGET;
    for (int tries = 0; reason == Exit.BUDGET && tries < STEP_TRIES; tries++) {
      reason = run(STEP_TRIES);
    }
    return stops.endAlone() && reason == Exit.BREAK;
  }

  @Override
  public StopCause stopCause() {
    return stops.cause();
  }

  @Override
  public AddressTranslation translate(long va) {
    return mmu.tables().translate(va);
  }

  @Override
  public AddressTranslation translate(long va, int privilege, boolean virtual) {
    return mmu.tables(privilege, virtual).translate(va);
  }

  @Override
  public Optional<TrapLoop> unhandled() {
    return trapUnit.unhandled();
  }

  @Override
  public List<MappedRange> mappings(int most) {
    return mmu.tables().ranges(most);
  }

  @Override
  public void payer(LongConsumer pays) {
    loop.payer = pays;
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
    return mmu.statistics(group.tableBytes(), state.get(StateBlock.FENCES));
  }

  @Override
  public TranslationStatistics translation() {
    return loop.executor().statistics();
  }

  @Override
  public Optional<HartCode> code() {
    return loop.executor().code();
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
    outcome = Outcome.NEXT;
    device.reset();
    interrupts.reset();
    memory.clearReservation();
    csrs.reset();
    mmu.reset();
    updateTranslation();
  }

  @Override
  public int settle() {
    int reason = Exit.BUDGET;
    while (device.awaited() && reason == Exit.BUDGET) {
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
    retired.instructions(from.retired());
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
    return device.exit;
  }

  @Override
  public void interruptFiles(InterruptFile machine, InterruptFile supervisor) {
    csrs.advancedInterrupts(machine, supervisor);
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
    return retired.instructions();
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
    return loop.run(budget, now, until);
  }

  /** Gives back the memory outside the Java heap; the hart is not used again. */
  void close() {
    loop.executor().close();
    mmu.close();
  }

  // ------------------------------------------------------------ for translation

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
    outcome = Outcome.TLB_MISS;
  }

  @Override
  public void raiseIllegal() {
    trapUnit.raise(Cause.ILLEGAL_INSTRUCTION, 0);
  }

  @Override
  public boolean missedTlb() {
    return outcome == Outcome.TLB_MISS;
  }

  @Override
  public MmuCounters counters() {
    return mmu.counters;
  }

  @Override
  public void tookLong() {
    limit.tookLong();
  }

  @Override
  public void fault(String detail) {
    outcome = Outcome.FAULT;
    device.exit.detail = detail;
  }

  // ------------------------------------------------------------ for its parts and engines

  /** Whether the hypervisor stands in for machine mode. */
  boolean hosted() {
    return hosted;
  }

  /** The listener that is told of trap loops. */
  TrapLoop.Listener trapLoops() {
    return group.trapLoops();
  }

  /** Whether an interrupt is enabled that a guest of the machine's own could not keep back. */
  boolean interruptible() {
    return (mie & ~hypervisor.hideleg) != 0;
  }

  /** Marks the floating-point state as changed, in V for the hypervisor, too (priv §18.2.1). */
  public void dirtyFloat() {
    mstatus |= Mstatus.FS_DIRTY;
    if (virtual) {
      hypervisor.otherStatus |= Mstatus.FS_DIRTY;
    }
  }

  /** Whether no other hart, of this machine or another, shares the memory. */
  public boolean alone() {
    return group.alone();
  }

  /** Whether there are other harts, which it may have to wait for. */
  public boolean hasSiblings() {
    return group.hasSiblings();
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
