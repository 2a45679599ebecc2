package atoll.manager;

import atoll.device.spi.NetBackend;
import atoll.host.Effects;
import atoll.host.HostClaims;
import atoll.host.PlatformClock;
import atoll.image.RefusedException;
import atoll.net.MacAddress;
import atoll.net.Network;
import atoll.net.NetworkPort;
import atoll.net.NicSettings;
import atoll.scenario.NetworkDescription;
import atoll.scenario.NicDescription;
import atoll.scenario.Scenario;
import atoll.scenario.VmDescription;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/** The networks of a system, and which ports of theirs belong to which virtual machine. */
final class Networks implements AutoCloseable {
  private final Scenario scenario;
  private final Map<String, Network> networks = new LinkedHashMap<>();
  private final Map<String, List<NetworkPort>> ports = new HashMap<>();

  private final HostProperty property;

  /** Networks whose interface of the host is taken. */
  private final Set<String> owned = new HashSet<>();

  /**
   * Makes them without ports.
   *
   * @param keys for far sides
   * @param notices told what a person should know though they go on
   */
  Networks(
      Scenario scenario,
      PlatformClock clock,
      Effects effects,
      FarKeys keys,
      HostProperty property,
      Consumer<String> notices) {
    this.scenario = scenario;
    this.property = property;
    for (NetworkDescription network : scenario.networks()) {
      networks.put(
          network.name(),
          new Network(
              network.settings(keys),
              clock,
              effects.tasks(),
              effects.ofMachine().entropy(),
              notices));
    }
  }

  /**
   * Adds the ports of a virtual machine.
   *
   * @throws atoll.host.HostException if a port of the host, or a file for a capture, is not to be
   *     had
   */
  List<NetBackend> plug(VmDescription vm) {
    List<MacAddress> addresses = scenario.macAddresses().get(vm.name());
    List<NetworkPort> own = new ArrayList<>();
    ports.put(vm.name(), own);
    for (NicDescription nic : vm.nics()) {
      NicSettings settings =
          new NicSettings(addresses.get(own.size()), nic.rate(), nic.capture(), nic.forwards());
      own.add(plug(vm, scenario.network(nic.network()), settings));
    }
    return List.copyOf(own);
  }

  /** An interface of the host belongs to the first VM on its network. */
  private NetworkPort plug(VmDescription vm, NetworkDescription network, NicSettings settings) {
    Network made = networks.get(network.name());
    if (network.hostInterface().isEmpty() || owned.contains(network.name())) {
      return made.add(settings);
    }
    NetworkPort port =
        property.lockedItself(
            vm.name(),
            HostClaims.interfaceKey(network.hostInterface().get()),
            () -> made.add(settings));
    boolean ignored = owned.add(network.name());
    return port;
  }

  /** Plugs a virtual machine's n-th cable in, or pulls it out. */
  void link(String vm, int nic, boolean up) {
    List<NetworkPort> own = ports.getOrDefault(vm, List.of());
    if (nic < 0 || nic >= own.size()) {
      throw new RefusedException(
          own.isEmpty()
              ? vm + " has no network interface"
              : "%s has no network interface %d, expected 0 to %d"
                  .formatted(vm, nic, own.size() - 1));
    }
    own.get(nic).link(up);
  }

  /** What has passed so far. */
  List<NetworkReport> reports() {
    return networks.values().stream().map(this::report).toList();
  }

  private NetworkReport report(Network network) {
    List<NetworkReport.Port> all = new ArrayList<>();
    for (VmDescription vm : scenario.vms()) {
      List<NetworkPort> own = ports.getOrDefault(vm.name(), List.of());
      for (int n = 0; n < own.size(); n++) {
        if (vm.nics().get(n).network().equals(network.settings().name())) {
          all.add(new NetworkReport.Port(vm.name(), n, own.get(n).statistics()));
        }
      }
    }
    return new NetworkReport(network.settings().name(), all, network.statistics().outside());
  }

  @Override
  public void close() {
    networks.values().forEach(Network::close);
  }
}
