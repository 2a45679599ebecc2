package atoll.front;

import atoll.manager.NetworkReport;
import atoll.net.NetworkPort;
import java.util.ArrayList;
import java.util.List;

/** What has passed over networks, for a person. */
final class NetworkText {
  private NetworkText() {}

  /** For each network a line, and a table of its ports. */
  static List<String> of(List<NetworkReport> networks) {
    if (networks.isEmpty()) {
      return List.of("there is no network");
    }
    List<String> lines = new ArrayList<>();
    for (NetworkReport network : networks) {
      lines.add(
          network.name()
              + (network.outside().isEmpty() ? "" : ": " + String.join("; ", network.outside())));
      lines.addAll(ports(network).toString().lines().toList());
    }
    return lines;
  }

  private static TextTable ports(NetworkReport network) {
    TextTable table =
        new TextTable(
            "VM",
            ">NIC",
            "address",
            "link",
            ">frames out",
            ">bytes out",
            ">frames in",
            ">bytes in",
            ">refused",
            ">lost");
    for (NetworkReport.Port port : network.ports()) {
      NetworkPort.Statistics passed = port.passed();
      table.row(
          port.vm(),
          String.valueOf(port.nic()),
          passed.mac(),
          passed.link() ? "up" : "down",
          number(passed.framesOut()),
          number(passed.bytesOut()),
          number(passed.framesIn()),
          number(passed.bytesIn()),
          number(passed.refused()),
          number(passed.lost()));
    }
    return table;
  }

  private static String number(long count) {
    return "%,d".formatted(count);
  }
}
