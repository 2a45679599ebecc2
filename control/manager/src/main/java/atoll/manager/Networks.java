package atoll.manager;

import atoll.device.spi.NetBackend;
import atoll.host.Effects;
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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** The networks of a system, and which ports of theirs belong to which virtual machine. */
final class Networks implements AutoCloseable {
  private final Scenario scenario;
  private final Map<String, Network> networks = new LinkedHashMap<>();
  private final Map<String, List<NetworkPort>> ports = new HashMap<>();

  /**
   * Makes them without ports.
   *
   * @param notices told what a person should know though they go on
   */
  Networks(Scenario scenario, PlatformClock clock, Effects effects, Consumer<String> notices) {
    this.scenario = scenario;
    for (NetworkDescription network : scenario.networks()) {
      networks.put(
          network.name(),
          new Network(
              network.settings(), clock, effects.tasks(), effects.ofMachine().entropy(), notices));
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
      own.add(
          networks
              .get(nic.network())
              .add(
                  new NicSettings(
                      addresses.get(own.size()), nic.rate(), nic.capture(), nic.forwards())));
    }
    return List.copyOf(own);
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
