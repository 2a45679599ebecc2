package atoll.scenario;

import atoll.host.LiteralAddress;
import atoll.image.Words;
import atoll.line.FarAddress;
import atoll.net.MacAddress;
import atoll.net.PortForward;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;

/** What interfaces say must lead to networks that are there, and to nothing that two want. */
final class NetworkRules {
  private final List<VmDescription> vms;
  private final BiConsumer<String, String> report;

  NetworkRules(List<VmDescription> vms, BiConsumer<String, String> report) {
    this.vms = vms;
    this.report = report;
  }

  /**
   * Checks what could be read.
   *
   * @param names of all networks, also of those with faults
   */
  void check(List<NetworkDescription> networks, List<String> names) {
    Set<String> seen = new HashSet<>();
    names.stream()
        .filter(name -> !seen.add(name))
        .forEach(name ->
            report.accept("networks." + name, "the name is taken already, expected another"));
    Set<String> hostInterfaces = new HashSet<>();
    for (NetworkDescription network : networks) {
      network
          .hostInterface()
          .filter(name -> !hostInterfaces.add(name))
          .ifPresent(name ->
              report.accept(
                  "networks." + network.name(),
                  "the host's interface %s is another network's already, expected another"
                      .formatted(name)));
    }
    Set<FarAddress> listening = new HashSet<>();
    for (NetworkDescription network : networks) {
      network
          .far()
          .filter(far -> far.listens() && !listening.add(far))
          .ifPresent(far ->
              report.accept(
                  "networks." + network.name(),
                  "another network listens at %s already, expected another port".formatted(far)));
    }
    Set<MacAddress> macs = new HashSet<>();
    Set<Object> hostPorts = new HashSet<>();
    Map<Path, String> written = new HashMap<>();
    for (VmDescription vm : vms) {
      vm.consoleLog().ifPresent(log -> written.put(log.path(), vm.name()));
      vm.display()
          .flatMap(DisplayDescription::vnc)
          .filter(vnc -> !hostPorts.add(List.of(false, vnc)))
          .ifPresent(vnc ->
              report.accept(
                  "vms.%s.display".formatted(vm.name()),
                  "the host's port %s is taken already, expected another"
                      .formatted(LiteralAddress.format(vnc))));
      for (int n = 0; n < vm.nics().size(); n++) {
        NicDescription nic = vm.nics().get(n);
        String key = "vms.%s.nics[%d]".formatted(vm.name(), n);
        if (!names.contains(nic.network())) {
          report.accept(key, missing(nic.network(), names));
        }
        nic.mac()
            .filter(mac -> !macs.add(mac))
            .ifPresent(mac -> report.accept(key, taken("address " + mac)));
        nic.capture().ifPresent(file -> requireOwn(key, file, vm.name(), written));
        nic.forwards().forEach(forward -> require(key, forward, nic, networks, hostPorts));
      }
    }
  }

  private static String missing(String network, List<String> names) {
    return names.isEmpty()
        ? "there is no network '%s', expected one under networks".formatted(network)
        : "there is no network '%s', expected %s".formatted(network, Words.hint(network, names));
  }

  private static String taken(String what) {
    return "the %s is another interface's already, expected another".formatted(what);
  }

  private void requireOwn(String key, Path file, String vm, Map<Path, String> written) {
    String other = written.putIfAbsent(file, vm);
    if (other != null) {
      report.accept(key, "%s is a file that %s writes, expected another".formatted(file, other));
    }
  }

  private void require(
      String key,
      PortForward forward,
      NicDescription nic,
      List<NetworkDescription> networks,
      Set<Object> hostPorts) {
    networks.stream()
        .filter(network -> network.name().equals(nic.network()) && !network.forwards())
        .forEach(network ->
            report.accept(
                key,
                "network %s %s, so that %s leads nowhere, expected uplink: user there"
                    .formatted(
                        nic.network(),
                        switch (network.uplink()) {
                          case NONE -> "has no uplink";
                          case REMOTE -> "goes on at another host";
                          default -> "has the host's network as its own";
                        },
                        forward)));
    if (!hostPorts.add(List.of(forward.udp(), forward.host()))) {
      report.accept(key, taken("host's port of " + forward));
    }
  }

  /** The addresses of all interfaces, by VM and in order: those given, and others for the rest. */
  static Map<String, List<MacAddress>> addresses(String scope, List<VmDescription> vms) {
    Set<MacAddress> taken = new HashSet<>();
    vms.forEach(vm -> vm.nics().forEach(nic -> nic.mac().ifPresent(taken::add)));
    Map<String, List<MacAddress>> all = new HashMap<>();
    for (VmDescription vm : vms) {
      List<MacAddress> own = new ArrayList<>();
      for (int n = 0; n < vm.nics().size(); n++) {
        MacAddress mac = MacAddress.of(scope, vm.name(), n);
        while (vm.nics().get(n).mac().isEmpty() && !taken.add(mac)) {
          mac = mac.next();
        }
        own.add(vm.nics().get(n).mac().orElse(mac));
      }
      all.put(vm.name(), own);
    }
    return all;
  }
}
