package atoll.net;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A port of the host that leads to a port of a guest.
 *
 * @param udp whether datagrams, and not connections
 * @param host where the host listens
 * @param guestPort the guest's
 */
public record PortForward(boolean udp, InetSocketAddress host, int guestPort) {
  /** What one looks like, for messages. */
  public static final String EXPECTED =
      "[tcp:|udp:][ADDRESS:]PORT:GUEST-PORT such as 2222:22 or udp:0.0.0.0:5353:53";

  private static final Pattern FORM =
      Pattern.compile(
          "(?:(tcp|udp):)?(?:(\\d{1,3}(?:\\.\\d{1,3}){3}|\\[[0-9a-fA-F:.]+\\]):)?(\\d{1,5}):(\\d{1,5})");
  private static final int MOST = 65_535;

  public PortForward {
    Objects.requireNonNull(host, "host");
    if (guestPort < 1 || guestPort > MOST) {
      throw new IllegalArgumentException("there is no port " + guestPort);
    }
  }

  /** Reads {@code 2222:22}; without an address, the host listens on its loopback only. */
  public static Optional<PortForward> parse(String text) {
    Matcher parts = FORM.matcher(text);
    if (!parts.matches()) {
      return Optional.empty();
    }
    int hostPort = Integer.parseInt(parts.group(3));
    int guestPort = Integer.parseInt(parts.group(4));
    Optional<InetAddress> address = address(parts.group(2));
    if (hostPort > MOST || hostPort < 1 || guestPort > MOST || guestPort < 1 || address.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        new PortForward(
            "udp".equals(parts.group(1)),
            new InetSocketAddress(address.get(), hostPort),
            guestPort));
  }

  /** A literal address: names are not asked for. */
  private static Optional<InetAddress> address(String text) {
    try {
      return Optional.of(
          text == null
              ? InetAddress.getByAddress(new byte[] {127, 0, 0, 1})
              : InetAddress.ofLiteral(text.replaceAll("[\\[\\]]", "")));
    } catch (UnknownHostException | IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  @Override
  public String toString() {
    String address = host.getAddress().getHostAddress();
    return "%s:%s:%d:%d"
        .formatted(
            udp ? "udp" : "tcp",
            address.contains(":") ? "[" + address + "]" : address,
            host.getPort(),
            guestPort);
  }
}
