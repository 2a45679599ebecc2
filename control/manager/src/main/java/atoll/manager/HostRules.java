package atoll.manager;

import atoll.host.Clock;
import atoll.host.Effects;
import atoll.host.HostThread;
import atoll.kernel.Microkernel;
import atoll.scenario.Finding;
import atoll.scenario.PcpuDescription;
import atoll.scenario.Scenario;
import atoll.scenario.ScenarioException;
import atoll.scenario.ScenarioProblem;
import atoll.scenario.VmDescription;
import atoll.vmm.ChannelPort;
import atoll.vmm.PlannedBoot;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Checks what a scenario requires of this host: the contents of files, processors, engines. Its
 * parts were checked against each other before.
 */
final class HostRules {
  private final Scenario scenario;
  private final BootChoice boots;
  private final ImageDisks images;
  private final Clock clock;
  private final Effects effects;
  private final List<ScenarioProblem> problems = new ArrayList<>();
  private final List<ScenarioProblem> notes = new ArrayList<>();

  /** Keys of which the scenario's own rules have said what is wrong. */
  private final Set<String> told = new HashSet<>();

  HostRules(Scenario scenario, BootChoice boots, ImageDisks images, Clock clock, Effects effects) {
    this.scenario = scenario;
    this.boots = boots;
    this.images = images;
    this.clock = clock;
    this.effects = effects;
  }

  /**
   * Checks everything.
   *
   * @param others what is wrong with the parts of the scenario that are not looked at here
   * @return what the user may want to know
   * @throws ScenarioException with all that is not there, and the others
   */
  List<ScenarioProblem> check(List<ScenarioProblem> others) {
    problems.addAll(others);
    others.forEach(problem -> told.add(problem.key()));
    scenario.platform().cpus().forEach(this::requireHostCpu);
    // Channels are in the device trees; their memory is never touched.
    try (Microkernel platform = Microkernel.dedicated(clock, 1)) {
      SystemChannels channels = SystemChannels.of(scenario, platform);
      for (VmDescription vm : scenario.vms()) {
        VmCheck check = look(vm, channels.of(vm.name()), boots, images, effects);
        check.boot().ifPresent(PlannedBoot::close);
        note(vm, check.found());
      }
    }
    if (!problems.isEmpty()) {
      throw ScenarioException.inOrder(problems);
    }
    return notes;
  }

  /** Looks at what a machine is to be made from. */
  static VmCheck look(
      VmDescription vm,
      List<ChannelPort> ports,
      BootChoice boots,
      ImageDisks images,
      Effects effects) {
    Optional<EnteredVm> entered = images.present(vm);
    VmCheck check =
        new VmCheck(boots, vm.guest(), entered.map(EnteredVm::guest))
            .engine(vm.engine())
            .image(vm.image().flatMap(images::note))
            .disks(vm.disks())
            .variables()
            .shares(vm.shares())
            .serials(vm.serials())
            .devices(vm.devices())
            .symbols(vm.symbols());
    boolean engine = check.found().stream().noneMatch(found -> found.key().equals("engine"));
    if (engine) {
      check.boot(
          vm.files(),
          vm.shares(),
          vm.memory(),
          boot -> {
            EnteredVm found = entered.orElseThrow();
            return VmConfiguration.planned(
                found.vm(), boot, ports, boots.presentCode(found.guest()), effects);
          });
    }
    return check;
  }

  private void note(VmDescription vm, List<Finding> found) {
    for (Finding finding : found) {
      String key = "vms." + vm.name() + (finding.key().isEmpty() ? "" : "." + finding.key());
      if (finding.fatal() && !told.contains(key)) {
        problems.add(scenario.problem(key, finding.message()));
      } else if (!finding.fatal()) {
        notes.add(scenario.problem(key, "note: " + finding.message()));
      }
    }
  }

  private void requireHostCpu(PcpuDescription cpu) {
    Optional<BitSet> usable = HostThread.usableCpus();
    if (cpu.hostCpu().isEmpty() || usable.isEmpty()) {
      return;
    }
    int wanted = cpu.hostCpu().getAsInt();
    if (!usable.get().get(wanted)) {
      problems.add(
          scenario.problem(
              "machine.cpus[%d].host-cpu".formatted(cpu.number()),
              "this host has no processor %d for Atoll, expected one of %s, or no host-cpu"
                  .formatted(wanted, text(usable.get()))));
    }
  }

  /** {@code 0, 1, 4}. */
  private static String text(BitSet numbers) {
    return numbers.stream().mapToObj(Integer::toString).collect(Collectors.joining(", "));
  }
}
