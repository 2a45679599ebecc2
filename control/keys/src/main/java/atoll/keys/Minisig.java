package atoll.keys;

import atoll.image.RefusedException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;

/**
 * A signature as minisign writes it, in four lines: a comment, the signature of a file, a comment
 * that is signed too, and the signature of both.
 *
 * @param hashed whether the file's BLAKE2b is signed, as minisign does unless told otherwise
 * @param signer 8 bytes that name the key
 * @param signature 64 bytes
 * @param comment the signed one
 * @param whole 64 bytes: the signature of {@code signature} and {@code comment}
 */
@SuppressWarnings("ArrayRecordComponent") // nobody compares them
record Minisig(boolean hashed, byte[] signer, byte[] signature, String comment, byte[] whole) {
  /** What its name adds to that of the file. */
  static final String SUFFIX = ".minisig";

  /** Bytes of the longest file; minisign's comments have at most 8 KiB. */
  static final int LONGEST = 32 << 10;

  private static final String UNTRUSTED = "untrusted comment: ";
  private static final String TRUSTED = "trusted comment: ";
  private static final int ALGORITHM = 2;
  private static final int SIGNER = 8;
  private static final int SIGNATURE = 64;

  Minisig {
    signer = signer.clone();
    signature = signature.clone();
    whole = whole.clone();
  }

  /**
   * Reads one.
   *
   * @param name of the file, for a message
   * @throws RefusedException if it is none
   */
  static Minisig parse(String name, String text) {
    List<String> lines = text.lines().toList();
    if (lines.size() != 4
        || !lines.get(0).startsWith(UNTRUSTED)
        || !lines.get(2).startsWith(TRUSTED)) {
      throw damaged(name, "expected the four lines of a minisign signature");
    }
    byte[] first = decode(name, lines.get(1), ALGORITHM + SIGNER + SIGNATURE);
    boolean hashed =
        switch (new String(first, 0, ALGORITHM, StandardCharsets.ISO_8859_1)) {
          case "ED" -> true;
          case "Ed" -> false;
          default -> throw damaged(name, "it has an algorithm that is not minisign's Ed or ED");
        };
    return new Minisig(
        hashed,
        Arrays.copyOfRange(first, ALGORITHM, ALGORITHM + SIGNER),
        Arrays.copyOfRange(first, ALGORITHM + SIGNER, first.length),
        lines.get(2).substring(TRUSTED.length()),
        decode(name, lines.get(3), SIGNATURE));
  }

  private static byte[] decode(String name, String line, int bytes) {
    try {
      byte[] decoded = Base64.getDecoder().decode(line);
      if (decoded.length != bytes) {
        throw damaged(
            name, "a signature in it has %d bytes, expected %d".formatted(decoded.length, bytes));
      }
      return decoded;
    } catch (IllegalArgumentException e) {
      throw new RefusedException(damagedText(name, "a signature in it is not base64"), e);
    }
  }

  private static RefusedException damaged(String name, String why) {
    return new RefusedException(damagedText(name, why));
  }

  private static String damagedText(String name, String why) {
    return "%s is damaged or cut off: %s".formatted(name, why);
  }

  /** What {@link #whole} is a signature of. */
  static byte[] both(byte[] signature, String comment) {
    byte[] words = comment.getBytes(StandardCharsets.UTF_8);
    byte[] both = Arrays.copyOf(signature, signature.length + words.length);
    System.arraycopy(words, 0, both, signature.length, words.length);
    return both;
  }

  /** The file. */
  String text() {
    byte[] first = new byte[ALGORITHM + SIGNER + SIGNATURE];
    first[0] = 'E';
    first[1] = (byte) (hashed ? 'D' : 'd');
    System.arraycopy(signer, 0, first, ALGORITHM, SIGNER);
    System.arraycopy(signature, 0, first, ALGORITHM + SIGNER, SIGNATURE);
    Base64.Encoder base64 = Base64.getEncoder();
    return UNTRUSTED
        + "signature by atoll sign\n"
        + base64.encodeToString(first)
        + "\n"
        + TRUSTED
        + comment
        + "\n"
        + base64.encodeToString(whole)
        + "\n";
  }
}
