package atoll.net;

import atoll.host.LiteralAddress;
import java.net.InetSocketAddress;
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
          "(?:(tcp|udp):)?(?:%s:)?(\\d{1,5}):(\\d{1,5})".formatted(LiteralAddress.FORM));
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
    int guestPort = Integer.parseInt(parts.group(4));
    return guestPort < 1 || guestPort > MOST
        ? Optional.empty()
        : LiteralAddress.read(parts.group(2), parts.group(3))
            .map(host -> new PortForward("udp".equals(parts.group(1)), host, guestPort));
  }

  @Override
  public String toString() {
    return "%s:%s:%d".formatted(udp ? "udp" : "tcp", LiteralAddress.format(host), guestPort);
  }
}
