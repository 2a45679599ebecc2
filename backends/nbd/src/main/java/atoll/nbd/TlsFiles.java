package atoll.nbd;

import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;

/**
 * What one end of a TLS connection trusts, and by what it shows who it is: PEM files.
 *
 * @param authority certificates of those whom it trusts; a client otherwise trusts those that the
 *     Java installation does, and a server does not ask who its clients are
 * @param certificate its own, with those above it
 * @param key of that certificate; in the same file if it is not given
 * @param hostname that the server's certificate must be for; otherwise the one that is connected to
 */
public record TlsFiles(
    Optional<Path> authority,
    Optional<Path> certificate,
    Optional<Path> key,
    Optional<String> hostname) {
  /** What the JDK trusts, and no certificate of one's own. */
  public static final TlsFiles USUAL =
      new TlsFiles(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());

  public TlsFiles {
    Objects.requireNonNull(authority, "authority");
    Objects.requireNonNull(certificate, "certificate");
    Objects.requireNonNull(key, "key");
    Objects.requireNonNull(hostname, "hostname");
    if (key.isPresent() && certificate.isEmpty()) {
      throw new IllegalArgumentException("a key of TLS goes with a certificate");
    }
  }

  /** The file with the key. */
  Optional<Path> keyFile() {
    return key.or(() -> certificate);
  }
}
