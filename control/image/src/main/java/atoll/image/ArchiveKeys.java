package atoll.image;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Date;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import org.bouncycastle.bcpg.ArmoredInputStream;
import org.bouncycastle.bcpg.KeyIdentifier;
import org.bouncycastle.openpgp.PGPException;
import org.bouncycastle.openpgp.PGPPublicKey;
import org.bouncycastle.openpgp.PGPSignature;
import org.bouncycastle.openpgp.PGPSignatureList;
import org.bouncycastle.openpgp.api.OpenPGPCertificate;
import org.bouncycastle.openpgp.api.OpenPGPCertificate.OpenPGPComponentKey;
import org.bouncycastle.openpgp.api.OpenPGPKeyReader;
import org.bouncycastle.openpgp.api.OpenPGPSignature.OpenPGPDocumentSignature;
import org.bouncycastle.openpgp.api.bc.BcOpenPGPImplementation;
import org.bouncycastle.openpgp.bc.BcPGPObjectFactory;
import org.bouncycastle.openpgp.operator.bc.BcPGPContentVerifierBuilderProvider;

/**
 * The OpenPGP keys that an archive may be signed with. The only class that uses Bouncy Castle, and
 * loaded only for a fetch.
 */
final class ArchiveKeys {
  static {
    // Bouncy Castle is on the class path: as modules, its jars would cost every start 20 ms.
    ArchiveKeys.class.getModule().addReads(ArchiveKeys.class.getClassLoader().getUnnamedModule());
  }

  /** As in Debian's package debian-archive-keyring; fingerprints are in docs/linux-guest.md. */
  private static final List<String> DEBIAN =
      List.of(
          "debian-archive-trixie-automatic.asc",
          "debian-archive-trixie-stable.asc",
          "debian-archive-bookworm-automatic.asc");

  /** Debian's archive has three; each of them costs a pass over the text. */
  private static final int MOST_SIGNATURES = 16;

  private static final BcOpenPGPImplementation OPEN_PGP = new BcOpenPGPImplementation();

  private final String owner;
  private final List<OpenPGPCertificate> certificates;

  private ArchiveKeys(String owner, List<OpenPGPCertificate> certificates) {
    this.owner = owner;
    this.certificates = certificates;
  }

  /** Debian's. */
  static ArchiveKeys debian() {
    List<OpenPGPCertificate> all = new ArrayList<>();
    for (String name : DEBIAN) {
      try (InputStream in = ArchiveKeys.class.getResourceAsStream(name)) {
        all.addAll(read(in.readAllBytes()));
      } catch (IOException e) {
        throw new IllegalStateException("this build of Atoll lacks " + name, e);
      }
    }
    return new ArchiveKeys("Debian", all);
  }

  /** Those of a private mirror, in ASCII armour or binary. */
  static ArchiveKeys of(Path file) {
    List<OpenPGPCertificate> all;
    try {
      all = read(Files.readAllBytes(file));
    } catch (IOException e) {
      throw new RefusedException(
          "cannot read the mirror's key in %s (%s); name a file of OpenPGP public keys with --mirror-key FILE or ATOLL_MIRROR_KEY=FILE"
              .formatted(file, e),
          e);
    }
    if (all.isEmpty()) {
      throw new RefusedException(
          "there is no OpenPGP public key in %s; name the file with the mirror's key with --mirror-key FILE or ATOLL_MIRROR_KEY=FILE"
              .formatted(file));
    }
    return new ArchiveKeys(file.toString(), all);
  }

  private static List<OpenPGPCertificate> read(byte[] keys) throws IOException {
    try {
      return new OpenPGPKeyReader(OPEN_PGP).parseCertificates(keys);
    } catch (RuntimeException e) {
      throw new IOException(e.getMessage(), e); // How Bouncy Castle says that a packet is broken.
    }
  }

  /** The fingerprints of the primary keys, which tell these keys from others. */
  List<String> fingerprints() {
    return certificates.stream()
        .map(certificate -> HexFormat.of().withUpperCase().formatHex(certificate.getFingerprint()))
        .sorted()
        .toList();
  }

  /**
   * Makes sure that one of these keys, at its best, has signed the text.
   *
   * @throws IOException if not; the message says what is wrong with each signature
   */
  void verify(SignedText signed, Instant now) throws IOException {
    byte[] text = signed.text().getBytes(StandardCharsets.ISO_8859_1);
    List<Fault> faults = new ArrayList<>();
    try {
      for (PGPSignature signature : signatures(signed.signatures())) {
        Optional<Fault> fault = fault(signature, text, Date.from(now));
        if (fault.isEmpty()) {
          return;
        }
        faults.add(fault.get());
      }
    } catch (PGPException | RuntimeException e) {
      // Bouncy Castle's ways to say that a packet is broken.
      throw new IOException("its signature cannot be read: " + e.getMessage(), e);
    }
    throw new IOException(refusal(faults));
  }

  private static List<PGPSignature> signatures(String armour) throws IOException {
    byte[] bytes = armour.getBytes(StandardCharsets.ISO_8859_1);
    Object first =
        new BcPGPObjectFactory(new ArmoredInputStream(new ByteArrayInputStream(bytes)))
            .nextObject();
    List<PGPSignature> all = new ArrayList<>();
    if (first instanceof PGPSignatureList list) {
      list.forEach(all::add);
    }
    return all.subList(0, Math.min(all.size(), MOST_SIGNATURES));
  }

  /** What can be wrong with a signature, the most telling first. */
  private enum Problem {
    CHANGED,
    REVOKED,
    EXPIRED,
    UNFIT,
    UNKNOWN
  }

  private record Fault(Problem problem, String text) implements Comparable<Fault> {
    @Override
    public int compareTo(Fault other) {
      return problem.compareTo(other.problem);
    }
  }

  private Optional<Fault> fault(PGPSignature signature, byte[] text, Date now) throws PGPException {
    Optional<OpenPGPComponentKey> known = key(signature);
    if (known.isEmpty()) {
      return Optional.of(new Fault(Problem.UNKNOWN, issuer(signature)));
    }
    OpenPGPComponentKey key = known.get();
    String name = fingerprint(key);
    OpenPGPDocumentSignature document = new OpenPGPDocumentSignature(signature, key);
    signature.init(new BcPGPContentVerifierBuilderProvider(), key.getPGPPublicKey());
    signature.update(text);
    if (!isOfText(signature) || !document.verify()) {
      return Optional.of(
          new Fault(
              Problem.CHANGED,
              "what it offers is not what was signed: the signature of key %s does not fit"
                  .formatted(name)));
    }
    return standing(key, name, now).or(() -> unfit(document, name, now));
  }

  private Optional<OpenPGPComponentKey> key(PGPSignature signature) {
    List<KeyIdentifier> names = signature.getKeyIdentifiers();
    return certificates.stream()
        .flatMap(certificate -> certificate.getKeys().stream())
        .filter(key -> names.stream().anyMatch(key.getKeyIdentifier()::matchesExplicit))
        .findFirst();
  }

  /** Other kinds are over keys, and such a signature could be passed off as one of a text. */
  private static boolean isOfText(PGPSignature signature) {
    int type = signature.getSignatureType();
    return type == PGPSignature.BINARY_DOCUMENT || type == PGPSignature.CANONICAL_TEXT_DOCUMENT;
  }

  private static Optional<Fault> standing(OpenPGPComponentKey key, String name, Date now) {
    PGPPublicKey primary = key.getCertificate().getPrimaryKey().getPGPPublicKey();
    for (PGPPublicKey one : List.of(key.getPGPPublicKey(), primary)) {
      if (one.hasRevocation()) {
        return Optional.of(
            new Fault(
                Problem.REVOKED, "key %s, which signed it, has been revoked".formatted(name)));
      }
      // Bouncy Castle's certificates do not see the end of a key that also has a revoker.
      Instant end = one.getCreationTime().toInstant().plusSeconds(one.getValidSeconds());
      if (one.getValidSeconds() != 0 && !now.toInstant().isBefore(end)) {
        return Optional.of(
            new Fault(
                Problem.EXPIRED,
                "key %s, which signed it, has expired on %s; a newer version of Atoll may know the key that follows it"
                    .formatted(name, end)));
      }
    }
    return Optional.empty();
  }

  /**
   * By the rest of Bouncy Castle's rules: bound to its primary key, for signing, no weak digest.
   */
  private static Optional<Fault> unfit(OpenPGPDocumentSignature signature, String name, Date now) {
    String reason = "it is not valid for signing now";
    try {
      Date end = signature.getExpirationTime();
      if (end != null && !now.toInstant().isBefore(end.toInstant())) {
        reason = "the signature has expired on " + end.toInstant();
      } else if (signature.isValidAt(now, OPEN_PGP.policy())) {
        return Optional.empty();
      }
    } catch (PGPException e) {
      reason = e.getMessage();
    }
    return Optional.of(
        new Fault(
            Problem.UNFIT, "the signature of key %s is not accepted (%s)".formatted(name, reason)));
  }

  private String refusal(List<Fault> faults) {
    if (faults.isEmpty()) {
      return "it is not signed";
    }
    Fault worst = Collections.min(faults);
    if (worst.problem() != Problem.UNKNOWN) {
      return worst.text();
    }
    return "none of the keys that signed it is one of %s (%s); a mirror with a key of its own needs --mirror-key FILE or ATOLL_MIRROR_KEY=FILE"
        .formatted(
            owner.equals("Debian") ? "Debian's" : "those in " + owner,
            faults.stream().map(Fault::text).collect(Collectors.joining(", ")));
  }

  private static String fingerprint(OpenPGPComponentKey key) {
    return HexFormat.of().withUpperCase().formatHex(key.getKeyIdentifier().getFingerprint());
  }

  private static String issuer(PGPSignature signature) {
    return signature.getKeyIdentifiers().stream()
        .map(key ->
            key.getFingerprint() == null
                ? "%016X".formatted(key.getKeyId())
                : HexFormat.of().withUpperCase().formatHex(key.getFingerprint()))
        .max((a, b) -> a.length() - b.length())
        .orElse("one without a name")
        .toUpperCase(Locale.ROOT);
  }
}
