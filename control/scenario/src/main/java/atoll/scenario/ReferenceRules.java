package atoll.scenario;

import atoll.host.HostClaims;
import atoll.image.Words;
import atoll.line.FarAddress;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.stream.Stream;

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
      Optional<PlatformDescription> machine,
      Collection<String> names,
      List<VmDescription> vms,
      List<ChannelDescription> channels) {
    requireDistinct("vms", vms.stream().map(VmDescription::name).toList());
    distinctChannels(channels);
    machine.ifPresent(shared -> {
      shared.cpus().forEach(cpu -> windows(cpu, names));
      vms.forEach(vm -> affinity(vm, shared.cpus().size()));
    });
    channels.forEach(channel -> ends(channel, names));
    vms.forEach(vm -> goingBack(vm, channels));
    front(vms);
    otherEnds(vms);
    consoleLogs(vms);
  }

  /** A log replaces neither another log nor a file that a VM is made from. */
  private void consoleLogs(List<VmDescription> vms) {
    Map<Path, String> taken = new HashMap<>();
    for (VmDescription vm : vms) {
      files(vm).forEach(file -> taken.put(file, vm.name() + " reads"));
    }
    for (VmDescription vm : vms) {
      vm.consoleLog()
          .flatMap(log -> Stream.of(log.path(), log.older()).filter(taken::containsKey).findFirst())
          .ifPresent(file ->
              report.accept(
                  "vms.%s.console-log".formatted(vm.name()),
                  "%s is a file that %s, expected another file".formatted(file, taken.get(file))));
      vm.consoleLog()
          .ifPresent(log -> {
            taken.put(log.path(), vm.name() + " writes");
            taken.put(log.older(), vm.name() + " writes");
          });
    }
  }

  static Stream<Path> files(VmDescription vm) {
    Stream<Path> disks = vm.disks().stream().flatMap(disk -> disk.image().file().stream());
    Stream<Path> images =
        switch (vm.guest()) {
          case Guest.Linux linux -> linux.images().files();
          case Guest.Installed installed -> installed.images().files();
          case Guest.Custom custom -> custom.images().files();
          case Guest.Uefi uefi -> uefi.files();
          case Guest.Program _, Guest.Image _ -> Stream.empty();
        };
    Stream<Path> told = vm.fwCfg().stream().flatMap(item -> item.file().stream());
    Stream<Path> classes = vm.devices().stream().flatMap(ReferenceRules::classes);
    return Stream.of(disks, images, vm.files().values().stream(), told, classes)
        .flatMap(files -> files);
  }

  private static Stream<Path> classes(DeviceSpec device) {
    return device.code() instanceof DeviceSpec.Code.InJar code
        ? Stream.of(code.jar())
        : Stream.empty();
  }

  /**
   * What is in a channel, and what is known of it at its other end, would not go back with a VM.
   */
  private void goingBack(VmDescription vm, List<ChannelDescription> channels) {
    channels.stream()
        .filter(channel -> vm.restart().from() == RestartPolicy.From.SNAPSHOT)
        .filter(channel -> channel.endpoint(vm.name()).isPresent())
        .findFirst()
        .ifPresent(channel ->
            report.accept(
                "vms.%s.restart".formatted(vm.name()),
                "%s shares the channel %s with a VM that would not go back with it, expected from: images, or no channel"
                    .formatted(vm.name(), channel.name())));
  }

  /** A device of the host has one owner, and one program listens at a port. */
  private void otherEnds(List<VmDescription> vms) {
    Map<Object, String> owners = new HashMap<>();
    for (VmDescription vm : vms) {
      for (SerialSpec port : vm.serials()) {
        Object end = port.device().<Object>map(HostClaims::key).or(() -> port.far()).orElseThrow();
        String key = "vms.%s.serial.%s".formatted(vm.name(), port.name());
        if (port.device().isPresent() || port.far().filter(FarAddress::listens).isPresent()) {
          requireOwn(owners, end, "serial port " + port.name() + " of " + vm.name(), key);
        }
      }
      vm.remotePanel()
          .filter(FarAddress::listens)
          .ifPresent(far ->
              requireOwn(
                  owners, far, "front of " + vm.name(), "vms.%s.panel".formatted(vm.name())));
    }
  }

  private void requireOwn(Map<Object, String> owners, Object end, String owner, String key) {
    String other = owners.putIfAbsent(end, owner);
    if (other != null) {
      report.accept(
          key, "what it leads to belongs to the %s already, expected another".formatted(other));
    }
  }

  private void front(List<VmDescription> vms) {
    List<String> names =
        vms.stream().filter(VmDescription::front).map(VmDescription::name).toList();
    names.stream()
        .skip(1)
        .forEach(name ->
            report.accept(
                "vms.%s.front".formatted(name),
                "%s is in front already, expected one VM at most".formatted(names.getFirst())));
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
    channel.endpoints().forEach(end -> requireKnown(channel.key(end.vm()), end.vm(), names));
  }

  private void distinctChannels(List<ChannelDescription> channels) {
    Set<String> seen = new HashSet<>();
    channels.stream()
        .filter(channel -> !seen.add(channel.name()))
        .forEach(
            channel -> report.accept(channel.key(), "the name is taken already, expected another"));
  }

  private void requireKnown(String key, String vm, Collection<String> names) {
    if (!names.contains(vm)) {
      report.accept(key, "there is no VM '%s', expected %s".formatted(vm, Words.hint(vm, names)));
    }
  }
}
