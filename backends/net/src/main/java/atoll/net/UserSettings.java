package atoll.net;

import java.nio.file.Path;
import java.util.Objects;

/**
 * A network that is connected with the outside by the host's sockets.
 *
 * @param restrict whether guests may not reach the outside, the host included; forwarded ports
 *     still lead to them
 * @param resolvers where the host's name servers are written: {@code /etc/resolv.conf}
 */
public record UserSettings(boolean restrict, Path resolvers) implements UplinkSettings {
  private static final Path USUAL = Path.of("/etc/resolv.conf");

  public UserSettings {
    Objects.requireNonNull(resolvers, "resolvers");
  }

  /** With the host's own name servers. */
  public UserSettings(boolean restrict) {
    this(restrict, USUAL);
  }
}
