package atoll.image;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Date;
import java.util.HexFormat;
import org.bouncycastle.bcpg.ArmoredOutputStream;
import org.bouncycastle.bcpg.HashAlgorithmTags;
import org.bouncycastle.bcpg.PublicKeyPacket;
import org.bouncycastle.bcpg.sig.KeyFlags;
import org.bouncycastle.openpgp.PGPException;
import org.bouncycastle.openpgp.PGPKeyPair;
import org.bouncycastle.openpgp.PGPKeyRingGenerator;
import org.bouncycastle.openpgp.PGPPublicKey;
import org.bouncycastle.openpgp.PGPPublicKeyRing;
import org.bouncycastle.openpgp.PGPSignature;
import org.bouncycastle.openpgp.PGPSignatureGenerator;
import org.bouncycastle.openpgp.PGPSignatureSubpacketGenerator;
import org.bouncycastle.openpgp.PGPSignatureSubpacketVector;
import org.bouncycastle.openpgp.operator.bc.BcPGPContentSignerBuilder;
import org.bouncycastle.openpgp.operator.bc.BcPGPKeyPairGeneratorProvider;

/** The key of an archive, built as those of Debian's: a primary key, and a subkey that signs. */
final class TestArchiveKey {
  /** When every key is made. */
  static final Instant MADE = Instant.parse("2025-01-01T00:00:00Z");

  private final PGPKeyPair primary = pair();
  private final PGPKeyPair subkey = pair();
  private PGPPublicKeyRing ring;

  /** Valid for ever. */
  TestArchiveKey() {
    this(0, 0);
  }

  /** Valid for so many seconds, or for ever if that is 0. */
  TestArchiveKey(long primarySeconds, long subkeySeconds) {
    try {
      PGPKeyRingGenerator generator =
          new PGPKeyRingGenerator(
              PGPSignature.POSITIVE_CERTIFICATION,
              primary,
              "An archive <archive@example.org>",
              null,
              properties(KeyFlags.CERTIFY_OTHER | KeyFlags.SIGN_DATA, primarySeconds),
              null,
              signer(primary, HashAlgorithmTags.SHA512),
              null);
      PGPSignatureSubpacketGenerator binding =
          new PGPSignatureSubpacketGenerator(properties(KeyFlags.SIGN_DATA, subkeySeconds));
      binding.addEmbeddedSignature(false, consent());
      generator.addSubKey(subkey, binding.generate(), null);
      ring = generator.generatePublicKeyRing();
    } catch (PGPException | IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** By which the subkey says that it belongs to the primary key. */
  private PGPSignature consent() throws PGPException {
    PGPSignatureGenerator generator =
        new PGPSignatureGenerator(signer(subkey, HashAlgorithmTags.SHA512), subkey.getPublicKey());
    generator.init(PGPSignature.PRIMARYKEY_BINDING, subkey.getPrivateKey());
    PGPSignatureSubpacketGenerator properties = new PGPSignatureSubpacketGenerator();
    properties.setSignatureCreationTime(Date.from(MADE));
    generator.setHashedSubpackets(properties.generate());
    return generator.generateCertification(primary.getPublicKey(), subkey.getPublicKey());
  }

  private static PGPKeyPair pair() {
    try {
      return new BcPGPKeyPairGeneratorProvider()
          .get(PublicKeyPacket.VERSION_4, Date.from(MADE))
          .generateLegacyEd25519KeyPair();
    } catch (PGPException e) {
      throw new IllegalStateException(e);
    }
  }

  private static PGPSignatureSubpacketVector properties(int flags, long seconds) {
    PGPSignatureSubpacketGenerator properties = new PGPSignatureSubpacketGenerator();
    properties.setSignatureCreationTime(Date.from(MADE));
    properties.setKeyFlags(flags);
    if (seconds > 0) {
      properties.setKeyExpirationTime(seconds);
    }
    return properties.generate();
  }

  private static BcPGPContentSignerBuilder signer(PGPKeyPair pair, int digest) {
    return new BcPGPContentSignerBuilder(pair.getPublicKey().getAlgorithm(), digest);
  }

  String fingerprint() {
    return HexFormat.of().withUpperCase().formatHex(primary.getPublicKey().getFingerprint());
  }

  String subkeyFingerprint() {
    return HexFormat.of().withUpperCase().formatHex(subkey.getPublicKey().getFingerprint());
  }

  /** Takes the primary key, or the subkey, back. */
  TestArchiveKey revoke(boolean whole) throws PGPException {
    PGPSignatureGenerator generator =
        new PGPSignatureGenerator(
            signer(primary, HashAlgorithmTags.SHA512), primary.getPublicKey());
    generator.init(
        whole ? PGPSignature.KEY_REVOCATION : PGPSignature.SUBKEY_REVOCATION,
        primary.getPrivateKey());
    PGPPublicKey key =
        ring.getPublicKey((whole ? primary : subkey).getPublicKey().getKeyIdentifier());
    PGPSignature revocation =
        whole
            ? generator.generateCertification(key)
            : generator.generateCertification(ring.getPublicKey(), key);
    ring = PGPPublicKeyRing.insertPublicKey(ring, PGPPublicKey.addCertification(key, revocation));
    return this;
  }

  /** Puts the subkey of another archive among its own, without the signature that would bind it. */
  TestArchiveKey claim(TestArchiveKey other) throws PGPException {
    PGPPublicKey stranger = other.ring.getPublicKey(other.subkey.getPublicKey().getKeyIdentifier());
    ring = PGPPublicKeyRing.insertPublicKey(ring, stranger);
    return this;
  }

  /** What the archive gives out. */
  byte[] armoured() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ArmoredOutputStream armour = new ArmoredOutputStream(bytes)) {
      ring.encode(armour);
    }
    return bytes.toByteArray();
  }

  byte[] binary() throws IOException {
    return ring.getEncoded();
  }

  /** A signature by the subkey, without armour. */
  byte[] signature(String text) {
    return signature(subkey, PGPSignature.CANONICAL_TEXT_DOCUMENT, HashAlgorithmTags.SHA256, text);
  }

  byte[] signatureOfPrimary(String text) {
    return signature(primary, PGPSignature.CANONICAL_TEXT_DOCUMENT, HashAlgorithmTags.SHA256, text);
  }

  byte[] signature(int type, int digest, String text) {
    return signature(subkey, type, digest, text);
  }

  private static byte[] signature(PGPKeyPair pair, int type, int digest, String text) {
    try {
      PGPSignatureGenerator generator =
          new PGPSignatureGenerator(signer(pair, digest), pair.getPublicKey());
      generator.init(type, pair.getPrivateKey());
      PGPSignatureSubpacketGenerator properties = new PGPSignatureSubpacketGenerator();
      properties.setSignatureCreationTime(Date.from(MADE));
      properties.setIssuerFingerprint(false, pair.getPublicKey());
      generator.setHashedSubpackets(properties.generate());
      generator.update(text.getBytes(StandardCharsets.UTF_8));
      return generator.generate().getEncoded();
    } catch (PGPException | IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Signatures as a file. */
  static byte[] armoured(byte[]... signatures) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ArmoredOutputStream armour = new ArmoredOutputStream(bytes)) {
      for (byte[] signature : signatures) {
        armour.write(signature);
      }
    }
    return bytes.toByteArray();
  }

  /** A text, without a line feed at its end, with signatures around it. */
  static byte[] inRelease(String text, byte[]... signatures) throws IOException {
    String escaped = text.replaceAll("(?m)^-", "- -");
    return ("-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n"
            + escaped
            + "\n"
            + new String(armoured(signatures), StandardCharsets.US_ASCII))
        .getBytes(StandardCharsets.UTF_8);
  }

  byte[] inRelease(String text) throws IOException {
    return inRelease(text, signature(text));
  }
}
