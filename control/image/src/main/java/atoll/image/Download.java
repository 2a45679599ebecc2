package atoll.image;

import atoll.host.Clock;
import atoll.host.HostException;
import atoll.host.Tasks;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.OptionalLong;

/**
 * Fetches one file of a mirror whose size and SHA-256 are known; goes on where an earlier try was
 * cut off, by this process or another.
 */
final class Download {
  private static final Transfer.Wording MIRROR =
      new Transfer.Wording() {
        @Override
        public String otherLength(URI from, long found, long expected) {
          return "%s is not what the mirror's signed index promises (%d bytes, expected %d); try again later, since the mirror may be changing, or choose another with --mirror"
              .formatted(from, found, expected);
        }

        @Override
        public String refusal(URI from, int status) {
          return "the mirror answers %d for %s; try again later, or choose another with --mirror"
              .formatted(status, from);
        }
      };

  private final Transfer transfer;
  private final Progress progress;

  Download(HttpClient client, Clock clock, Tasks tasks, Progress progress) {
    this(new Transfer(client, clock, tasks, progress), progress);
  }

  private Download(Transfer transfer, Progress progress) {
    this.transfer = transfer;
    this.progress = progress;
  }

  /** One that tells another of its progress. */
  Download telling(Progress other) {
    return new Download(transfer.telling(other), other);
  }

  /**
   * Fetches {@code from} to {@code to}, which appears whole and verified or not at all.
   *
   * @throws RefusedException if it cannot be had; what has come so far stays for the next try
   */
  void fetch(URI from, Path to, long size, String sha256) {
    Path part = to.resolveSibling(to.getFileName() + ".part");
    Transfer.Source source = new Transfer.Source(from, OptionalLong.of(size), "");
    progress.begin(to.getFileName().toString(), size);
    try {
      boolean resumed = Files.exists(part);
      transfer.complete(source, part, MIRROR);
      if (!sha256(part).equals(sha256)) {
        Files.delete(part);
        if (resumed) {
          // The data of an earlier run may be the fault; a fresh copy decides.
          transfer.complete(source, part, MIRROR);
        }
        verify(from, part, sha256);
      }
      Files.move(part, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw unwritable(part, e);
    } finally {
      progress.end();
    }
  }

  /** How long the file behind {@code uri} is; negative if it is not there or does not say. */
  long length(URI uri) {
    return transfer.length(uri);
  }

  /** There is no room for it, most likely. */
  static RefusedException unwritable(Path part, IOException e) {
    return new RefusedException(
        "cannot write %s (%s); free some space or choose another folder with XDG_CACHE_HOME"
            .formatted(part, HostException.reason(e)),
        e);
  }

  private static void verify(URI from, Path part, String sha256) throws IOException {
    String found = Files.exists(part) ? sha256(part) : "another one";
    if (!found.equals(sha256)) {
      Files.deleteIfExists(part);
      throw new RefusedException(
          "%s is not what the mirror's signed index promises (SHA-256 %s, expected %s); it was deleted: try again later, since the mirror may be changing, or choose another with --mirror"
              .formatted(from, found, sha256));
    }
  }

  /** The digest of a file in lower-case hexadecimal. */
  static String sha256(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      MessageDigest digest = Digest.sha256();
      byte[] buffer = new byte[1 << 16];
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        digest.update(buffer, 0, n);
      }
      return HexFormat.of().formatHex(digest.digest());
    }
  }
}
