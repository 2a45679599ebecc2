package atoll.keys;

import atoll.host.HostException;
import atoll.image.RefusedException;
import atoll.image.Words;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Whose signatures a user believes, in a file for each {@link SignerRole}, and how new the newest
 * is of the systems that they signed, in the file {@code versions}. Nothing of it is kept in
 * memory.
 */
public final class SignerList {
  private static final int LONGEST_UNHASHED = 64 << 20;

  private final SignerRole role;
  private final NamedLines signers;
  private final NamedLines versions;

  /**
   * @param role what the signatures count for
   */
  SignerList(Path folder, SignerRole role) {
    this.role = role;
    signers = new NamedLines(folder.resolve(role.file()), role.title(), "a key");
    versions =
        new NamedLines(
            folder.resolve("versions"),
            "The newest version of each signed system that has run here; no older one does.",
            "a version");
  }

  /**
   * A signature that was found right.
   *
   * @param signer the name by which the signer is trusted
   * @param number of the key, as minisign prints it
   * @param comment signed too
   */
  public record Signed(String signer, String number, String comment) {}

  /** All, by the user's names for them. */
  public Map<String, SignerId> all() {
    Map<String, SignerId> all = new LinkedHashMap<>();
    signers.read((name, key) -> all.put(Keyring.requireName(name), SignerId.parse(key)));
    return all;
  }

  /**
   * Believes a signer.
   *
   * @throws RefusedException if another is believed by that name, or has the same number
   */
  public void trust(String name, SignerId key) {
    signers.change(() -> add(name, key));
  }

  private void add(String name, SignerId key) {
    Map<String, SignerId> all = all();
    SignerId known = all.get(Keyring.requireName(name));
    if (known != null && !known.equals(key)) {
      throw new RefusedException(
          "another %s is trusted as '%s': %s; if it has a new key: atoll keys forget --%s %s"
              .formatted(role.word(), name, known, role.word(), name));
    }
    all.forEach((other, its) -> {
      if (its.number().equals(key.number()) && !other.equals(name)) {
        throw new RefusedException(
            "the %s with the number %s is trusted as '%s' already"
                .formatted(role.word(), key.number(), other));
      }
    });
    all.put(name, key);
    signers.write(all);
  }

  /**
   * Believes a signer no longer.
   *
   * @throws RefusedException if none has that name
   */
  public void forget(String name) {
    signers.change(() -> remove(name));
  }

  private void remove(String name) {
    Map<String, SignerId> all = all();
    if (all.remove(name) == null) {
      throw new RefusedException(
          all.isEmpty()
              ? "no %s is trusted here, '%s' neither".formatted(role.word(), name)
              : "no %s is trusted as '%s'%s"
                  .formatted(role.word(), name, Words.nearestOf(name, all.keySet())));
    }
    signers.write(all);
  }

  // ------------------------------------------------------------ signatures

  /** Where the signature of a file is. */
  public static Path signatureOf(Path file) {
    return file.resolveSibling(file.getFileName() + Minisig.SUFFIX);
  }

  /**
   * Verifies a file by the signature beside it.
   *
   * @param bytes all that the file has
   * @param only the name of the signer who must have signed it, or anyone who is trusted
   * @throws RefusedException if that is not there or not right, or nobody's who is believed
   */
  public Signed verify(Path file, byte[] bytes, Optional<String> only) {
    Path beside = signatureOf(file);
    Minisig signature = Minisig.parse(beside.toString(), read(file, beside));
    return verify(file, signature, signature.hashed() ? Blake2b.of(bytes) : bytes, only);
  }

  /**
   * Verifies a copy of a file by the signature beside the file.
   *
   * @param copy what is verified; nobody else can change it
   * @throws RefusedException as above
   */
  public Signed verifyCopy(Path file, Path copy, Optional<String> only) {
    Path beside = signatureOf(file);
    Minisig signature = Minisig.parse(beside.toString(), read(file, beside));
    try (InputStream in = Files.newInputStream(copy)) {
      return verify(
          file, signature, signature.hashed() ? Blake2b.of(in) : unhashed(file, in), only);
    } catch (IOException e) {
      throw new HostException("%s cannot be read: %s".formatted(copy, HostException.reason(e)), e);
    }
  }

  /** A signature that is not of a digest needs all bytes at once. */
  private static byte[] unhashed(Path file, InputStream in) throws IOException {
    byte[] bytes = in.readNBytes(LONGEST_UNHASHED + 1);
    if (bytes.length > LONGEST_UNHASHED) {
      throw new RefusedException(
          "%s is too large for its signature, which is not of a digest; sign it by 'minisign -S -H'"
              .formatted(file));
    }
    return bytes;
  }

  private Signed verify(Path file, Minisig signature, byte[] message, Optional<String> only) {
    Path beside = signatureOf(file);
    Map.Entry<String, SignerId> signer = signer(beside, signature, only);
    SignerId key = signer.getValue();
    if (!key.signed(message, signature.signature())) {
      throw new RefusedException(
          "%s is not what %s signed: %s is the signature of other bytes"
              .formatted(file, signer.getKey(), beside));
    }
    if (!key.signed(Minisig.both(signature.signature(), signature.comment()), signature.whole())) {
      throw new RefusedException(
          "%s is damaged: its trusted comment is not what %s signed"
              .formatted(beside, signer.getKey()));
    }
    return new Signed(signer.getKey(), key.number(), signature.comment());
  }

  private Map.Entry<String, SignerId> signer(
      Path beside, Minisig signature, Optional<String> only) {
    Map<String, SignerId> all = all();
    only.filter(name -> !all.containsKey(name))
        .ifPresent(name -> {
          throw new RefusedException(
              "no %s is trusted as '%s'; trust it with: atoll keys trust --%s %s KEY"
                  .formatted(role.word(), name, role.word(), name));
        });
    return all.entrySet().stream()
        .filter(each -> only.map(each.getKey()::equals).orElse(true))
        .filter(each -> each.getValue().isOf(signature))
        .findFirst()
        .orElseThrow(() ->
            new RefusedException(
                "%s is by a key with the number %s, which is not that of %s"
                    .formatted(beside, number(signature), only.orElseGet(() -> among(all)))));
  }

  private String among(Map<String, SignerId> all) {
    return all.isEmpty()
        ? "any %1$s who is trusted here: nobody is; trust one with: atoll keys trust --%1$s NAME KEY"
            .formatted(role.word())
        : "any %s who is trusted here (%s)".formatted(role.word(), String.join(", ", all.keySet()));
  }

  private static String number(Minisig signature) {
    StringBuilder text = new StringBuilder();
    byte[] number = signature.signer();
    for (int n = number.length - 1; n >= 0; n--) {
      text.append("%02X".formatted(number[n] & 0xff));
    }
    return text.toString();
  }

  private static String read(Path file, Path beside) {
    try (InputStream in = Files.newInputStream(beside)) {
      byte[] bytes = in.readNBytes(Minisig.LONGEST + 1);
      if (bytes.length > Minisig.LONGEST) {
        throw new RefusedException(beside + " is too long for a signature of minisign's");
      }
      return new String(bytes, StandardCharsets.UTF_8);
    } catch (NoSuchFileException e) {
      throw new RefusedException(
          "%s is not signed: there is no %s".formatted(file, beside.getFileName()), e);
    } catch (IOException e) {
      throw new RefusedException(
          "%s cannot be read: %s".formatted(beside, HostException.reason(e)), e);
    }
  }

  // ------------------------------------------------------------ versions

  /** The newest version of each signed system that has run here. */
  public Map<String, Long> versions() {
    Map<String, Long> all = new LinkedHashMap<>();
    versions.read((name, version) -> all.put(name, number(version)));
    return all;
  }

  private static long number(String text) {
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw new RefusedException("'%s' is no version, expected a number".formatted(text), e);
    }
  }

  /** Notes that a version has run, if it is the newest so far. */
  public void raise(String system, long version) {
    if (versions().getOrDefault(system, -1L) < version) {
      versions.change(() -> note(system, version));
    }
  }

  private void note(String system, long version) {
    Map<String, Long> all = versions();
    if (all.getOrDefault(system, -1L) < version) {
      all.put(system, version);
      versions.write(all);
    }
  }

  /**
   * Forgets which version has run: any may be the next.
   *
   * @throws RefusedException if nothing is known of that system
   */
  public void reset(String system) {
    versions.change(() -> drop(system));
  }

  private void drop(String system) {
    Map<String, Long> all = versions();
    if (all.remove(system) == null) {
      throw new RefusedException(
          "no version of '%s' is noted here%s"
              .formatted(system, all.isEmpty() ? "" : Words.nearestOf(system, all.keySet())));
    }
    versions.write(all);
  }
}
