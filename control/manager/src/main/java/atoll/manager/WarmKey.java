package atoll.manager;

import atoll.host.HostException;
import atoll.image.ExtraFiles;
import atoll.image.LinuxImages;
import atoll.scenario.ConsoleKind;
import atoll.scenario.Guest;
import atoll.scenario.MmuTechniques;
import atoll.scenario.NetworkDescription.Uplink;
import atoll.scenario.NicDescription;
import atoll.scenario.Scenario;
import atoll.scenario.VmDescription;
import atoll.vmm.SystemState;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * Everything that a boot's outcome depends on, as lines of text: two systems with the same text
 * come to rest alike, whichever engine executes them.
 */
final class WarmKey {
  private WarmKey() {}

  /** Whether a system can go on from a snapshot of its boot: docs/snapshots.md says why. */
  static boolean suits(SystemAction.CreateSystem action) {
    Scenario scenario = action.scenario();
    return scenario.vms().size() == 1
        && scenario.debuggers().isEmpty()
        && scenario.networks().stream().allMatch(network -> isOwn(network.uplink()))
        && action.reports().values().stream().allMatch(ReportFiles::none)
        && suits(scenario.vms().getFirst());
  }

  /** Nobody else is on it who could know the guest already. */
  private static boolean isOwn(Uplink uplink) {
    return uplink == Uplink.USER || uplink == Uplink.RESTRICTED;
  }

  /** Our Linux, with nothing of the host's that outlives it. */
  private static boolean suits(VmDescription vm) {
    return vm.guest() instanceof Guest.Linux linux
        && linux.images().initrd().isEmpty()
        && vm.serials().isEmpty()
        && vm.sensors().isEmpty()
        && vm.remotePanel().isEmpty()
        && linux.images().firmware().isEmpty()
        && linux.images().deviceTree().isEmpty()
        && vm.console() == ConsoleKind.VIRTIO
        && vm.disks().isEmpty()
        && vm.shares().isEmpty()
        && vm.devices().isEmpty()
        && vm.fwCfg().isEmpty()
        && vm.display().isEmpty()
        && vm.vsock().isEmpty()
        && vm.watchdog().isEmpty()
        && vm.consoleLog().isEmpty();
  }

  /**
   * The text for a system that {@linkplain #suits suits}.
   *
   * @param stock what it boots from, where its user has not said otherwise
   * @param words the kernel's command line
   * @param digest of a file's content; nothing if that is not to be worked out now
   */
  static Optional<String> of(
      Scenario scenario, LinuxImages stock, String words, Function<Path, Optional<String>> digest) {
    VmDescription vm = scenario.vms().getFirst();
    Guest.Images own = ((Guest.Linux) vm.guest()).images();
    List<Optional<String>> lines = new ArrayList<>();
    lines.add(Optional.of("atoll %s %s".formatted(Version.number(), build())));
    lines.add(Optional.of("state " + SystemState.FORMAT.version()));
    lines.add(digest.apply(own.kernel().orElse(stock.kernel())).map(hex -> "kernel " + hex));
    lines.add(digest.apply(stock.initramfs()).map(hex -> "initrd " + hex));
    vm.files()
        .forEach((path, file) -> lines.add(digest.apply(file).map(hex -> file(path, file, hex))));
    lines.add(Optional.of("words " + words));
    lines.add(Optional.of(board(scenario, vm)));
    return lines.stream().allMatch(Optional::isPresent)
        ? Optional.of(String.join("\n", lines.stream().map(Optional::orElseThrow).toList()))
        : Optional.empty();
  }

  private static String file(String path, Path file, String digest) {
    try {
      return "file %s %o %s".formatted(path, ExtraFiles.permissions(file), digest);
    } catch (IOException e) {
      throw new HostException("%s cannot be read: %s".formatted(file, HostException.reason(e)), e);
    }
  }

  private static String board(Scenario scenario, VmDescription vm) {
    return String.join(
        "\n",
        "memory %d %s".formatted(vm.memory(), vm.memoryPolicy()),
        "cpus " + vm.vcpus(),
        "mmu %s %s".formatted(MmuTechniques.choose(vm.mmu()), vm.paging()),
        "interrupts %s, pci %s".formatted(vm.aia(), vm.pci()),
        "networks %s %s %s"
            .formatted(
                vm.nics().stream().map(NicDescription::network).toList(),
                scenario.networks(),
                scenario.macAddresses().get(vm.name())));
  }

  /** Which build of Atoll this is: a version has many while it is being worked on. */
  private static String build() {
    Path file = Path.of(System.getProperty("java.home"), "lib", "modules");
    String at = String.valueOf(Manager.class.getProtectionDomain().getCodeSource().getLocation());
    if (at.startsWith("file:")) {
      file = Path.of(URI.create(at));
    }
    try {
      return at + " " + Files.getLastModifiedTime(file).toMillis();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
