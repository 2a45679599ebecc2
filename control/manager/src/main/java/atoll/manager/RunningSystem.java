package atoll.manager;

import atoll.debug.DebugAddress;
import atoll.debug.DebugTarget;
import atoll.device.spi.BlockBackend;
import atoll.device.spi.ShareBackend;
import atoll.host.Clock;
import atoll.host.HostException;
import atoll.host.Timers;
import atoll.image.FreshDisk;
import atoll.image.HeldFolder;
import atoll.image.RefusedException;
import atoll.image.Words;
import atoll.kernel.Microkernel;
import atoll.kernel.PlatformStatistics;
import atoll.kernel.VcpuState;
import atoll.peripheral.PeripheralFactory;
import atoll.scenario.DeviceSpec;
import atoll.scenario.Scenario;
import atoll.scenario.Secrecy.Leave;
import atoll.snapshot.SavedMemory;
import atoll.trust.HeldFiles;
import atoll.trust.MeasurementLog;
import atoll.trust.VerifiedSystem;
import atoll.vmm.SystemState;
import atoll.vmm.VcpuReport;
import atoll.vmm.VirtualMachine;
import atoll.vmm.VmConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

/**
 * The virtual machines of a scenario, with the disks and the files that they hold. Operated by
 * {@link VmAction}s. Thread-safe.
 */
final class RunningSystem implements AutoCloseable {
  /** The folder, in the user's, with one for each system. */
  static final String RUNS = "runs";

  private final Scenario scenario;
  private final Microkernel platform;
  private final Timers timers;
  private final Clock clock;
  private final Alarms alarms;
  private final Networks networks;
  private final Displays displays;
  private final Vsocks vsocks;
  private final Debuggers debuggers;
  private final LastSave lastSave;
  private final List<DiskBay> bays = new ArrayList<>();
  private final List<Runnable> endings = new ArrayList<>();
  private final List<ShareBackend> shares = new ArrayList<>();
  private volatile Optional<VerifiedSystem> verified = Optional.empty();
  private final List<FreshDisk> fresh = new ArrayList<>();
  private final List<PeripheralClasses> classes = new CopyOnWriteArrayList<>();
  private final Map<String, VmSupervisor> vms = new LinkedHashMap<>();
  private final Map<String, RunReports> reports = new LinkedHashMap<>();
  private final CompletableFuture<Void> over = new CompletableFuture<>();
  private Optional<HeldFolder> runFolder = Optional.empty();
  private final Path data;
  private EventListener listener = EventListener.nobody();
  private List<SavedSystem.ReadFile> sources = List.of();
  private Scenario entered;
  private SystemChannels channels;
  private Optional<SystemState.Time> from = Optional.empty();
  private boolean begun;
  private Optional<HeapReturn> heap = Optional.empty();
  private Optional<CopyStart> copies = Optional.empty();

  /** What is done before any machine runs. */
  private Runnable beginning = () -> {};

  /** The last snapshot: where machines that fail go back to. Guarded by this. */
  private Optional<SystemRestore> point = Optional.empty();

  /** What its machines went on from at its beginning. Guarded by this. */
  private Optional<SystemRestore> origin = Optional.empty();

  private volatile boolean stopping;
  private volatile long started;

  /**
   * One without machines yet.
   *
   * @param timers of the platform's time; closed at the end
   * @param clock the host's
   * @param data the user's folder for what cannot be made again
   * @param alarms by these timers
   * @param networks closed at the end
   * @param displays closed at the end
   * @param vsocks closed at the end
   * @param debuggers closed at the end
   */
  RunningSystem(
      Scenario scenario,
      Microkernel platform,
      Timers timers,
      Clock clock,
      Path data,
      Alarms alarms,
      Networks networks,
      Displays displays,
      Vsocks vsocks,
      Debuggers debuggers) {
    this.scenario = scenario;
    this.platform = platform;
    this.timers = timers;
    this.clock = clock;
    this.data = data;
    this.alarms = alarms;
    this.networks = networks;
    this.displays = displays;
    this.vsocks = vsocks;
    this.debuggers = debuggers;
    lastSave = new LastSave(timers, platform.clock());
    started = platform.clock().nanos();
  }

  /** What it was made from. */
  Scenario scenario() {
    return scenario;
  }

  /** Has garbage collected once machines that idle have given something up; before the start. */
  void returnHeap(Runnable collector) {
    heap = Optional.of(new HeapReturn(timers, platform.clock(), this::givenUp, collector));
  }

  /** Has its machines, which are copies, begin one after the other; before the start. */
  void beginInTurn(CopyStart turns) {
    copies = Optional.of(turns);
  }

  private long givenUp() {
    return vms.values().stream()
        .flatMap(vm -> vm.machine().stream())
        .mapToLong(machine -> machine.statistics().translation().idle())
        .sum();
  }

  /** How long the platform's time has gone on. */
  Duration time() {
    return Duration.ofNanos(platform.clock().nanos());
  }

  /** What faces want to be told of when its time has come. */
  Alarms alarms() {
    return alarms;
  }

  /** Plugs a cable in, or pulls it out. */
  void link(String vm, int nic, boolean up) {
    networks.link(vm(vm).description().name(), nic, up);
  }

  /**
   * Has a place where machines can be debugged.
   *
   * @param names of the machines; none for all
   */
  DebugAddress debug(List<String> names, DebugAddress where) {
    List<DebugTarget> targets =
        vms.values().stream()
            .filter(vm -> names.isEmpty() || names.contains(vm.description().name()))
            .filter(vm -> !names.isEmpty() || vm.description().secrecy().allows(Leave.DEBUG))
            .<DebugTarget>map(VmSupervisor::debug)
            .toList();
    if (targets.isEmpty()) {
      Secrets.require(scenario.vms(), Leave.DEBUG);
    }
    targets.forEach(vm -> Secrets.require(vm(vm.name()).description(), Leave.DEBUG));
    return debuggers.serve(targets, where);
  }

  /** What a machine's display shows. */
  Screenshot shot(String vm) {
    return displays.shot(vm(vm).description().name());
  }

  /** Has the boot of its machines followed; {@code atRest} is called once that is over. */
  void watch(BootWatch watch, Runnable atRest) {
    watch.start(timers, platform.clock(), this::vcpus, atRest);
  }

  private List<VcpuState> vcpus() {
    return vms.values().stream()
        .flatMap(vm -> vm.machine().stream())
        .flatMap(machine -> machine.vcpus().stream())
        .map(VcpuReport::state)
        .toList();
  }

  /** Has a disk closed at the end. */
  void hold(DiskBay disk) {
    bays.add(disk);
  }

  /** What is like a disk of a machine. */
  List<DiskBay> bays(String vm) {
    return bays.stream().filter(bay -> bay.name().startsWith(vm + "/")).toList();
  }

  /** Has it know what its machines have gone on from. */
  synchronized void beganWith(SystemRestore first) {
    origin = Optional.of(first.shared());
  }

  /** What the memory of a machine began with, if that is in a snapshot that is at hand. */
  synchronized Optional<SavedMemory> began(String vm, VirtualMachine machine) {
    return Stream.concat(point.stream(), origin.stream())
        .flatMap(from -> from.began(vm, machine).stream())
        .findFirst();
  }

  /** The last snapshot; what was written to disks since then is known. */
  synchronized Optional<SystemRestore> point() {
    return point;
  }

  /** This is the last snapshot from now on, where machines that fail go back to. */
  synchronized void goBackTo(SystemRestore last) {
    point.ifPresent(SystemRestore::close);
    point = Optional.of(last);
    bays.forEach(DiskBay::keepMoment);
  }

  /** A machine that goes back to the last snapshot, if there is one and it had a life then. */
  synchronized Optional<VirtualMachine> goBack(VmConfig config) {
    return point.flatMap(last -> last.goBack(config, platform, bays(config.name())));
  }

  /**
   * Opens those disks again that were handed over to another host.
   *
   * @throws HostException if that one has them
   */
  void takeBackDisks() {
    bays.forEach(bay -> bay.takeBack(text -> tell(SharedDisks.notice(bay, text))));
  }

  /** Its last snapshot, for a while. */
  LastSave lastSave() {
    return lastSave;
  }

  /** What is like a disk, all that there are. */
  List<DiskBay> bays() {
    return List.copyOf(bays);
  }

  /** A folder whose files are gone at the end. */
  Path runFolder() {
    if (runFolder.isEmpty()) {
      try {
        runFolder = Optional.of(HeldFolder.in(data.resolve(RUNS), "run-"));
      } catch (IOException e) {
        throw new RefusedException(
            "no folder for what the disks get can be made in %s: %s"
                .formatted(data, HostException.reason(e)),
            e);
      }
    }
    return runFolder.get().path();
  }

  /** Has something done at the end, once nothing runs. */
  void atEnd(Runnable step) {
    endings.add(step);
  }

  /** Has a folder closed at the end. */
  void hold(ShareBackend share) {
    shares.add(share);
  }

  /** Has what a disk is in removed at the end. */
  void hold(FreshDisk disk) {
    fresh.add(disk);
  }

  /** Has the classes of a machine's own devices given back at the end. */
  void hold(PeripheralClasses loaded) {
    classes.add(loaded);
  }

  /**
   * Puts other code in the place of a device of a machine's user. A jar is read anew, since it may
   * have been built again.
   */
  void replace(String vm, String device, DeviceSpec.Code code, ProgramDevices functions) {
    VmSupervisor machine = vm(vm);
    Secrets.require(machine.description(), Leave.DEBUG); // it may reach the guest's memory
    PeripheralClasses loaded = new PeripheralClasses();
    boolean replaced = false;
    try {
      PeripheralFactory factory = loaded.factory(code, functions);
      replaced =
          machine.present(life -> {
            life.devices().replace(device, code.label(), factory);
            return true;
          });
    } finally {
      if (replaced) {
        hold(loaded);
      } else {
        loaded.close();
      }
    }
  }

  /** Has it know that it was verified, and the copies that it is made from removed at the end. */
  void verified(VerifiedSystem how) {
    verified = Optional.of(how);
  }

  /** How it was verified, if it was. */
  Optional<VerifiedSystem> verified() {
    return verified;
  }

  /** What was measured when it was made, if it was verified. */
  Optional<MeasurementLog> measured() {
    return verified.map(VerifiedSystem::log);
  }

  /** Has the files about a machine finished at the end. */
  void hold(String vm, RunReports files) {
    reports.put(vm, files);
  }

  /** The files about a machine. */
  RunReports reports(String vm) {
    return reports.computeIfAbsent(vm, none -> new RunReports(ReportFiles.NONE));
  }

  /**
   * Has it known of what it is made; before any machine is prepared.
   *
   * @param with the scenario, its machines as they were entered
   * @param between its machines
   * @param goesOn what its clock showed, if it goes on
   * @param files that it was made from, as they were
   * @param told of what becomes of it as a whole
   */
  void made(
      Scenario with,
      SystemChannels between,
      Optional<SystemState.Time> goesOn,
      List<SavedSystem.ReadFile> files,
      EventListener told) {
    sources = List.copyOf(files);
    listener = told;
    entered = with;
    channels = between;
    from = goesOn;
  }

  /** The scenario, its machines as they were entered. */
  Scenario entered() {
    return entered;
  }

  /** Tells of something that is about all of it. */
  void tell(Event event) {
    listener.accept(event);
  }

  /** The files that it was made from, as they were then. */
  List<SavedSystem.ReadFile> sources() {
    return sources;
  }

  SystemChannels channels() {
    return channels;
  }

  Microkernel platform() {
    return platform;
  }

  /** Its machines, in order. */
  List<VmSupervisor> supervisors() {
    return List.copyOf(vms.values());
  }

  /** Adds a machine; before any is prepared. */
  void add(VmSupervisor vm) {
    vms.put(vm.description().name(), vm);
  }

  /**
   * Makes the machines that start by themselves, services first, as their clients look for them. If
   * one cannot be made, nothing is left of the system.
   */
  void prepare() {
    try {
      starters().forEach(VmSupervisor::prepare);
    } catch (RuntimeException e) {
      abandon();
      throw e;
    }
  }

  private List<VmSupervisor> starters() {
    List<VmSupervisor> services = new ArrayList<>();
    List<VmSupervisor> clients = new ArrayList<>();
    for (VmSupervisor vm : vms.values()) {
      if (vm.starts()) {
        (vm.description().service() ? services : clients).add(vm);
      }
    }
    services.addAll(clients);
    return services;
  }

  /** Has something done right before its machines run; if that fails, they do not. */
  synchronized void onBegin(Runnable work) {
    beginning = work;
  }

  /** Lets the machines run that start by themselves; once. After a {@link #stop} none does. */
  synchronized void start() {
    if (begun) {
      return;
    }
    beginning.run();
    begun = true;
    started = platform.clock().nanos();
    // Its guests see the date of now; their own time goes on where it was.
    from.ifPresent(then -> platform.clock().set(then.nanos(), clock.epochNanos()));
    copies.ifPresentOrElse(
        turns -> turns.begin(starters()), () -> starters().forEach(VmSupervisor::startFirst));
    from.ifPresent(then -> platform.clock().start());
    debuggers.begin();
    heap.ifPresent(HeapReturn::begin);
  }

  /** Ends all machines; returns at once. */
  void stop() {
    stopping = true;
    vms.values().forEach(VmSupervisor::close);
    look();
  }

  /**
   * Waits until every machine that has run has ended by itself, or all have been stopped.
   *
   * @return false if that is not so after {@code limit}
   */
  boolean awaitEnd(Duration limit) throws InterruptedException {
    try {
      over.get(limit.toNanos(), TimeUnit.NANOSECONDS);
      return true;
    } catch (TimeoutException e) {
      return false;
    } catch (ExecutionException e) {
      throw new IllegalStateException("the end of a system does not complete with an error", e);
    }
  }

  /**
   * Looks whether all is over. An operator may start a machine again that he has stopped, so the
   * system waits for that.
   */
  void look() {
    List<VmStatus> all = vms.values().stream().map(VmSupervisor::status).toList();
    if ((stopping || !more() && VmStatus.overByItself(all))
        && all.stream().noneMatch(VmStatus::alive)) {
      over.complete(null);
    }
  }

  private boolean more() {
    return copies.filter(CopyStart::pending).isPresent();
  }

  /**
   * A machine by name.
   *
   * @throws RefusedException if there is none of that name
   */
  VmSupervisor vm(String name) {
    VmSupervisor found = vms.get(name);
    if (found == null) {
      throw new RefusedException(
          "there is no VM '%s'%s".formatted(name, Words.nearestOf(name, vms.keySet())));
    }
    return found;
  }

  /** What it is doing at this moment. */
  SystemStatistics statistics() {
    PlatformStatistics now = platform.statistics();
    return new SystemStatistics(
        Duration.ofNanos(now.time() - started),
        now,
        vms.values().stream().map(VmSupervisor::report).toList(),
        networks.reports());
  }

  /** Ends all machines, waits for that, writes everything out and gives everything back. */
  @Override
  public void close() {
    end();
  }

  /** The same; returns what could not be written about the machines, a sentence each. */
  List<String> end() {
    stop();
    try {
      over.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException e) {
      throw new IllegalStateException("the end of a system does not complete with an error", e);
    }
    List<String> losses = new ArrayList<>();
    giveBack(() ->
        reports.forEach((vm, files) -> losses.addAll(files.finish(vm(vm).report().statistics()))));
    return losses;
  }

  /** Gives back what was taken for machines that could not be made. */
  void abandon() {
    stop();
    giveBack(() -> reports.values().forEach(RunReports::abandon));
  }

  /** A disk that fails keeps nothing else from being closed. */
  private void giveBack(Runnable finishReports) {
    debuggers.close();
    lastSave.close();
    timers.close();
    copies.ifPresent(CopyStart::close);
    platform.close();
    classes.forEach(PeripheralClasses::close);
    shares.forEach(ShareBackend::close);
    networks.close();
    displays.close();
    vsocks.close();
    Optional<RefusedException> lost =
        bays.stream().flatMap(disk -> close(disk).stream()).toList().stream().findFirst();
    fresh.forEach(FreshDisk::close);
    runFolder.ifPresent(HeldFolder::close);
    verified.map(VerifiedSystem::held).ifPresent(HeldFiles::close);
    closePoints();
    endings.forEach(Runnable::run);
    finishReports.run();
    lost.ifPresent(e -> {
      throw e;
    });
  }

  private synchronized void closePoints() {
    point.ifPresent(SystemRestore::close);
    origin.ifPresent(SystemRestore::close);
  }

  /** Why a disk may lack what was written to it, if it may. */
  private static Optional<RefusedException> close(BlockBackend disk) {
    try {
      disk.close();
      return Optional.empty();
    } catch (IOException e) {
      return Optional.of(
          new RefusedException(
              "what was last written to a disk may be lost (%s); check the host's disk"
                  .formatted(HostException.reason(e)),
              e));
    }
  }
}
