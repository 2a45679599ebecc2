package atoll.keys;

import atoll.host.HostException;
import atoll.image.RefusedException;
import atoll.image.Words;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A user's keys: those that are the user's own, each in a file that nobody else can read, and the
 * public ones of hosts that are trusted, a line each in the file {@code hosts}. Nothing of it is
 * kept in memory: what a user changes holds from the next connection on.
 */
public final class Keyring {
  /** The key by which other hosts know this one. */
  public static final String HOST = "host";

  private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9._-]{0,62}");
  private static final String SUFFIX = ".pem";

  private final Path folder;

  /**
   * @param folder the user's {@link atoll.image.UserFolder#CONFIG}; made when there is something to
   *     be kept in it
   */
  public Keyring(Path folder) {
    this.folder = folder;
  }

  private Path keys() {
    return folder.resolve("keys");
  }

  private Path file(String name) {
    return keys().resolve(requireName(name) + SUFFIX);
  }

  private NamedLines hosts() {
    return new NamedLines(
        folder.resolve("hosts"),
        "Hosts that may send virtual machines here and get them from here.",
        "a key");
  }

  static String requireName(String name) {
    if (!NAME.matcher(name).matches()) {
      throw new RefusedException(
          "'%s' is no name of a key; give up to 63 lower-case letters, digits, dots, hyphens and underscores"
              .formatted(name));
    }
    return name;
  }

  // ------------------------------------------------------------ the user's own

  /**
   * Makes a key.
   *
   * @throws RefusedException if there is one of that name: it is never replaced
   */
  public PublicId make(String name) {
    Path file = file(name);
    OwnKey made = OwnKey.make();
    try {
      Files.createDirectories(folder);
      if (!Files.isDirectory(keys())) {
        Path ignored = Files.createDirectory(keys(), NamedLines.mode(keys(), "rwx------"));
      }
      store(made.pem(), file);
      return made.id();
    } catch (FileAlreadyExistsException e) {
      throw new RefusedException(
          "there is a key '%s' already, in %s; it is kept, since others may know it"
              .formatted(name, file),
          e);
    } catch (IOException e) {
      throw new HostException(
          "the key cannot be kept in %s: %s".formatted(file, HostException.reason(e)), e);
    }
  }

  /** Gives a file its name when it is whole, unless the name is taken. */
  private void store(String text, Path file) throws IOException {
    Path whole = Files.createTempFile(keys(), ".new", "", NamedLines.mode(keys(), "rw-------"));
    try {
      Files.writeString(whole, text, StandardCharsets.US_ASCII);
      try {
        Path ignored = Files.createLink(file, whole);
      } catch (UnsupportedOperationException e) {
        Path ignored = Files.move(whole, file);
      }
    } finally {
      boolean ignored = Files.deleteIfExists(whole);
    }
  }

  /**
   * The public half of a key.
   *
   * @throws RefusedException if there is none of that name
   */
  public PublicId show(String name) {
    return own(name).id();
  }

  private OwnKey own(String name) {
    Path file = file(name);
    if (!Files.exists(file)) {
      throw new RefusedException(
          "there is no key '%s' yet; make it with: atoll keys new%s"
              .formatted(name, name.equals(HOST) ? "" : " " + name));
    }
    return OwnKey.read(file);
  }

  /** The public halves of all keys, by name. */
  public Map<String, PublicId> own() {
    Map<String, PublicId> found = new TreeMap<>();
    if (!Files.isDirectory(keys())) {
      return found;
    }
    try (Stream<Path> files = Files.list(keys())) {
      files
          .map(file -> file.getFileName().toString())
          .filter(file -> file.endsWith(SUFFIX))
          .map(file -> file.substring(0, file.length() - SUFFIX.length()))
          .filter(name -> NAME.matcher(name).matches())
          .forEach(name -> found.put(name, show(name)));
      return found;
    } catch (IOException e) {
      throw new HostException(
          "the keys in %s cannot be listed: %s".formatted(keys(), HostException.reason(e)), e);
    }
  }

  // ------------------------------------------------------------ other hosts

  /**
   * Trusts the host that has a key.
   *
   * @param name by which the user knows it
   * @throws RefusedException if another key is trusted by that name, or the key by another name
   */
  public void trust(String name, PublicId key) {
    hosts().change(() -> add(name, key));
  }

  private void add(String name, PublicId key) {
    String wanted = requireName(name);
    Map<String, PublicId> known = trusted();
    if (known.containsKey(wanted) && !known.get(wanted).equals(key)) {
      throw new RefusedException(
          "another key is trusted as '%s': %s; if that host has a new one: atoll keys forget %s"
              .formatted(wanted, known.get(wanted), wanted));
    }
    Optional<String> otherwise = name(key).filter(other -> !other.equals(wanted));
    if (otherwise.isPresent()) {
      throw new RefusedException("this key is trusted as '%s' already".formatted(otherwise.get()));
    }
    known.put(wanted, key);
    hosts().write(known);
  }

  /**
   * Trusts a host no longer.
   *
   * @throws RefusedException if none is trusted by that name
   */
  public void forget(String name) {
    hosts().change(() -> remove(name));
  }

  private void remove(String name) {
    Map<String, PublicId> known = trusted();
    if (known.remove(name) == null) {
      throw new RefusedException(
          known.isEmpty()
              ? "no host is trusted here, '%s' neither".formatted(name)
              : "no host is trusted as '%s'%s"
                  .formatted(name, Words.nearestOf(name, known.keySet())));
    }
    hosts().write(known);
  }

  /** The hosts that are trusted, by name, in the order of the file. */
  public Map<String, PublicId> trusted() {
    Map<String, PublicId> known = new LinkedHashMap<>();
    hosts().read((name, key) -> known.put(requireName(name), new PublicId(key)));
    return known;
  }

  /**
   * By which name the host that has a key is trusted; this host itself is, as whoever has its key
   * can read all that its user has here.
   */
  Optional<String> name(PublicId key) {
    for (Map.Entry<String, PublicId> host : trusted().entrySet()) {
      if (host.getValue().equals(key)) {
        return Optional.of(host.getKey());
      }
    }
    return Files.exists(file(HOST)) && show(HOST).equals(key)
        ? Optional.of("this host")
        : Optional.empty();
  }

  // ------------------------------------------------------------ signatures

  /** Whose signatures of files are believed here, and how new what they signed has been. */
  public SignerList signers() {
    return signers(SignerRole.SIGNER);
  }

  /** Whose signatures are believed here, for what they count. */
  public SignerList signers(SignerRole role) {
    return new SignerList(folder, role);
  }

  /**
   * Signs with a key of the user's own.
   *
   * @param name of the key
   * @param comment signed too: one line
   * @return the text of a file that minisign verifies
   * @throws RefusedException if there is no such key
   */
  public String sign(String name, byte[] bytes, String comment) {
    return own(name).minisig(Blake2b.of(bytes), comment).text();
  }

  /** The same for a file of any size. */
  public String sign(String name, Path file, String comment) {
    OwnKey key = own(name);
    try (InputStream in = Files.newInputStream(file)) {
      return key.minisig(Blake2b.of(in), comment).text();
    } catch (IOException e) {
      throw new HostException("%s cannot be read: %s".formatted(file, HostException.reason(e)), e);
    }
  }

  /**
   * TLS between this host and those that are trusted.
   *
   * @throws RefusedException if this host has no key yet
   */
  public HostTls tls() {
    return new HostTls(own(HOST), this, Optional.empty());
  }

  /**
   * TLS between this host and one other end.
   *
   * @param peer its key, or the name by which that is trusted
   * @throws RefusedException if this host has no key yet, or there is none of that name
   */
  public HostTls tls(String peer) {
    return new HostTls(own(HOST), this, Optional.of(key(peer)));
  }

  private PublicId key(String peer) {
    if (peer.startsWith("ed25519:")) {
      return new PublicId(peer);
    }
    Map<String, PublicId> known = trusted();
    if (!known.containsKey(peer)) {
      throw new RefusedException(
          "no host is trusted as '%s'%s; with the key that it shows: atoll keys trust %s KEY"
              .formatted(peer, Words.nearestOf(peer, known.keySet()), peer));
    }
    return known.get(peer);
  }
}
