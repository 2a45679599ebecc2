package atoll.image;

import atoll.host.HostException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.tukaani.xz.XZInputStream;

/**
 * A Debian archive somewhere on the network: its index and its packages.
 *
 * <p>Nothing is taken that does not lead back to a key: {@code InRelease} has a signature of one of
 * {@link ArchiveKeys}, the index has the digest that {@code InRelease} names, and a package the one
 * that the index names.
 */
final class DebianMirror {
  /** Debian 13. */
  static final String TRIXIE = "trixie";

  private static final String INDEX = "main/binary-riscv64/Packages.xz";

  /** Bytes that an index may unpack to; Debian's has some 60 million. */
  private static final long MOST_INDEX = 1L << 30;

  private final String suite;
  private final URI root;
  private final String keys;
  private final ReleaseFile release;
  private final Download download;

  private DebianMirror(
      String suite, URI root, ArchiveKeys keys, ReleaseFile release, Download download) {
    this.suite = suite;
    this.root = root;
    this.keys = String.join(" ", keys.fingerprints());
    this.release = release;
    this.download = download;
  }

  /**
   * The first of {@code candidates} that has a release for RISC-V, signed by one of {@code keys}.
   *
   * @param suite the release's code name
   * @param now for what ends at some time: keys and promises
   */
  static DebianMirror choose(
      String suite,
      List<URI> candidates,
      ArchiveKeys keys,
      HttpClient client,
      Download download,
      Instant now) {
    if (candidates.isEmpty()) {
      throw new RefusedException(
          "no Debian mirror is known, since this system has no APT sources; name one with --mirror URL or ATOLL_MIRROR=URL");
    }
    List<String> refusals = new ArrayList<>();
    for (URI candidate : candidates) {
      try {
        SignedText signed = signed(candidate.resolve("dists/" + suite + "/"), suite, client);
        keys.verify(signed, now);
        ReleaseFile release = ReleaseFile.read(signed.text());
        release.require(suite, now);
        if (release.files().containsKey(INDEX)) {
          return new DebianMirror(suite, candidate, keys, release, download);
        }
        refusals.add(candidate + ": no riscv64 in " + suite);
      } catch (IOException e) {
        refusals.add(candidate + ": " + HostException.reason(e));
      }
    }
    throw new RefusedException(
        "no mirror of Debian's %s can be used (%s); check the network or name a mirror with --mirror URL or ATOLL_MIRROR=URL"
            .formatted(suite, String.join("; ", refusals)));
  }

  /** What the suite's folder says of itself: in one file, or in a file and its signatures. */
  private static SignedText signed(URI folder, String suite, HttpClient client) throws IOException {
    Optional<byte[]> inRelease = WebClient.get(client, folder.resolve("InRelease"));
    if (inRelease.isPresent()) {
      return SignedText.clear(inRelease.get());
    }
    byte[] release =
        WebClient.get(client, folder.resolve("Release"))
            .orElseThrow(() -> new IOException("answers 404, so it has no " + suite));
    byte[] signatures =
        WebClient.get(client, folder.resolve("Release.gpg"))
            .orElseThrow(() ->
                new IOException("it is not signed: it has neither InRelease nor Release.gpg"));
    return SignedText.detached(release, signatures);
  }

  /** Where the archive is. */
  URI root() {
    return root;
  }

  /** The fingerprints of the keys that are trusted for it, with blanks between. */
  String keys() {
    return keys;
  }

  /** When the archive was in the state that is offered. */
  Instant date() {
    return release.date();
  }

  /**
   * Refuses to go back: an old state is as well signed as the newest, but may have faults that are
   * known by now.
   *
   * @param keys that were trusted the last time
   * @param released the state that was seen then
   * @param record where that is recorded
   */
  void refuseOlder(String keys, Instant released, Path record) {
    if (keys.equals(this.keys) && released.isAfter(date())) {
      throw new RefusedException(
          "%s offers the archive as of %s, older than the state of %s that the cache has been filled from; try again later, choose another mirror with --mirror, or remove %s to go back to that state"
              .formatted(root, date(), released, record));
    }
  }

  /** Fetches the index, through a file in {@code folder}. */
  PackagesIndex index(Path folder, Predicate<String> wanted) {
    Path file = folder.resolve("Packages.xz");
    fetchIndex(file);
    try (InputStream in =
        new BoundedStream(
            new XZInputStream(Files.newInputStream(file), DebArchive.XZ_MEMORY), MOST_INDEX)) {
      return PackagesIndex.read(in, wanted);
    } catch (IOException e) {
      throw new RefusedException(
          "cannot read %s (%s); start again".formatted(file, HostException.reason(e)), e);
    }
  }

  /** By the digest's name where the mirror has such names: those files do not change under us. */
  private void fetchIndex(Path file) {
    ReleaseFile.Listed index = release.files().get(INDEX);
    URI plain = root.resolve("dists/" + suite + "/" + INDEX);
    URI byHash = plain.resolve("by-hash/SHA256/" + index.sha256());
    URI from = download.length(byHash) >= 0 ? byHash : plain;
    download.fetch(from, file, index.size(), index.sha256());
  }

  /** Fetches a package's file into {@code folder}. */
  Path fetch(DebianPackage wanted, Path folder) {
    Path file = folder.resolve(wanted.fileName());
    fetch(wanted, file, download);
    return file;
  }

  /**
   * Fetches a package's file; several can be fetched at a time.
   *
   * @param progress told of this file alone
   */
  void fetch(DebianPackage wanted, Path to, Progress progress) {
    fetch(wanted, to, download.telling(progress));
  }

  private void fetch(DebianPackage wanted, Path to, Download by) {
    by.fetch(root.resolve(wanted.file()), to, wanted.size(), wanted.sha256());
  }
}
