package atoll.vmm;

import atoll.device.MmioBus;
import atoll.engine.Hart;
import atoll.engine.HartCode;
import atoll.engine.HartGroup;
import atoll.engine.StopPoints;
import atoll.engine.TableMemoryException;
import atoll.engine.TrapLoop;
import atoll.engine.software.SoftHarts;
import atoll.host.PlatformClock;
import atoll.kernel.SchedulingContext.Reservation;
import atoll.kernel.Status;
import atoll.kernel.SystemCalls;
import atoll.kernel.Vcpu;
import atoll.kernel.VcpuState;
import atoll.memory.DirtyLog;
import atoll.memory.GuestMemory;
import atoll.peripheral.PeripheralFactory;
import atoll.state.Unsaved;
import atoll.virtio.VirtioBalloon;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicIntegerArray;

/**
 * One life of a virtual machine, from power-on to its end or reset: fresh memory, harts and
 * devices.
 */
final class Machine {
  private static final List<String> REGISTERS =
      List.of(
          "pc", "ra", "sp", "gp", "tp", "t0", "t1", "t2", "s0", "s1", "a0", "a1", "a2", "a3", "a4",
          "a5", "a6", "a7", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11", "t3",
          "t4", "t5", "t6");

  // Of an instruction of 32 bits (unpriv §34, "Opcode Map").
  private static final int MAJOR_OPCODE = 0x7f;
  private static final int SYSTEM = 0x73;

  private final VmConfig config;
  private final SystemCalls kernel;
  private final HartGroup group;
  private final HartTable harts;
  private final PendingWork work;
  private final Board board;
  private final SbiHsm hsm;
  private final Sbi sbi;
  private final ExitDispatcher exits;
  private final StatisticsReader statistics;
  private final DirtyLog log;
  private final MachineKeeper keeper;

  /** How its harts begin; empty if it goes on from a saved state. */
  private final Optional<BootPlan> boot;

  /** By hart: 1 if its user has been told that it makes no progress. */
  @Unsaved("whether a person has been told")
  private final AtomicIntegerArray reported;

  // By the machine's owner, one call at a time.
  private final BitSet held = new BitSet();
  private boolean paused;

  /** Its harts are held for a moment, so that it does less. */
  @Unsaved("of whoever holds it back")
  private boolean throttled;

  @Unsaved("of whoever debugs it")
  private final DebugStop debugStop = new DebugStop();

  /**
   * Builds one and loads it; nothing runs yet.
   *
   * @param boot what it loads; empty if it is {@linkplain #fill filled} next, and its RAM is mapped
   *     already
   * @param events told of the machine's end
   */
  Machine(
      VmConfig config,
      Optional<BootPlan> boot,
      SystemCalls kernel,
      PlatformClock clock,
      MachineEvents events) {
    this.config = config;
    this.kernel = kernel;
    this.boot = boot;
    BoardPlan plan = config.plan();
    plan.fittings().forEach(fitting -> fitting.map(kernel, config));
    GuestMemory memory = kernel.memory().orElseThrow();
    boot.ifPresent(planned -> planned.load(memory));
    log = memory.log();
    group = makeHarts(memory, clock);
    reported = new AtomicIntegerArray(config.cpus());
    group.onTrapLoop(loop -> ends(loop, events));
    config.tracer().ifPresent(tracer -> group.harts().forEach(hart -> hart.trace(tracer)));
    harts = createVcpus();
    work = new PendingWork(kernel, harts.rows().stream().map(HartTable.Row::vcpu).toList());
    board = makeBoard(plan, clock, events);
    hsm = new SbiHsm(harts, kernel, memory, work);
    SbiPmu pmu = new SbiPmu(harts);
    sbi = sbi(memory, events, work, pmu);
    exits =
        new ExitDispatcher(
            board.bus(),
            sbi,
            kernel,
            harts,
            (hart, reason) -> failed(hart, reason, events),
            hart -> met(hart, events));
    exits.bind(KernelSlots.PORTALS);
    statistics = new StatisticsReader(kernel, clock, harts, board, sbi, exits);
    keeper =
        new MachineKeeper(config, kernel, group, harts, work, board.states(), pmu, board.windows());
  }

  /**
   * Goes on from a saved state once it is started, as after {@link #pause}; once, instead of a
   * boot.
   *
   * @throws VmException if it cannot go on so; it is closed then
   */
  void fill(VmState from) {
    try {
      holdVcpus();
      board.pause();
      from.held().forEach(held::set);
      keeper.restore(from);
    } catch (VmException e) {
      board.close();
      group.close();
      throw e;
    }
  }

  private HartGroup makeHarts(GuestMemory memory, PlatformClock clock) {
    try {
      return SoftHarts.make(
          memory, clock, config.cpus(), config.engine(), config.mmu(), config.paging());
    } catch (TableMemoryException e) {
      throw new VmException(
          "%s cannot have its %s MMU: %s; give the VMs less"
              .formatted(config.name(), config.mmu().id(), e.getMessage()));
    }
  }

  private Board makeBoard(BoardPlan plan, PlatformClock clock, MachineEvents events) {
    try {
      return new Board(plan, config, harts, kernel, clock, events, work);
    } catch (VmException e) {
      group.close();
      throw e;
    }
  }

  /** Whether a hart that makes no progress ends the machine; if not, its user is told once. */
  private boolean ends(TrapLoop loop, MachineEvents events) {
    boolean hopeless = !loop.interruptible() && !loop.executes();
    boolean ends = config.onTrapLoop() == VmConfig.OnTrapLoop.END && hopeless;
    if (!ends && reported.compareAndSet(loop.hart(), 0, 1)) {
      events.noticed(
          "hart %d makes no progress and keeps running: %s".formatted(loop.hart(), loop.text()));
    }
    return ends;
  }

  private HartTable createVcpus() {
    List<HartTable.Row> rows = new ArrayList<>();
    for (Hart hart : group.harts()) {
      int slot = KernelSlots.VCPUS + hart.id();
      KernelSlots.require(kernel.createVcpu(slot, hart), "create a vCPU");
      Placement placement = placement(hart.id());
      Status placed =
          kernel.createContext(
              KernelSlots.CONTEXTS + hart.id(), slot, placement.pcpu(), placement.reservation());
      if (placed == Status.OVERCOMMITTED) {
        group.close();
        throw new VmException(
            "%s has %d CPUs, but the platform's %d physical CPUs admit no more; use fewer"
                .formatted(config.name(), config.cpus(), kernel.pcpus()));
      }
      if (placed == Status.BAD_PARAMETER) {
        group.close();
        throw new VmException(
            "hart %d of %s is placed on physical CPU %d, but the platform has %d; choose another"
                .formatted(hart.id(), config.name(), placement.pcpu(), kernel.pcpus()));
      }
      KernelSlots.require(placed, "place a vCPU");
      Vcpu vcpu = kernel.vcpu(slot).orElseThrow();
      hart.payer(vcpu::charge);
      rows.add(new HartTable.Row(hart, vcpu, slot));
    }
    return new HartTable(rows);
  }

  private Placement placement(int hart) {
    return config.placements().isEmpty()
        ? new Placement(hart % kernel.pcpus(), Reservation.UNLIMITED)
        : config.placements().get(hart);
  }

  private Sbi sbi(GuestMemory memory, PowerControl power, PendingWork work, SbiPmu pmu) {
    SbiConsole console = board.console(config.console());
    SbiTime time = new SbiTime(harts);
    SbiIpi ipi = new SbiIpi(harts);
    SbiRfence fences = new SbiRfence(harts, group, work);
    List<SbiExtension> extensions =
        new ArrayList<>(
            List.of(
                time,
                ipi,
                fences,
                new SbiDbcn(console, memory),
                hsm,
                pmu,
                new SbiSrst(power),
                new SbiLegacy(time, ipi, fences, console, power, harts)));
    group.directTables().ifPresent(tables -> extensions.add(new SbiTables(tables)));
    extensions.add(new SbiBase(extensions));
    return new Sbi(extensions);
  }

  /**
   * Lets the harts run, from power-on or from where they were saved.
   *
   * @param stays whether one that was saved stays paused
   */
  void start(boolean stays) {
    board.start();
    if (debugStop.still() || stays) {
      holdAll();
      board.pause();
    }
    boot.ifPresentOrElse(
        this::enter,
        () -> {
          if (!stays) {
            resume();
          }
        });
    work.adopt();
  }

  /** The first one in supervisor mode, or all in machine mode. */
  private void enter(BootPlan boot) {
    if (!config.machineMode()) {
      SbiError started = hsm.start(harts.get(0), boot.entry(), boot.deviceTree());
      if (started != SbiError.SUCCESS) {
        throw new IllegalStateException("the first hart cannot be started: " + started);
      }
    } else {
      var firmware = new HartEntry.Firmware(boot.entry(), boot.deviceTree(), boot.firmwareInfo());
      for (HartTable.Row row : harts.rows()) {
        row.entry().set(firmware);
        Status started = kernel.start(row.slot(), row::enter);
        if (started == Status.BAD_STATE && row.hart().id() > 0) {
          return; // one that runs already has ended the machine
        }
        KernelSlots.require(started, "start a vCPU");
      }
    }
  }

  /** Holds all harts and devices; returns once they stand still. */
  void pause() throws InterruptedException {
    holdVcpus();
    try {
      KernelSlots.require(kernel.awaitIdle(), "wait for vCPUs");
    } catch (InterruptedException e) {
      releaseVcpus(); // nobody waits any more for it to stand still
      throw e;
    }
    if (!debugStop.still()) {
      board.pause();
    }
  }

  private void holdVcpus() {
    paused = true;
    holdAll();
  }

  /** They may still be leaving guest code when this returns. */
  private void holdAll() {
    for (HartTable.Row row : harts.rows()) {
      KernelSlots.require(kernel.pause(row.slot()), "pause a vCPU");
    }
  }

  // ------------------------------------------------------------ for a debugger

  /** A hart has stopped for the debugger; on its own thread. All others are to stop, too. */
  private void met(int hart, MachineEvents events) {
    debugStop.met(hart);
    holdAll();
    events.stopped();
  }

  /**
   * A hart cannot go on; on its own thread. A debugger can look at it, and may help it; if it has
   * executed nothing since, the machine ends.
   */
  private void failed(int hart, String reason, MachineEvents events) {
    if (events.attended() && debugStop.fails(hart, harts.get(hart).hart().instructions())) {
      met(hart, events);
    } else {
      events.failed(reason);
    }
  }

  /**
   * Holds all harts and devices for a debugger, whatever an operator wants; returns once they stand
   * still, with registers that are those between two instructions.
   */
  void stop() throws InterruptedException {
    boolean quiet = paused || debugStop.still();
    holdAll();
    KernelSlots.require(kernel.awaitIdle(), "wait for vCPUs");
    debugStop.hold(harts.rows().size());
    if (!quiet) {
      board.pause();
    }
    settleHarts();
  }

  /** Has it begin stopped. */
  void stopFirst() {
    debugStop.hold(harts.rows().size());
  }

  /** Ends a {@link #stopFirst}. */
  void beginFreely() {
    BitSet all = new BitSet();
    all.set(0, harts.rows().size());
    debugStop.release(all);
  }

  /** The registers become those of each hart's next instruction. */
  void settleHarts() {
    for (HartTable.Row row : harts.rows()) {
      KernelSlots.require(kernel.settleEntry(row.slot()), "begin a vCPU");
      int ignored = row.hart().settle(); // a fault is met again
    }
  }

  /**
   * Has a hart make a single step on the caller's thread while everything stands still, if it needs
   * neither the monitor nor time for that.
   *
   * @return whether it has
   */
  boolean stepAlone(int number, boolean past) {
    HartTable.Row row = harts.get(number);
    boolean runs = row.vcpu().condition() == VcpuState.RUNNING && !row.vcpu().continuing();
    boolean stepped = runs && !calls(row.hart()) && row.hart().stepAlone(past);
    if (stepped) {
      debugStop.stepped(number);
    }
    return stepped;
  }

  /** Whether the next instruction calls, waits or looks at registers such as the time. */
  private boolean calls(Hart hart) {
    OptionalLong at = hart.translate(hart.pc()).physical();
    boolean there = at.isPresent() && memory().loadHva(at.getAsLong()) != 0;
    return !there || (memory().getByte(at.getAsLong()) & MAJOR_OPCODE) == SYSTEM;
  }

  /** Which hart has stopped first for the debugger since it last let any go on; -1 if none has. */
  int stoppedHart() {
    return debugStop.first();
  }

  /** Ends a {@link #stop} for some harts; an operator's pause goes on. */
  void proceed(BitSet going) {
    debugStop.release(going);
    if (!paused) {
      board.resume();
      harts.rows().forEach(this::release);
    }
  }

  /** Has the harts stop there; nothing executes. */
  void stopPoints(StopPoints points) {
    group.stopPoints(points);
  }

  /** What each hart of a machine that is paused has translated. */
  List<Optional<HartCode>> code() {
    return harts.rows().stream().map(row -> row.hart().code()).toList();
  }

  /**
   * The state of a machine that is paused.
   *
   * @throws IllegalStateException if it is not
   * @throws VmException if a hart cannot go on, or memory was mapped or unmapped since it was made
   */
  VmState state() {
    if (!paused) {
      throw new IllegalStateException(config.name() + " is not paused");
    }
    return keeper.state(held.stream().boxed().toList());
  }

  /** Has the first {@link #state} take no longer than the next. */
  void prepareState() {
    keeper.prepare();
  }

  /** Lets everything go on but the harts that are held singly. */
  void resume() {
    if (!debugStop.still()) {
      board.resume();
    }
    releaseVcpus();
  }

  private void releaseVcpus() {
    paused = false;
    harts.rows().forEach(this::release);
  }

  /** Holds all harts, or ends that; they may still be leaving guest code when this returns. */
  void throttle(boolean wanted) {
    throttled = wanted;
    if (wanted) {
      holdAll();
    } else {
      harts.rows().forEach(this::release);
    }
  }

  /** Holds one hart; it may still be leaving guest code when this returns. */
  void pause(int hart) {
    held.set(hart);
    KernelSlots.require(kernel.pause(harts.get(hart).slot()), "pause a vCPU");
  }

  /** Lets one hart go on, unless the machine as a whole is paused. */
  void resume(int hart) {
    held.clear(hart);
    release(harts.get(hart));
  }

  /** Whether a hart is held singly. */
  boolean held(int hart) {
    return held.get(hart);
  }

  private void release(HartTable.Row row) {
    int id = row.hart().id();
    if (!paused && !throttled && !held.get(id) && !debugStop.holds(id)) {
      KernelSlots.require(kernel.resume(row.slot()), "resume a vCPU");
    }
  }

  /** What each vCPU is doing. */
  List<VcpuReport> vcpus() {
    return harts.rows().stream()
        .map(row ->
            new VcpuReport(
                row.hart().id(),
                placement(row.hart().id()).pcpu(),
                row.vcpu().state(),
                row.vcpu().wakeUps()))
        .toList();
  }

  HartTable harts() {
    return harts;
  }

  Sbi sbi() {
    return sbi;
  }

  MmioBus bus() {
    return board.bus();
  }

  /** The last exits of a hart that were served, the oldest first. */
  List<ExitLog.Entry> exits(int hart) {
    return exits.log(hart);
  }

  /** Whether it is entered in machine mode. */
  boolean machineMode() {
    return config.machineMode();
  }

  GuestMemory memory() {
    return kernel.memory().orElseThrow();
  }

  /** Which pages are written to. */
  DirtyLog log() {
    return log;
  }

  /** What has been done in steps. */
  WorkSteps workSteps() {
    return work.steps();
  }

  /** The balloon, if the machine has one. */
  Optional<VirtioBalloon> balloon() {
    return board.balloon();
  }

  /** Puts other code in the place of a device of the user's own. */
  void replace(String device, String code, PeripheralFactory factory) {
    board.replace(device, code, factory);
  }

  /** Where the code of each device of the user's own is from. */
  Map<String, String> ownDevices() {
    return board.ownDevices();
  }

  /** What is at its front, if anything is. */
  Optional<Panel> panel() {
    return board.panel();
  }

  /** Has a disk begin no requests; complete once none is under way. */
  CompletableFuture<Void> holdDisk(int disk) {
    return board.holdDisk(disk);
  }

  /** Ends a {@link #holdDisk}. */
  void releaseDisk(int disk) {
    board.releaseDisk(disk);
  }

  /** Whether the guest would hear of {@link #renew}. */
  boolean renewable() {
    return board.renewable();
  }

  /** Tells the guest that others go on from where it does. */
  void renew() {
    board.renew();
  }

  /** Tells the guest that a disk has another size. */
  void diskResized(int disk) {
    board.diskResized(disk);
  }

  VmStatistics statistics() {
    return statistics.read();
  }

  long hostCpuNanos() {
    return statistics.hostCpuNanos();
  }

  /** Whether no hart executes, or has anything to execute. */
  boolean rests() {
    return harts.rows().stream().noneMatch(row -> row.vcpu().state() == VcpuState.RUNNING);
  }

  /**
   * A hart of a machine that is paused, between two instructions.
   *
   * @throws VmException if it cannot go on
   */
  Hart settled(int hart) {
    keeper.settle(harts.get(hart));
    return harts.get(hart).hart();
  }

  /** The harts' registers, once they stand still. */
  List<Outcome.HartReport> registers() {
    return harts.rows().stream().map(row -> registers(row.hart())).toList();
  }

  private static Outcome.HartReport registers(Hart hart) {
    Map<String, Long> values = new LinkedHashMap<>();
    REGISTERS.forEach(name -> values.put(name, hart.register(name)));
    return new Outcome.HartReport(hart.id(), values);
  }

  /** Gives back everything that was taken for this life; no hart runs any more. */
  void close() throws InterruptedException {
    board.close();
    KernelSlots.require(kernel.dropVcpus(), "drop the vCPUs");
    group.close();
    ExitDispatcher.unbind(kernel, KernelSlots.PORTALS);
    KernelSlots.require(kernel.unmap(), "unmap memory");
  }
}
