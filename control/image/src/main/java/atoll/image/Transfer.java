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
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.OptionalLong;

/**
 * Fetches a file of a web server piece by piece: it goes on behind what has come so far, whether
 * the connection, this process or an earlier one has ended.
 */
final class Transfer {
  private static final int TRIES = 4;
  private static final Duration STALLED = Duration.ofSeconds(30);

  private final HttpClient client;
  private final Clock clock;
  private final Tasks tasks;
  private final Progress progress;

  Transfer(HttpClient client, Clock clock, Tasks tasks, Progress progress) {
    this.client = client;
    this.clock = clock;
    this.tasks = tasks;
    this.progress = progress;
  }

  /** One that tells another of its progress. */
  Transfer telling(Progress other) {
    return new Transfer(client, clock, tasks, other);
  }

  /**
   * A file of a server.
   *
   * @param size bytes; not known if the server sends it without saying that
   * @param version by which the server tells it from later ones (RFC 9110 §8.8); empty if it does
   *     not, or if a digest will tell
   */
  record Source(URI uri, OptionalLong size, String version) {}

  /** What is said when a server has something else than was looked for. */
  interface Wording {
    /** It is not as long as it has to be, or was. */
    String otherLength(URI from, long found, long expected);

    /** The server does not give it. */
    String refusal(URI from, int status);
  }

  /** What went wrong on the network, as opposed to on the disk. */
  private static final class TransferException extends Exception {
    private static final long serialVersionUID = 1;

    TransferException(String message, Throwable cause) {
      super(message, cause);
    }
  }

  /**
   * Asks a server for the first byte of a file, and so what the file is: not every server answers
   * when asked for no bytes.
   *
   * @throws RefusedException if it is not there
   */
  Source look(URI uri, Wording wording) {
    HttpRequest request =
        HttpRequest.newBuilder(uri).timeout(STALLED).header("Range", "bytes=0-0").build();
    for (int failures = 1; ; failures++) {
      try (Answer answer = new Answer(send(request))) {
        return answer.source(uri, wording);
      } catch (TransferException e) {
        if (failures >= TRIES) {
          throw unreachable(uri, e);
        }
      }
    }
  }

  /** What a server says before the file itself. */
  private record Answer(HttpResponse<InputStream> response) implements AutoCloseable {
    Source source(URI uri, Wording wording) throws TransferException {
      int status = response.statusCode();
      if (status != 200 && status != 206 && status != 416) {
        refuse(uri, status, wording);
      }
      OptionalLong size = status == 200 ? length() : wholeLength();
      if (size.isEmpty() && !chunked()) {
        throw new RefusedException(
            "the server does not say how long %s is, so that half of it could be taken for the whole; fetch it in another way"
                .formatted(uri));
      }
      return new Source(uri, size, version());
    }

    /** Whether the end of a file without a size is told apart from the end of the connection. */
    private boolean chunked() {
      return response
          .headers()
          .firstValue("Transfer-Encoding")
          .filter(coding -> coding.equalsIgnoreCase("chunked"))
          .isPresent();
    }

    private OptionalLong length() {
      return response.headers().firstValueAsLong("Content-Length");
    }

    /** Behind the slash of {@code bytes 0-0/1234}. */
    private OptionalLong wholeLength() {
      String range = response.headers().firstValue("Content-Range").orElse("");
      String size = range.substring(range.indexOf('/') + 1);
      return size.matches("\\d{1,18}")
          ? OptionalLong.of(Long.parseLong(size))
          : OptionalLong.empty();
    }

    /** Only a strong mark of a version may be used to go on (RFC 9110 §13.1.5). */
    private String version() {
      return response
          .headers()
          .firstValue("ETag")
          .filter(tag -> !tag.startsWith("W/"))
          .or(() -> response.headers().firstValue("Last-Modified"))
          .orElse("");
    }

    @Override
    public void close() {
      try {
        response.body().close();
      } catch (IOException e) {
        // The rest of it is not wanted.
      }
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

  private static RefusedException unreachable(URI from, TransferException e) {
    return new RefusedException(
        "cannot fetch %s (%s); check the network and start again: it goes on where it stopped"
            .formatted(from, e.getMessage()),
        e);
  }

  /**
   * Appends to {@code part} until it has the whole file.
   *
   * @throws RefusedException if that cannot be; what has come so far stays for the next try
   * @throws IOException if {@code part} cannot be written
   */
  void complete(Source from, Path part, Wording wording) throws IOException {
    if (from.size().isPresent() && length(part) > from.size().getAsLong()) {
      Files.delete(part);
    }
    long have = from.size().isPresent() ? length(part) : 0;
    for (int failures = 0; have < from.size().orElse(Long.MAX_VALUE); ) {
      try {
        request(from, part, have, wording);
        if (from.size().isEmpty()) {
          return; // The server has ended it in order, or its reader would have failed.
        }
        if (length(part) < from.size().getAsLong()) {
          throw new TransferException("the connection ended at byte " + length(part), null);
        }
      } catch (TransferException e) {
        // Progress makes up for earlier failures: a long file over a bad line still arrives.
        failures = from.size().isPresent() && length(part) > have ? 1 : failures + 1;
        if (failures >= TRIES) {
          throw unreachable(from.uri(), e);
        }
      }
      have = from.size().isPresent() ? length(part) : 0;
    }
  }

  private void request(Source from, Path part, long have, Wording wording)
      throws IOException, TransferException {
    HttpRequest.Builder request = HttpRequest.newBuilder(from.uri()).timeout(STALLED);
    if (have > 0) {
      request.header("Range", "bytes=" + have + "-");
      if (!from.version().isEmpty()) {
        request.header("If-Range", from.version());
      }
    }
    HttpResponse<InputStream> response = send(request.build());
    try (InputStream body = response.body();
        StallGuard guard = new StallGuard(body, STALLED, clock, tasks)) {
      switch (response.statusCode()) {
        case 200 -> {
          requireLength(from, response, wording);
          copy(body, part, 0, guard);
        }
        case 206 -> copy(body, part, rangeStart(response, have), guard);
        case 416 -> Files.deleteIfExists(part);
        default -> refuse(from.uri(), response.statusCode(), wording);
      }
    }
  }

  private static void requireLength(Source from, HttpResponse<?> response, Wording wording) {
    if (from.size().isPresent()) {
      long size = from.size().getAsLong();
      long length = response.headers().firstValueAsLong("Content-Length").orElse(size);
      if (length != size) {
        throw new RefusedException(wording.otherLength(from.uri(), length, size));
      }
    }
  }

  private static long rangeStart(HttpResponse<?> response, long asked) throws TransferException {
    String range = response.headers().firstValue("Content-Range").orElse("");
    if (!range.startsWith("bytes " + asked + "-")) {
      throw new TransferException("asked for byte " + asked + " on, got " + range, null);
    }
    return asked;
  }

  private static void refuse(URI from, int status, Wording wording) throws TransferException {
    if (status >= 500 || status == 429) {
      throw new TransferException("the server answers " + status, null);
    }
    throw new RefusedException(wording.refusal(from, status));
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
}
