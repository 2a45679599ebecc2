package atoll.image;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Optional;

/** Where a mirror of a Debian archive is, as a user writes it. */
public final class MirrorAddress {
  private MirrorAddress() {}

  /** The address as a folder; empty if it is none that files can be fetched from. */
  public static Optional<URI> parse(String text) {
    try {
      URI uri = new URI(text.endsWith("/") ? text : text + "/");
      boolean web = uri.getScheme() != null && uri.getScheme().matches("https?");
      return web && uri.getHost() != null ? Optional.of(uri) : Optional.empty();
    } catch (URISyntaxException e) {
      return Optional.empty();
    }
  }

  /** The message if it is not one. */
  public static String refusal(String text) {
    return "'%s' is not the address of a mirror; give one such as http://mirror.example/debian"
        .formatted(text);
  }
}
