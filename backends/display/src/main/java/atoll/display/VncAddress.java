package atoll.display;

import atoll.host.LiteralAddress;
import java.net.InetSocketAddress;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Where viewers find a screen. */
public final class VncAddress {
  /** What one looks like, for messages. */
  public static final String EXPECTED = "[ADDRESS:]PORT such as 5901 or 0.0.0.0:5901";

  private static final Pattern FORM =
      Pattern.compile("(?:%s:)?(\\d{1,5})".formatted(LiteralAddress.FORM));

  private VncAddress() {}

  /** Reads {@code 5901}; without an address, it is on the host's loopback. */
  public static Optional<InetSocketAddress> parse(String text) {
    Matcher parts = FORM.matcher(text);
    return parts.matches() ? LiteralAddress.read(parts.group(1), parts.group(2)) : Optional.empty();
  }
}
