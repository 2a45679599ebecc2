package atoll.manager;

import atoll.debug.DebugAddress;
import atoll.debug.DebugTarget;
import atoll.device.spi.BlockBackend;
import atoll.device.spi.ShareBackend;
import atoll.host.HostException;
import atoll.host.Timers;
import atoll.image.FreshDisk;
import atoll.image.RefusedException;
import atoll.image.Words;
import atoll.kernel.Microkernel;
import atoll.kernel.PlatformStatistics;
import atoll.scenario.Scenario;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The virtual machines of a scenario, with the disks and the files that they hold. Operated by
 * {@link VmAction}s. Thread-safe.
 */
final class RunningSystem implements AutoCloseable {
  private final Scenario scenario;
  private final Microkernel platform;
  private final Timers timers;
  private final Alarms alarms;
  private final Networks networks;
  private final Displays displays;
  private final Vsocks vsocks;
  private final Debuggers debuggers;
  private final List<BlockBackend> disks = new ArrayList<>();
  private final List<ShareBackend> shares = new ArrayList<>();
  private final List<FreshDisk> fresh = new ArrayList<>();
  private final List<PeripheralClasses> classes = new ArrayList<>();
  private final Map<String, VmSupervisor> vms = new LinkedHashMap<>();
  private final Map<String, RunReports> reports = new LinkedHashMap<>();
  private final CompletableFuture<Void> over = new CompletableFuture<>();
  private volatile boolean stopping;
  private volatile long started;

  /**
   * One without machines yet.
   *
   * @param timers of the platform's time; closed at the end
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
      Alarms alarms,
      Networks networks,
      Displays displays,
      Vsocks vsocks,
      Debuggers debuggers) {
    this.scenario = scenario;
    this.platform = platform;
    this.timers = timers;
    this.alarms = alarms;
    this.networks = networks;
    this.displays = displays;
    this.vsocks = vsocks;
    this.debuggers = debuggers;
    started = platform.clock().nanos();
  }

  /** What it was made from. */
  Scenario scenario() {
    return scenario;
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
            .<DebugTarget>map(VmSupervisor::debug)
            .toList();
    return debuggers.serve(targets, where);
  }

  /** What a machine's display shows. */
  Screenshot shot(String vm) {
    return displays.shot(vm(vm).description().name());
  }

  /** Has a disk closed at the end. */
  void hold(BlockBackend disk) {
    disks.add(disk);
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

  /** Has the files about a machine finished at the end. */
  void hold(String vm, RunReports files) {
    reports.put(vm, files);
  }

  /** The files about a machine. */
  RunReports reports(String vm) {
    return reports.computeIfAbsent(vm, none -> new RunReports(ReportFiles.NONE));
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
      if (vm.description().autostart()) {
        (vm.description().service() ? services : clients).add(vm);
      }
    }
    services.addAll(clients);
    return services;
  }

  /** Lets the machines run that start by themselves; once. After a {@link #stop} none does. */
  void start() {
    started = platform.clock().nanos();
    starters().forEach(VmSupervisor::startFirst);
    debuggers.begin();
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
    if ((stopping || VmStatus.overByItself(all)) && all.stream().noneMatch(VmStatus::alive)) {
      over.complete(null);
    }
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
    timers.close();
    platform.close();
    classes.forEach(PeripheralClasses::close);
    shares.forEach(ShareBackend::close);
    networks.close();
    displays.close();
    vsocks.close();
    Optional<RefusedException> lost =
        disks.stream().flatMap(disk -> close(disk).stream()).toList().stream().findFirst();
    fresh.forEach(FreshDisk::close);
    finishReports.run();
    lost.ifPresent(e -> {
      throw e;
    });
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
