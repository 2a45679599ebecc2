package atoll.manager;

import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;

/** Names and numbers by which parts of a scenario refer to others must lead somewhere. */
final class ReferenceRules {
  private final BiConsumer<String, String> report;

  /**
   * @param report told the key and what is wrong with it
   */
  ReferenceRules(BiConsumer<String, String> report) {
    this.report = report;
  }

  /**
   * Checks what could be read.
   *
   * @param names of all VMs, also of those with other faults
   */
  void check(
      Optional<MachineDescription> machine,
      Collection<String> names,
      List<VmDescription> vms,
      List<ChannelDescription> channels) {
    requireDistinct("vms", vms.stream().map(VmDescription::name).toList());
    requireDistinct("channels", channels.stream().map(ChannelDescription::name).toList());
    machine.ifPresent(shared -> {
      shared.cpus().forEach(cpu -> windows(cpu, names));
      vms.forEach(vm -> affinity(vm, shared.cpus().size()));
    });
    channels.forEach(channel -> ends(channel, names));
  }

  private void requireDistinct(String key, List<String> names) {
    Set<String> seen = new HashSet<>();
    names.stream()
        .filter(name -> !seen.add(name))
        .forEach(
            name -> report.accept(key + "." + name, "the name is taken already, expected another"));
  }

  private void windows(PcpuDescription cpu, Collection<String> names) {
    if (cpu.policy() instanceof CpuPolicy.Cyclic(var frame, List<CpuPolicy.Window> windows)) {
      for (int n = 0; n < windows.size(); n++) {
        requireKnown(
            "machine.cpus[%d].windows[%d].vm".formatted(cpu.number(), n),
            windows.get(n).vm(),
            names);
      }
    }
  }

  private void affinity(VmDescription vm, int cpus) {
    for (int vcpu = 0; vcpu < vm.vcpus(); vcpu++) {
      int cpu = vm.affinity().get(vcpu);
      if (cpu >= cpus) {
        report.accept(
            "vms.%s.affinity[%d]".formatted(vm.name(), vcpu),
            "there is no CPU %d, expected 0 to %d".formatted(cpu, cpus - 1));
      }
    }
  }

  private void ends(ChannelDescription channel, Collection<String> names) {
    channel
        .endpoints()
        .forEach(end ->
            requireKnown(
                "channels.%s.between.%s".formatted(channel.name(), end.vm()), end.vm(), names));
  }

  private void requireKnown(String key, String vm, Collection<String> names) {
    if (!names.contains(vm)) {
      report.accept(key, "there is no VM '%s', expected %s".formatted(vm, Words.hint(vm, names)));
    }
  }
}
