package atoll.scenario;

import atoll.image.Words;
import atoll.net.VsockSettings;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;

/**
 * Devices for streams have a context and a socket of their own, and lead to ones that are there.
 */
final class VsockRules {
  private final List<VmDescription> vms;
  private final BiConsumer<String, String> report;

  VsockRules(List<VmDescription> vms, BiConsumer<String, String> report) {
    this.vms = vms;
    this.report = report;
  }

  /**
   * Checks what could be read.
   *
   * @param names of all virtual machines, also of those with faults
   */
  void check(Set<String> names) {
    Map<Object, String> owners = new HashMap<>();
    for (VmDescription vm : vms) {
      String key = "vms.%s.vsock".formatted(vm.name());
      vm.vsock()
          .ifPresent(vsock -> {
            vsock.cid().ifPresent(cid -> requireOwn(key + ".cid", "context " + cid, vm, owners));
            vsock.socket().ifPresent(path -> requireOwn(key + ".socket", path, vm, owners));
            for (int n = 0; n < vsock.reach().size(); n++) {
              requireThere("%s.reach[%d]".formatted(key, n), vsock.reach().get(n), vm, names);
            }
          });
    }
  }

  private void requireOwn(String key, Object what, VmDescription vm, Map<Object, String> owners) {
    String other =
        owners.putIfAbsent(what instanceof Path path ? path.normalize() : what, vm.name());
    if (other != null) {
      report.accept(key, "%s is that of %s already, expected another".formatted(what, other));
    }
  }

  private void requireThere(String key, String name, VmDescription from, Set<String> names) {
    Optional<VmDescription> to = vms.stream().filter(vm -> vm.name().equals(name)).findFirst();
    if (name.equals(from.name())) {
      report.accept(key, "%s cannot be connected with itself, expected another VM".formatted(name));
    } else if (!names.contains(name)) {
      report.accept(
          key,
          "there is no VM '%s', expected %s".formatted(name, Words.hint(name, List.copyOf(names))));
    } else if (to.isPresent() && to.get().vsock().isEmpty()) {
      report.accept(key, "%s has no vsock, expected vsock: {} there".formatted(name));
    }
  }

  /** The contexts of all that have one: those given, and others for the rest. */
  static Map<String, Long> contexts(List<VmDescription> vms) {
    Set<Long> taken = new HashSet<>();
    vms.stream()
        .flatMap(vm -> vm.vsock().stream())
        .flatMap(vsock -> vsock.cid().stream())
        .forEach(taken::add);
    Map<String, Long> all = new LinkedHashMap<>();
    long next = VsockSettings.FIRST_CID;
    for (VmDescription vm : vms) {
      if (vm.vsock().isPresent()) {
        while (vm.vsock().get().cid().isEmpty() && !taken.add(next)) {
          next++;
        }
        all.put(vm.name(), Objects.requireNonNull(vm.vsock().get().cid().orElse(next)));
      }
    }
    return all;
  }
}
