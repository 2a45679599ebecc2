package atoll.trust;

import atoll.image.LinuxImages;
import atoll.image.MirrorChoice;
import atoll.scenario.Guest;
import atoll.scenario.Scenario;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * The kernel and the initial RAM disk that Atoll brings itself, by the names they are signed by.
 */
final class StockFiles {
  static final String KERNEL = "linux/kernel";
  static final String INITRAMFS = "linux/initramfs";

  private StockFiles() {}

  /**
   * Those that a system needs.
   *
   * @param linux gives them, fetched if need be
   */
  static Map<String, Path> of(Scenario scenario, Function<MirrorChoice, LinuxImages> linux) {
    Map<String, Path> all = new LinkedHashMap<>();
    scenario
        .vms()
        .forEach(vm -> {
          if (vm.guest() instanceof Guest.Linux stock) {
            add(stock, linux, all);
          }
        });
    return all;
  }

  /** The first of them that a system needs; none is fetched. */
  static Optional<String> first(Scenario scenario) {
    return scenario.vms().stream()
        .flatMap(
            vm -> vm.guest() instanceof Guest.Linux stock ? Stream.of(stock.images()) : Stream.of())
        .filter(own -> own.kernel().isEmpty() || own.initrd().isEmpty())
        .map(own -> own.kernel().isEmpty() ? KERNEL : INITRAMFS)
        .findFirst();
  }

  private static void add(
      Guest.Linux guest, Function<MirrorChoice, LinuxImages> linux, Map<String, Path> all) {
    Guest.Images own = guest.images();
    if (own.kernel().isPresent() && own.initrd().isPresent()) {
      return;
    }
    LinuxImages found = linux.apply(guest.mirror());
    if (own.kernel().isEmpty()) {
      all.put(KERNEL, found.kernel());
    }
    if (own.initrd().isEmpty()) {
      all.put(INITRAMFS, found.initramfs());
    }
  }
}
