package atoll.manager;

import atoll.host.HostException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.tukaani.xz.XZInputStream;

/**
 * A Debian archive somewhere on the network: its index and its packages.
 *
 * <p>The index is checked against the digest in the archive's {@code InRelease} file where the
 * archive offers that, and packages always against the index. The signature of {@code InRelease} is
 * not checked, so the chain is as trustworthy as the connection to the mirror.
 */
final class DebianMirror {
  /** Debian 13. */
  static final String SUITE = "trixie";

  private static final String INDEX = "main/binary-riscv64/Packages.xz";

  /** Bytes that an index may unpack to; Debian's has some 60 million. */
  private static final long MOST_INDEX = 1L << 30;

  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final URI root;
  private final String release;
  private final Download download;

  private DebianMirror(URI root, String release, Download download) {
    this.root = root;
    this.release = release;
    this.download = download;
  }

  /** The first of {@code candidates} that has the suite for RISC-V. */
  static DebianMirror choose(List<URI> candidates, HttpClient client, Download download) {
    if (candidates.isEmpty()) {
      throw new ManagerException(
          "no Debian mirror is known, since this system has no APT sources; name one with --mirror URL or ATOLL_MIRROR=URL");
    }
    List<String> refusals = new ArrayList<>();
    for (URI candidate : candidates) {
      try {
        String release = get(candidate.resolve("dists/" + SUITE + "/InRelease"), client);
        if (digestLine(release).isPresent()) {
          return new DebianMirror(candidate, release, download);
        }
        refusals.add(candidate + ": no riscv64 in " + SUITE);
      } catch (IOException e) {
        refusals.add(candidate + ": " + HostException.reason(e));
      }
    }
    throw new ManagerException(
        "no mirror of Debian's %s answers (%s); check the network or name a mirror with --mirror URL or ATOLL_MIRROR=URL"
            .formatted(SUITE, String.join("; ", refusals)));
  }

  private static String get(URI uri, HttpClient client) throws IOException {
    try {
      HttpResponse<String> response =
          client.send(
              HttpRequest.newBuilder(uri).timeout(PATIENCE).build(), BodyHandlers.ofString());
      if (response.statusCode() != 200) {
        throw new IOException("answers " + response.statusCode());
      }
      return response.body();
    } catch (java.net.ConnectException e) {
      throw new IOException("cannot be reached", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  /** The line of the SHA256 section that is about our index: digest, size, name. */
  private static Optional<Matcher> digestLine(String release) {
    Matcher matcher =
        Pattern.compile("(?m)^ ([0-9a-f]{64}) +(\\d{1,15}) " + Pattern.quote(INDEX) + "$")
            .matcher(release);
    return matcher.find() ? Optional.of(matcher) : Optional.empty();
  }

  /** Where the archive is. */
  URI root() {
    return root;
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
      throw new ManagerException(
          "cannot read %s (%s); start again".formatted(file, HostException.reason(e)), e);
    }
  }

  /**
   * By the digest's name, which cannot change under us. A mirror without such names may serve an
   * index that is older or newer than its {@code InRelease}; nothing is lost by taking it, since
   * {@code InRelease} itself is not authenticated and the file carries its own checksums.
   */
  private void fetchIndex(Path file) {
    Matcher line = digestLine(release).orElseThrow();
    String digest = line.group(1);
    URI plain = root.resolve("dists/" + SUITE + "/" + INDEX);
    URI byHash = plain.resolve("by-hash/SHA256/" + digest);
    if (download.length(byHash) >= 0) {
      download.fetch(byHash, file, Long.parseLong(line.group(2)), digest);
    } else {
      download.fetchUnverified(plain, file);
    }
  }

  /** Fetches a package's file into {@code folder}. */
  Path fetch(DebianPackage wanted, Path folder) {
    Path file = folder.resolve(wanted.file().substring(wanted.file().lastIndexOf('/') + 1));
    download.fetch(root.resolve(wanted.file()), file, wanted.size(), wanted.sha256());
    return file;
  }
}
