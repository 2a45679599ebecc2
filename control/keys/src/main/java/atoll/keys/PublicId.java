package atoll.keys;

import atoll.image.RefusedException;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;

/**
 * A public key of Ed25519 (RFC 8032) in one word that people can send each other.
 *
 * @param text {@code ed25519:} and the 32 bytes of the key in base64
 */
public record PublicId(String text) {
  private static final String ALGORITHM = "Ed25519";
  private static final String PREFIX = "ed25519:";
  private static final int BYTES = 32;

  /** What comes before the key itself in its X.509 form (RFC 8410, section 4). */
  private static final byte[] HEADER = HexFormat.of().parseHex("302a300506032b6570032100");

  public PublicId {
    PublicKey ignored = decode(text);
  }

  /** That of a key. */
  static PublicId of(PublicKey key) {
    byte[] encoded = key.getEncoded();
    if (encoded == null || !Arrays.equals(HEADER, Arrays.copyOf(encoded, HEADER.length))) {
      throw new IllegalArgumentException("not a key of Ed25519");
    }
    return of(Arrays.copyOfRange(encoded, HEADER.length, encoded.length));
  }

  /** That of the 32 bytes of a key. */
  static PublicId of(byte[] own) {
    return new PublicId(PREFIX + Base64.getEncoder().encodeToString(own));
  }

  /** The 32 bytes of the key. */
  byte[] bytes() {
    return Base64.getDecoder().decode(rest(text));
  }

  /** The key. */
  PublicKey key() {
    return decode(text);
  }

  private static PublicKey decode(String text) {
    try {
      byte[] own = Base64.getDecoder().decode(text.startsWith(PREFIX) ? rest(text) : "");
      if (own.length != BYTES) {
        throw unreadable(text, null);
      }
      byte[] encoded = Arrays.copyOf(HEADER, HEADER.length + BYTES);
      System.arraycopy(own, 0, encoded, HEADER.length, BYTES);
      return KeyFactory.getInstance(ALGORITHM).generatePublic(new X509EncodedKeySpec(encoded));
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      throw unreadable(text, e);
    }
  }

  private static String rest(String text) {
    return text.substring(PREFIX.length());
  }

  private static RefusedException unreadable(String text, Exception why) {
    return new RefusedException(
        "'%s' is no public key; give what 'atoll keys show' prints at the other host: ed25519: and 44 characters"
            .formatted(text),
        why);
  }

  @Override
  public String toString() {
    return text;
  }
}
