package atoll.api;

import atoll.api.SystemWatch.Awaited;
import atoll.manager.SnapshotAction;
import atoll.manager.SystemAction;
import atoll.manager.VmReport;
import atoll.manager.VmStatus;
import atoll.scenario.TimeAmount;
import java.lang.ref.Cleaner;
import java.time.Duration;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * A system: a platform with the VMs of a scenario, or a single one. Made by a {@link
 * SystemBuilder}. A process can have several, which share nothing.
 *
 * <p>{@link #close} ends its VMs and gives everything back: threads, memory, files, ports. A system
 * that is forgotten is closed some time after it has become garbage.
 */
public final class AtollSystem implements AutoCloseable {
  private static final Cleaner CLEANER = Cleaner.create();

  private final SystemLife life;
  private final Map<String, Vm> vms = new LinkedHashMap<>();
  private final Cleaner.Cleanable garbage;

  AtollSystem(SystemLife life) {
    this.life = life;
    life.watch().names().forEach(name -> vms.put(name, new Vm(this, name, life)));
    garbage = CLEANER.register(this, life::abandon);
  }

  /** For tests in this package. */
  SystemLife life() {
    return life;
  }

  /**
   * Lets the VMs run that start by themselves, services first; once. {@link SystemBuilder#start}
   * has done this.
   */
  public void start() {
    life.operator().performApart(new SystemAction.StartSystem());
  }

  /**
   * Its VMs.
   *
   * @return in the order of the scenario
   */
  public List<Vm> vms() {
    return List.copyOf(vms.values());
  }

  /**
   * The VM of a system that has only one.
   *
   * @return it
   * @throws AtollException if there are several
   */
  public Vm vm() {
    if (vms.size() > 1) {
      throw new AtollException("there are several VMs, name one of them: " + vms.keySet());
    }
    return vms.values().iterator().next();
  }

  /**
   * A VM by name.
   *
   * @param name in the scenario
   * @return it
   * @throws AtollException if there is none
   */
  public Vm vm(String name) {
    Vm found = vms.get(name);
    if (found == null) {
      throw new AtollException(
          "there is no VM '%s', expected one of %s".formatted(name, vms.keySet()));
    }
    return found;
  }

  /**
   * Saves the system as it is, with the memory and the disks of its VMs, in the user's snapshots.
   * It goes on after a moment; {@link Atoll#restore} goes on from there as often as wanted.
   *
   * @param snapshot its name: letters, digits, dots, hyphens; one of that name is replaced
   * @return how long all VMs stood still
   * @throws AtollException if it cannot be saved; the system goes on all the same
   */
  public Duration save(String snapshot) {
    return life.operator().performApart(new SnapshotAction.SaveSnapshot(snapshot)).pause();
  }

  /**
   * Guest time: how long the platform's time has gone on. It stands still while all VMs that have a
   * life are paused.
   *
   * @return since the system was made
   * @throws AtollException if the system has been closed
   */
  public Duration time() {
    return life.operator().perform(new SystemAction.TellTime());
  }

  /**
   * Lets guest time go by.
   *
   * @param span how much
   * @throws ExpectationException if it stands still instead
   */
  public void runFor(Duration span) {
    Awaited<Object> nothing = life.await(Optional::empty, Optional::empty, span);
    if (nothing.reason().orElseThrow() != ExpectationException.Reason.TIME) {
      throw new ExpectationException(
          nothing.reason().get(),
          "%s of guest time have not gone by; is the system paused?"
              .formatted(TimeAmount.inWords(span)),
          "");
    }
  }

  /**
   * Waits until every VM that has run has ended, and none begins again by itself.
   *
   * @param limit in guest time
   * @return how each has ended that has run, by name
   * @throws ExpectationException if one of them still runs, with the tail of its console
   */
  public Map<String, Ending> awaitEnd(Duration limit) {
    Awaited<Boolean> over =
        life.await(
            () -> life.watch().all(AtollSystem::over) ? Optional.of(true) : Optional.empty(),
            Optional::empty,
            limit);
    if (over.value().isEmpty()) {
      Vm late =
          vms.values().stream()
              .filter(vm -> !life.watch().ask(vm.name(), AtollSystem::over))
              .findFirst()
              .orElseGet(() -> vms.values().iterator().next());
      throw late.missed(over.reason().orElseThrow(), limit, "");
    }
    return vms.values().stream()
        .filter(vm -> vm.ending().isPresent())
        .collect(
            Collectors.toMap(
                Vm::name, vm -> vm.ending().orElseThrow(), (a, b) -> a, LinkedHashMap::new));
  }

  private static boolean over(VmWatch vm) {
    return vm.status() == VmStatus.READY || vm.over();
  }

  /**
   * What each VM has done.
   *
   * @return recent numbers, by name in the order of the scenario
   * @throws AtollException if the system has been closed
   */
  public Map<String, VmStatistics> statistics() {
    return life.operator().perform(new SystemAction.DescribeSystem()).vms().stream()
        .collect(
            Collectors.toMap(
                VmReport::name, AtollSystem::statistics, (a, b) -> a, LinkedHashMap::new));
  }

  VmStatistics statistics(String vm) {
    return statistics().get(vm);
  }

  Duration lateness(String vm, double percent) {
    return life.operator().perform(new SystemAction.DescribeSystem()).vms().stream()
        .filter(report -> report.name().equals(vm))
        .flatMap(report -> report.vcpus().stream())
        .map(vcpu ->
            Duration.ofNanos(
                percent >= 100
                    ? vcpu.wakeUps().greatest()
                    : vcpu.wakeUps().percentile(percent / 100)))
        .max(Comparator.naturalOrder())
        .orElse(Duration.ZERO);
  }

  private static VmStatistics statistics(VmReport report) {
    atoll.vmm.VmStatistics done = report.statistics();
    return new VmStatistics(
        done.instructions(),
        Duration.ofNanos(done.vcpuNanos()),
        done.resets(),
        report.restarts(),
        mapped(
            done.exits(),
            exits ->
                new VmStatistics.Exits(
                    exits.count(),
                    Duration.ofNanos(exits.nanos()),
                    Duration.ofNanos(exits.longest()))),
        done.exceptions(),
        done.interrupts(),
        done.sbiCalls(),
        done.devices().stream()
            .map(device ->
                new VmStatistics.DeviceAccesses(
                    device.device(),
                    device.base(),
                    device.reads(),
                    device.writes(),
                    device.faults()))
            .toList(),
        done.unmapped());
  }

  private static <A, B> Map<String, B> mapped(Map<String, A> from, Function<A, B> each) {
    Map<String, B> to = new LinkedHashMap<>();
    from.forEach((key, value) -> to.put(key, each.apply(value)));
    return to;
  }

  /**
   * Ends all VMs, waits for that, and gives everything back. Does nothing the second time. An
   * interrupted thread closes, too, and stays interrupted.
   *
   * @throws AtollException if something may be lost, such as what was last written to a disk;
   *     everything else is closed
   */
  @Override
  public void close() {
    garbage.clean();
    life.close();
  }
}
