package atoll.display;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Where viewers find a screen. */
public final class VncAddress {
  /** What one looks like, for messages. */
  public static final String EXPECTED = "[ADDRESS:]PORT such as 5901 or 0.0.0.0:5901";

  private static final Pattern FORM =
      Pattern.compile("(?:(\\d{1,3}(?:\\.\\d{1,3}){3}|\\[[0-9a-fA-F:.]+\\]):)?(\\d{1,5})");

  private static final int MOST = 65_535;

  private VncAddress() {}

  /** Reads {@code 5901}; without an address, it is on the host's loopback. */
  public static Optional<InetSocketAddress> parse(String text) {
    Matcher parts = FORM.matcher(text);
    if (!parts.matches()) {
      return Optional.empty();
    }
    int port = Integer.parseInt(parts.group(2));
    return port < 1 || port > MOST
        ? Optional.empty()
        : address(parts.group(1)).map(address -> new InetSocketAddress(address, port));
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

  /** {@code 127.0.0.1:5901}. */
  public static String format(InetSocketAddress address) {
    String host = address.getAddress().getHostAddress();
    return "%s:%d".formatted(host.contains(":") ? "[" + host + "]" : host, address.getPort());
  }
}
