package atoll.keys;

import atoll.host.HostException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import java.util.EnumSet;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A key pair of Ed25519 of the user's, in a PEM file (RFC 7468) with both halves, which OpenSSL
 * reads too.
 */
final class OwnKey {
  private static final String ALGORITHM = "Ed25519";
  private static final String PRIVATE = "PRIVATE KEY";
  private static final String PUBLIC = "PUBLIC KEY";
  private static final int LINE = 64;
  private static final long MOST = 1 << 16;
  private static final Set<PosixFilePermission> OTHERS =
      EnumSet.complementOf(
          EnumSet.of(
              PosixFilePermission.OWNER_READ,
              PosixFilePermission.OWNER_WRITE,
              PosixFilePermission.OWNER_EXECUTE));

  private final KeyPair pair;

  private OwnKey(KeyPair pair) {
    this.pair = pair;
  }

  /** A new one. Its randomness is the JDK's own: a secret must not be one that can be repeated. */
  static OwnKey make() {
    try {
      return new OwnKey(KeyPairGenerator.getInstance(ALGORITHM).generateKeyPair());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has " + ALGORITHM, e);
    }
  }

  /**
   * Reads a file.
   *
   * @throws HostException if it is not there, is open to others, or is damaged
   */
  static OwnKey read(Path file) {
    try {
      requirePrivacy(file);
      if (Files.size(file) > MOST) {
        throw damaged(file, null);
      }
      String pem = Files.readString(file, StandardCharsets.ISO_8859_1);
      KeyFactory keys = KeyFactory.getInstance(ALGORITHM);
      PrivateKey secret = keys.generatePrivate(new PKCS8EncodedKeySpec(block(file, pem, PRIVATE)));
      PublicKey known = keys.generatePublic(new X509EncodedKeySpec(block(file, pem, PUBLIC)));
      OwnKey read = new OwnKey(new KeyPair(known, secret));
      if (!read.fits()) {
        throw damaged(file, null);
      }
      return read;
    } catch (IOException e) {
      throw new HostException(
          "the key in %s cannot be read: %s".formatted(file, HostException.reason(e)), e);
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      throw damaged(file, e);
    }
  }

  private static HostException damaged(Path file, Exception why) {
    return new HostException(
        file + " is damaged: expected a private and a public key of Ed25519 in PEM", why);
  }

  private static void requirePrivacy(Path file) throws IOException {
    try {
      Set<PosixFilePermission> open = EnumSet.copyOf(OTHERS);
      open.retainAll(Files.getPosixFilePermissions(file));
      if (!open.isEmpty()) {
        throw new HostException(
            "%s is open to other users of this host, who may have the key now; make a new one, or if nobody has: chmod 600 %s"
                .formatted(file, file));
      }
    } catch (UnsupportedOperationException e) {
      // This file system has no permissions.
    }
  }

  private static byte[] block(Path file, String pem, String label) {
    Matcher matcher =
        Pattern.compile("-----BEGIN %s-----([^-]*)-----END %s-----".formatted(label, label))
            .matcher(pem);
    if (!matcher.find()) {
      throw damaged(file, null);
    }
    return Base64.getMimeDecoder().decode(matcher.group(1));
  }

  /** Whether the two halves are of each other. */
  private boolean fits() throws GeneralSecurityException {
    byte[] message = {1};
    Signature check = Signature.getInstance(ALGORITHM);
    check.initVerify(pair.getPublic());
    check.update(message);
    return check.verify(sign(message));
  }

  /** The file's text. */
  String pem() {
    return block(PRIVATE, pair.getPrivate().getEncoded())
        + block(PUBLIC, pair.getPublic().getEncoded());
  }

  private static String block(String label, byte[] bytes) {
    String text = Base64.getMimeEncoder(LINE, new byte[] {'\n'}).encodeToString(bytes);
    return "-----BEGIN %s-----\n%s\n-----END %s-----\n".formatted(label, text, label);
  }

  PublicId id() {
    return PublicId.of(pair.getPublic());
  }

  PublicKey publicKey() {
    return pair.getPublic();
  }

  PrivateKey privateKey() {
    return pair.getPrivate();
  }

  /** minisign's signature of a file by it, of which only the BLAKE2b is needed. */
  Minisig minisig(byte[] digest, String comment) {
    try {
      byte[] signature = sign(digest);
      byte[] whole = sign(Minisig.both(signature, comment));
      return new Minisig(true, SignerId.of(id()).numberBytes(), signature, comment, whole);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has " + ALGORITHM, e);
    }
  }

  /** A signature by it (RFC 8032). */
  byte[] sign(byte[] message) throws GeneralSecurityException {
    Signature signature = Signature.getInstance(ALGORITHM);
    signature.initSign(pair.getPrivate());
    signature.update(message);
    return signature.sign();
  }
}
