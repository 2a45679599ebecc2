package atoll.nbd;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Certificates and private keys in PEM files (RFC 7468), as OpenSSL and GnuTLS write them; text
 * between the blocks is skipped.
 */
final class Pem {
  private static final Pattern BLOCK =
      Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----([^-]*)-----END \\1-----");
  private static final long MOST = 1 << 20;

  /** Of keys in PKCS #8, whose algorithm the key itself names. */
  private static final List<String> ALGORITHMS = List.of("RSA", "EC", "EdDSA", "RSASSA-PSS");

  private static final byte[] VERSION = {2, 1, 0};

  /** rsaEncryption and its empty parameters (RFC 8017, A.1). */
  private static final byte[] RSA = {
    0x30, 13, 6, 9, 0x2a, (byte) 0x86, 0x48, (byte) 0x86, (byte) 0xf7, 13, 1, 1, 1, 5, 0
  };

  /** ecPublicKey (RFC 5480, 2.1.1), without its parameters. */
  private static final byte[] EC = {6, 7, 0x2a, (byte) 0x86, 0x48, (byte) 0xce, 0x3d, 2, 1};

  private final Path file;
  private final List<Block> blocks = new ArrayList<>();

  private record Block(String label, String text) {}

  /** Reads a file. */
  Pem(Path file) throws IOException {
    this.file = file;
    if (Files.size(file) > MOST) {
      throw new IOException(file + " is too large for a file of TLS");
    }
    Matcher matcher = BLOCK.matcher(Files.readString(file, StandardCharsets.ISO_8859_1));
    while (matcher.find()) {
      blocks.add(new Block(matcher.group(1), matcher.group(2)));
    }
  }

  private byte[] decode(String text) throws IOException {
    if (text.contains("ENCRYPTED")) {
      throw encrypted();
    }
    try {
      return Base64.getMimeDecoder().decode(text);
    } catch (IllegalArgumentException e) {
      throw new IOException(file + " is not a PEM file: its base64 is damaged", e);
    }
  }

  private IOException encrypted() {
    return new IOException(
        "%s has an encrypted key; decrypt it: openssl pkey -in %s -out key.pem"
            .formatted(file, file));
  }

  /** All certificates, in their order. */
  X509Certificate[] certificates() throws IOException {
    List<X509Certificate> found = new ArrayList<>();
    for (Block block : blocks) {
      if (block.label.endsWith("CERTIFICATE")) {
        found.add(certificate(block));
      }
    }
    if (found.isEmpty()) {
      throw new IOException(file + " has no certificate, expected a PEM file with one");
    }
    return found.toArray(X509Certificate[]::new);
  }

  private X509Certificate certificate(Block block) throws IOException {
    try {
      return (X509Certificate)
          CertificateFactory.getInstance("X.509")
              .generateCertificate(new ByteArrayInputStream(decode(block.text)));
    } catch (CertificateException e) {
      throw new IOException(file + " has a damaged certificate", e);
    }
  }

  /** The first private key. */
  PrivateKey key() throws IOException {
    for (Block block : blocks) {
      switch (block.label) {
        case "PRIVATE KEY" -> {
          return key(decode(block.text));
        }
        case "RSA PRIVATE KEY" -> {
          return key(wrapped(RSA, decode(block.text)));
        }
        case "EC PRIVATE KEY" -> {
          byte[] own = decode(block.text);
          return key(wrapped(der(0x30, EC, curve(own)), own));
        }
        case "ENCRYPTED PRIVATE KEY" -> throw encrypted();
        default -> {}
      }
    }
    throw new IOException(file + " has no private key, expected a PEM file with one");
  }

  private PrivateKey key(byte[] pkcs8) throws IOException {
    GeneralSecurityException refused = null;
    for (String algorithm : ALGORITHMS) {
      try {
        return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
      } catch (GeneralSecurityException e) {
        refused = e;
      }
    }
    throw new IOException(
        file + " has a key of an unknown kind, expected RSA, EC, Ed25519 or Ed448", refused);
  }

  /** A key of an algorithm's own form in PKCS #8 (RFC 5208, 5). */
  private static byte[] wrapped(byte[] algorithm, byte[] key) {
    return der(0x30, VERSION, algorithm, der(4, key));
  }

  /**
   * The name of the curve in an ECPrivateKey (RFC 5915, 3): version, key, and then the parameters
   * with the tag [0].
   */
  private byte[] curve(byte[] key) throws IOException {
    int at = content(key, 0);
    for (int n = 0; n < 2; n++) {
      at = content(key, at) + length(key, at);
    }
    if (at >= key.length || (key[at] & 0xff) != 0xa0) {
      throw new IOException(
          "%s does not say the curve of its key; convert it: openssl pkey -in %s -out key.pem"
              .formatted(file, file));
    }
    int from = content(key, at);
    byte[] name = new byte[length(key, at)];
    System.arraycopy(key, from, name, 0, Math.min(name.length, key.length - from));
    return name;
  }

  private static int content(byte[] der, int at) {
    int first = at + 1 < der.length ? der[at + 1] : 0;
    return at + 2 + (first < 0 ? first & 0x7f : 0);
  }

  private static int length(byte[] der, int at) {
    int first = at + 1 < der.length ? der[at + 1] : 0;
    if (first >= 0) {
      return first;
    }
    int length = 0;
    for (int n = at + 2; n < Math.min(content(der, at), der.length); n++) {
      length = length << 8 | der[n] & 0xff;
    }
    return Math.clamp(length, 0, der.length);
  }

  private static byte[] der(int tag, byte[]... parts) {
    ByteArrayOutputStream content = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      content.writeBytes(part);
    }
    ByteArrayOutputStream whole = new ByteArrayOutputStream();
    whole.write(tag);
    int length = content.size();
    if (length >= 0x100) {
      whole.write(0x82); // Keys have less than 64 KiB.
      whole.write(length >>> 8);
    } else if (length >= 0x80) {
      whole.write(0x81);
    }
    whole.write(length);
    whole.writeBytes(content.toByteArray());
    return whole.toByteArray();
  }
}
