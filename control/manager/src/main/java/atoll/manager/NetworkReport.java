package atoll.manager;

import atoll.net.NetworkPort;
import java.util.List;
import java.util.Objects;

/**
 * What has passed over a network so far.
 *
 * @param ports in the order of the scenario
 * @param outside lines about its way outside; empty if it has none
 */
public record NetworkReport(String name, List<Port> ports, List<String> outside) {
  /**
   * A virtual machine's interface.
   *
   * @param nic its number in that machine, from 0
   */
  public record Port(String vm, int nic, NetworkPort.Statistics passed) {
    public Port {
      Objects.requireNonNull(vm, "vm");
      Objects.requireNonNull(passed, "passed");
    }
  }

  public NetworkReport {
    Objects.requireNonNull(name, "name");
    ports = List.copyOf(ports);
    outside = List.copyOf(outside);
  }
}
