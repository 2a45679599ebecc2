package atoll.image;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;

/**
 * What the digest of a file is, or has to be.
 *
 * @param hex in lower-case hexadecimal
 */
public record Checksum(Algorithm algorithm, String hex) {
  /** How it is worked out. */
  public enum Algorithm {
    SHA256("SHA-256", 64),
    SHA512("SHA-512", 128);

    private final String text;
    private final int digits;

    Algorithm(String text, int digits) {
      this.text = text;
      this.digits = digits;
    }

    /** As people write it. */
    @Override
    public String toString() {
      return text;
    }

    private MessageDigest start() {
      try {
        return MessageDigest.getInstance(text);
      } catch (NoSuchAlgorithmException e) {
        throw new IllegalStateException("the JDK has " + text, e);
      }
    }
  }

  public Checksum {
    Objects.requireNonNull(algorithm, "algorithm");
    if (!hex.matches("[0-9a-f]{%d}".formatted(algorithm.digits))) {
      throw new RefusedException(
          "'%s' is not a checksum of %s; give %d hexadecimal digits"
              .formatted(hex, algorithm, algorithm.digits));
    }
  }

  /** Reads what a user or a list says, in either case; nothing if it is none. */
  public static Optional<Checksum> parse(String text) {
    String hex = text.strip().toLowerCase(Locale.ROOT);
    for (Algorithm algorithm : Algorithm.values()) {
      if (hex.length() == algorithm.digits && hex.matches("[0-9a-f]+")) {
        return Optional.of(new Checksum(algorithm, hex));
      }
    }
    return Optional.empty();
  }

  /** That of some bytes. */
  public static Checksum of(Algorithm algorithm, byte[] bytes) {
    return new Checksum(algorithm, HexFormat.of().formatHex(algorithm.start().digest(bytes)));
  }

  /** That of a file. */
  static Checksum of(Algorithm algorithm, Path file, Progress progress) throws IOException {
    progress.begin("verifying " + file.getFileName(), Files.size(file));
    try (InputStream in = Files.newInputStream(file)) {
      MessageDigest digest = algorithm.start();
      byte[] buffer = new byte[1 << 16];
      long done = 0;
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        digest.update(buffer, 0, n);
        done += n;
        progress.advance(done);
      }
      return new Checksum(algorithm, HexFormat.of().formatHex(digest.digest()));
    } finally {
      progress.end();
    }
  }

  @Override
  public String toString() {
    return algorithm + " " + hex;
  }
}
