package atoll.line;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where the far side of a device is, as a user writes it: {@code tls://bench.example:7000}, {@code
 * tls://0.0.0.0:7000?listen&peer=bench}, {@code tcp://127.0.0.1:7000}.
 *
 * @param tls whether both ends show keys, and nobody between them can read or change anything
 * @param host a name or an address, without brackets
 * @param port 1 to 65535; 0 for any that is free, if it listens
 * @param listens whether the far side connects, and not this one
 * @param peer who the far side must be: the name by which its key is trusted, or the key itself; if
 *     nothing is said, any key that is trusted
 */
public record FarAddress(
    boolean tls, String host, int port, boolean listens, Optional<String> peer) {
  /** What one looks like, for messages. */
  public static final String EXPECTED =
      "tls://HOST:PORT or tcp://HOST:PORT, such as tls://bench.example:7000, and with TLS perhaps ?peer=NAME; ?listen has the far side connect";

  private static final int MOST_PORT = 65_535;
  private static final Pattern FORM =
      Pattern.compile("(tcp|tls)://(\\[[0-9a-fA-F:.]+]|[A-Za-z0-9._-]{1,253}):(\\d{1,5})(\\?.*)?");
  private static final Pattern PEER =
      Pattern.compile("[a-z0-9][a-z0-9._-]{0,62}|ed25519:[A-Za-z0-9+/]{43}=");

  public FarAddress {
    Objects.requireNonNull(host, "host");
    Objects.requireNonNull(peer, "peer");
    if (port < 0 || port > MOST_PORT || port == 0 && !listens) {
      throw new IllegalArgumentException("no port %d of another host".formatted(port));
    }
  }

  /** Whether a text is meant as one, and not as a file of the host. */
  public static boolean isMeant(String text) {
    return text.startsWith("tcp:") || text.startsWith("tls:");
  }

  /** Reads one; nothing if it is none. */
  public static Optional<FarAddress> parse(String text) {
    Matcher found = FORM.matcher(text);
    if (!found.matches()) {
      return Optional.empty();
    }
    boolean tls = found.group(1).equals("tls");
    String host = found.group(2).replaceAll("[\\[\\]]", "");
    int port = Integer.parseInt(found.group(3));
    boolean listens = false;
    Optional<String> peer = Optional.empty();
    for (String word : words(found.group(4))) {
      if (word.equals("listen") && !listens) {
        listens = true;
      } else if (tls && peer.isEmpty() && isPeer(word)) {
        peer = Optional.of(word.substring("peer=".length()));
      } else {
        return Optional.empty();
      }
    }
    return port > MOST_PORT || port == 0 && !listens
        ? Optional.empty()
        : Optional.of(new FarAddress(tls, host, port, listens, peer));
  }

  private static boolean isPeer(String word) {
    return word.startsWith("peer=") && PEER.matcher(word.substring("peer=".length())).matches();
  }

  private static List<String> words(String query) {
    return query == null ? List.of() : List.of(query.substring(1).split("&", -1));
  }

  /**
   * Why nobody should have such a far side, in a sentence: whoever reaches a port without keys is
   * as good as at the device.
   */
  public Optional<String> obstacle() {
    boolean open = listens && !tls && !isLoopback();
    return open
        ? Optional.of(
            "anybody who reaches %s:%d could use the device; listen with tls://, or on 127.0.0.1"
                .formatted(bracketed(), port))
        : Optional.empty();
  }

  private boolean isLoopback() {
    try {
      return host.equals("localhost") || InetAddress.ofLiteral(host).isLoopbackAddress();
    } catch (IllegalArgumentException e) {
      return false; // A name, which may lead anywhere.
    }
  }

  /** The same at another port. */
  public FarAddress withPort(int other) {
    return new FarAddress(tls, host, other, listens, peer);
  }

  private String bracketed() {
    return host.contains(":") ? "[" + host + "]" : host;
  }

  /** As it is written, and can be read again. */
  @Override
  public String toString() {
    List<String> words = new ArrayList<>();
    if (listens) {
      words.add("listen");
    }
    peer.ifPresent(who -> words.add("peer=" + who));
    return "%s://%s:%d%s"
        .formatted(
            tls ? "tls" : "tcp",
            bracketed(),
            port,
            words.isEmpty() ? "" : "?" + String.join("&", words));
  }
}
