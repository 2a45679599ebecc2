package atoll.scenario;

import atoll.net.MacAddress;
import atoll.net.PortForward;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Collectors;

/**
 * A virtual machine's network interface.
 *
 * @param network what it is plugged into
 * @param mac its address, or one that is chosen for it
 * @param rate bytes a second in each direction, if there is a limit
 * @param capture gets a copy of all its frames
 * @param forwards ports of the host that lead to the guest
 */
public record NicDescription(
    String network,
    Optional<MacAddress> mac,
    OptionalLong rate,
    Optional<Path> capture,
    List<PortForward> forwards) {
  public NicDescription {
    Objects.requireNonNull(network, "network");
    Objects.requireNonNull(mac, "mac");
    Objects.requireNonNull(rate, "rate");
    Objects.requireNonNull(capture, "capture");
    forwards = List.copyOf(forwards);
  }

  /** One without anything special. */
  public static NicDescription to(String network) {
    return new NicDescription(
        network, Optional.empty(), OptionalLong.empty(), Optional.empty(), List.of());
  }

  /** For who reads a plan. */
  String label() {
    return "network " + network;
  }

  /** The forwarded ports in words, or nothing. */
  String forwarded() {
    return forwards.stream()
        .map(forward -> "; %s leads to it".formatted(forward))
        .collect(Collectors.joining());
  }
}
