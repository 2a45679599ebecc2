package atoll.image;

import atoll.host.Clock;
import atoll.host.HostException;
import atoll.host.Tasks;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HexFormat;

/**
 * Fetches one file whose size and SHA-256 are known; goes on where an earlier try was cut off, by
 * this process or another.
 */
final class Download {
  private static final int TRIES = 4;
  private static final Duration STALLED = Duration.ofSeconds(30);

  private final HttpClient client;
  private final Clock clock;
  private final Tasks tasks;
  private final Progress progress;

  Download(HttpClient client, Clock clock, Tasks tasks, Progress progress) {
    this.client = client;
    this.clock = clock;
    this.tasks = tasks;
    this.progress = progress;
  }

  /** One that tells another of its progress. */
  Download telling(Progress other) {
    return new Download(client, clock, tasks, other);
  }

  /**
   * Fetches {@code from} to {@code to}, which appears whole and verified or not at all.
   *
   * @throws RefusedException if it cannot be had; what has come so far stays for the next try
   */
  void fetch(URI from, Path to, long size, String sha256) {
    Path part = to.resolveSibling(to.getFileName() + ".part");
    progress.begin(to.getFileName().toString(), size);
    try {
      boolean resumed = Files.exists(part);
      complete(from, part, size);
      if (!sha256(part).equals(sha256)) {
        Files.delete(part);
        if (resumed) {
          // The data of an earlier run may be the fault; a fresh copy decides.
          complete(from, part, size);
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
    HttpRequest request =
        HttpRequest.newBuilder(uri)
            .timeout(STALLED)
            .method("HEAD", HttpRequest.BodyPublishers.noBody())
            .build();
    try {
      HttpResponse<Void> response = client.send(request, BodyHandlers.discarding());
      return response.statusCode() == 200
          ? response.headers().firstValueAsLong("Content-Length").orElse(-1)
          : -1;
    } catch (IOException e) {
      return -1;
    } catch (InterruptedException e) {
      throw interrupted(uri, e);
    }
  }

  private static RefusedException interrupted(URI uri, InterruptedException e) {
    Thread.currentThread().interrupt();
    return new RefusedException("interrupted while fetching " + uri, e);
  }

  private static RefusedException unwritable(Path part, IOException e) {
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

  /** Appends to {@code part} until it has {@code size} bytes. */
  private void complete(URI from, Path part, long size) throws IOException {
    if (length(part) > size) {
      Files.delete(part);
    }
    long have = length(part);
    for (int failures = 0; have < size; ) {
      try {
        request(from, part, have, size);
        if (length(part) < size) {
          throw new TransferException("the connection ended at byte " + length(part), null);
        }
      } catch (TransferException e) {
        // Progress makes up for earlier failures: a long file over a bad line still arrives.
        failures = length(part) > have ? 1 : failures + 1;
        if (failures >= TRIES) {
          throw new RefusedException(
              "cannot fetch %s (%s); check the network and start again: it goes on where it stopped"
                  .formatted(from, e.getMessage()),
              e);
        }
      }
      have = length(part);
    }
  }

  /** What went wrong on the network, as opposed to on the disk. */
  private static final class TransferException extends Exception {
    private static final long serialVersionUID = 1;

    TransferException(String message, Throwable cause) {
      super(message, cause);
    }
  }

  private void request(URI from, Path part, long have, long size)
      throws IOException, TransferException {
    HttpRequest.Builder request = HttpRequest.newBuilder(from).timeout(STALLED);
    if (have > 0) {
      request.header("Range", "bytes=" + have + "-");
    }
    HttpResponse<InputStream> response = send(request.build());
    try (InputStream body = response.body();
        StallGuard guard = new StallGuard(body, STALLED, clock, tasks)) {
      switch (response.statusCode()) {
        case 200 -> {
          requireLength(from, response, size);
          copy(body, part, 0, guard);
        }
        case 206 -> copy(body, part, rangeStart(response, have), guard);
        case 416 -> Files.deleteIfExists(part);
        default -> refuse(from, response.statusCode());
      }
    }
  }

  private static void requireLength(URI from, HttpResponse<?> response, long size) {
    long length = response.headers().firstValueAsLong("Content-Length").orElse(size);
    if (length != size) {
      throw new RefusedException(
          "%s is not what the mirror's signed index promises (%d bytes, expected %d); try again later, since the mirror may be changing, or choose another with --mirror"
              .formatted(from, length, size));
    }
  }

  private static long rangeStart(HttpResponse<?> response, long asked) throws TransferException {
    String range = response.headers().firstValue("Content-Range").orElse("");
    if (!range.startsWith("bytes " + asked + "-")) {
      throw new TransferException("asked for byte " + asked + " on, got " + range, null);
    }
    return asked;
  }

  private static void refuse(URI from, int status) throws TransferException {
    if (status >= 500 || status == 429) {
      throw new TransferException("the server answers " + status, null);
    }
    throw new RefusedException(
        "the mirror answers %d for %s; try again later, or choose another with --mirror"
            .formatted(status, from));
  }

  private HttpResponse<InputStream> send(HttpRequest request) throws TransferException {
    try {
      return client.send(request, BodyHandlers.ofInputStream());
    } catch (IOException e) {
      throw new TransferException(HostException.reason(e), e);
    } catch (InterruptedException e) {
      throw interrupted(request.uri(), e);
    }
  }

  /** Copies the body behind the first {@code have} bytes of {@code part}. */
  private void copy(InputStream body, Path part, long have, StallGuard guard)
      throws IOException, TransferException {
    StandardOpenOption mode =
        have > 0 ? StandardOpenOption.APPEND : StandardOpenOption.TRUNCATE_EXISTING;
    byte[] buffer = new byte[1 << 16];
    long done = have;
    try (OutputStream out =
        Files.newOutputStream(part, StandardOpenOption.CREATE, mode, StandardOpenOption.WRITE)) {
      for (int n = read(body, buffer); n >= 0; n = read(body, buffer)) {
        out.write(buffer, 0, n);
        done += n;
        guard.progressed();
        progress.advance(done);
      }
    }
  }

  private static int read(InputStream body, byte[] buffer) throws TransferException {
    try {
      return body.read(buffer);
    } catch (IOException e) {
      throw new TransferException(HostException.reason(e), e);
    }
  }

  private static long length(Path part) throws IOException {
    return Files.exists(part) ? Files.size(part) : 0;
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
