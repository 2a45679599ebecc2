package atoll.keys;

import atoll.image.RefusedException;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.Signature;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Objects;

/**
 * Whose signatures of files are believed: a public key in minisign's form, which has a number
 * beside the key itself.
 *
 * @param number 16 hexadecimal digits, as minisign prints it
 */
public record SignerId(String number, PublicId key) {
  private static final int HEAD = 10;
  private static final int NUMBER = 8;
  private static final int BYTES = HEAD + 32;
  private static final String ALGORITHM = "Ed25519";

  public SignerId {
    Objects.requireNonNull(number, "number");
    Objects.requireNonNull(key, "key");
  }

  /** That of a key of Atoll's, whose number is the beginning of its digest. */
  public static SignerId of(PublicId key) {
    byte[] number = Arrays.copyOf(Blake2b.of(key.bytes()), NUMBER);
    return new SignerId(hex(number), key);
  }

  /**
   * Reads what {@code atoll keys show} or minisign prints.
   *
   * @throws RefusedException if it is neither
   */
  public static SignerId parse(String text) {
    if (text.startsWith("ed25519:")) {
      return of(new PublicId(text));
    }
    byte[] all = decode(text);
    if (all.length != BYTES || all[0] != 'E' || all[1] != 'd') {
      throw new RefusedException(
          "'%s' is no key of a signer; give what 'atoll keys show' prints, or the last line of a minisign.pub: RW and 54 characters"
              .formatted(text));
    }
    byte[] number = Arrays.copyOfRange(all, 2, HEAD);
    return new SignerId(hex(number), PublicId.of(Arrays.copyOfRange(all, HEAD, BYTES)));
  }

  private static byte[] decode(String text) {
    try {
      return Base64.getDecoder().decode(text);
    } catch (IllegalArgumentException e) {
      return new byte[0];
    }
  }

  /** minisign prints the number with its highest byte first. */
  private static String hex(byte[] number) {
    byte[] turned = new byte[NUMBER];
    for (int n = 0; n < NUMBER; n++) {
      turned[n] = number[NUMBER - 1 - n];
    }
    return HexFormat.of().withUpperCase().formatHex(turned);
  }

  /** The number's 8 bytes as a signature has them. */
  byte[] numberBytes() {
    byte[] turned = HexFormat.of().parseHex(number);
    byte[] bytes = new byte[NUMBER];
    for (int n = 0; n < NUMBER; n++) {
      bytes[n] = turned[NUMBER - 1 - n];
    }
    return bytes;
  }

  /** Whether a signature says that it is this one's. */
  boolean isOf(Minisig signature) {
    return Arrays.equals(numberBytes(), signature.signer());
  }

  /** Whether a signature (RFC 8032) of a message is right. */
  boolean signed(byte[] message, byte[] signature) {
    try {
      PublicKey known = key.key();
      Signature check = Signature.getInstance(ALGORITHM);
      check.initVerify(known);
      check.update(message);
      return check.verify(signature);
    } catch (GeneralSecurityException e) {
      return false; // It is no signature at all.
    }
  }

  /** As minisign takes it after {@code -P}. */
  public String text() {
    byte[] all = new byte[BYTES];
    all[0] = 'E';
    all[1] = 'd';
    System.arraycopy(numberBytes(), 0, all, 2, NUMBER);
    System.arraycopy(key.bytes(), 0, all, HEAD, BYTES - HEAD);
    return Base64.getEncoder().encodeToString(all);
  }

  @Override
  public String toString() {
    return text();
  }
}
