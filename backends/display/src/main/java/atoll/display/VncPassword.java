package atoll.display;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.spec.SecretKeySpec;

/**
 * VNC's password (RFC 6143 §7.2.2): a viewer encrypts random bytes with it, by DES. It keeps honest
 * people out and no one else; a tunnel is for the rest.
 */
final class VncPassword {
  /** Bytes of the challenge and of its answer. */
  static final int CHALLENGE = 16;

  private static final int KEY = 8;

  private final byte[] key;

  /** Eight bytes of it count. */
  VncPassword(String password) {
    key = Arrays.copyOf(password.getBytes(StandardCharsets.ISO_8859_1), KEY);
    for (int i = 0; i < KEY; i++) {
      key[i] = (byte) (Integer.reverse(key[i]) >>> Integer.SIZE - Byte.SIZE); // VNC's own way
    }
  }

  /** Whether that is the answer to a challenge. */
  boolean accepts(byte[] challenge, byte[] answer) {
    return MessageDigest.isEqual(answer(challenge), answer);
  }

  byte[] answer(byte[] challenge) {
    try {
      // The protocol has no other.
      Cipher des = Cipher.getInstance("DES/ECB/NoPadding");
      des.init(Cipher.ENCRYPT_MODE, new SecretKeySpec(key, "DES"));
      return des.doFinal(challenge);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has DES", e);
    }
  }
}
