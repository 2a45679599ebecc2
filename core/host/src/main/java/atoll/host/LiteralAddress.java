package atoll.host;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Optional;

/** An address of the host as people write it beside a port; names are not asked for. */
public final class LiteralAddress {
  /** What one looks like, as a pattern with one group: 127.0.0.1, or [::1]. */
  public static final String FORM = "(\\d{1,3}(?:\\.\\d{1,3}){3}|\\[[0-9a-fA-F:.]+\\])";

  private static final int MOST_PORT = 65_535;
  private static final String LOOPBACK = "127.0.0.1";

  private LiteralAddress() {}

  /**
   * Reads an address and a port that {@link #FORM} and a pattern of digits have found.
   *
   * @param address null for the host's loopback
   * @param port up to nine digits
   * @return nothing if there is no such address or port
   */
  public static Optional<InetSocketAddress> read(String address, String port) {
    int number = Integer.parseInt(port);
    if (number < 1 || number > MOST_PORT) {
      return Optional.empty();
    }
    try {
      String literal = address == null ? LOOPBACK : address.replaceAll("[\\[\\]]", "");
      return Optional.of(new InetSocketAddress(InetAddress.ofLiteral(literal), number));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /** {@code 127.0.0.1:5901}, or {@code [::1]:5901}. */
  public static String format(InetSocketAddress address) {
    String host = address.getAddress().getHostAddress();
    return "%s:%d".formatted(host.contains(":") ? "[" + host + "]" : host, address.getPort());
  }
}
