package atoll.image;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** A SHA-256 over parts, each with its length, so that no two lists of parts give the same. */
final class Digest {
  private final MessageDigest digest = sha256();

  /** A new SHA-256. */
  static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  void add(byte[] part) {
    add(part.length);
    digest.update(part);
  }

  void add(long number) {
    digest.update(ByteBuffer.allocate(Long.BYTES).putLong(number).flip());
  }

  /** The next bytes of a part whose length or place was added. */
  void continued(ByteBuffer bytes) {
    digest.update(bytes);
  }

  /** In lower-case hexadecimal. */
  String text() {
    return HexFormat.of().formatHex(digest.digest());
  }
}
