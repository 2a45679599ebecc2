package atoll.image;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/** A web server on this machine with a few files, which can be told to misbehave. */
final class TestServer implements AutoCloseable {
  private final HttpServer server;
  private final Map<String, byte[]> files = new ConcurrentHashMap<>();
  private final Map<String, String> redirections = new ConcurrentHashMap<>();
  private final List<String> requests = new ArrayList<>();

  /** What is wrong with it. */
  volatile boolean ranges = true;

  volatile int cutAfter = Integer.MAX_VALUE;

  /** Whether it sends what it has in chunks, without a length. */
  volatile boolean chunks;

  /** A mark of the version of all files; none if it is empty. */
  volatile String version = "";

  final AtomicInteger failures = new AtomicInteger();
  private String doomed = "";
  private int given;

  TestServer() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/", this::serve);
    server.start();
  }

  void put(String path, byte[] content) {
    files.put(path, content);
  }

  void remove(String path) {
    files.remove(path);
  }

  URI uri(String path) {
    return URI.create("http://localhost:" + server.getAddress().getPort() + "/" + path);
  }

  /** As {@code METHOD path range}. */
  synchronized List<String> requests() {
    return List.copyOf(requests);
  }

  private synchronized void note(HttpExchange exchange, String range) {
    requests.add(
        (exchange.getRequestMethod() + " " + path(exchange)) + (range == null ? "" : " " + range));
  }

  /** From now on a file is given so often, and not again until {@link #failures} is set. */
  void failAfter(String path, int times) {
    doomed = path;
    given = times;
  }

  /** Whether the server is to fail in place of giving the file. */
  private synchronized boolean fails(String path) {
    if (path.equals(doomed) && given-- == 0) {
      doomed = "";
      failures.set(Integer.MAX_VALUE);
    }
    return failures.getAndUpdate(left -> Math.max(0, left - 1)) > 0;
  }

  /** Leads from a path to an address. */
  void redirect(String path, String to) {
    redirections.put(path, to);
  }

  private void serve(HttpExchange exchange) throws IOException {
    String range = exchange.getRequestHeaders().getFirst("Range");
    note(exchange, range);
    byte[] file = files.get(path(exchange));
    try (exchange) {
      if (fails(path(exchange))) {
        exchange.sendResponseHeaders(503, -1);
      } else if (redirections.containsKey(path(exchange))) {
        exchange.getResponseHeaders().set("Location", redirections.get(path(exchange)));
        exchange.sendResponseHeaders(302, -1);
      } else if (file == null) {
        exchange.sendResponseHeaders(404, -1);
      } else if (exchange.getRequestMethod().equals("HEAD")) {
        exchange.getResponseHeaders().set("Content-Length", String.valueOf(file.length));
        exchange.sendResponseHeaders(200, -1);
      } else {
        send(exchange, file, range);
      }
    }
  }

  private static String path(HttpExchange exchange) {
    return exchange.getRequestURI().getPath().substring(1);
  }

  /** A range is for the version that its reader has begun with. */
  private boolean wants(HttpExchange exchange, String range) {
    String only = exchange.getRequestHeaders().getFirst("If-Range");
    return range != null && ranges && !chunks && (only == null || only.equals(version));
  }

  private void send(HttpExchange exchange, byte[] file, String range) throws IOException {
    int start = 0;
    int end = file.length;
    boolean part = wants(exchange, range);
    if (part) {
      String[] ends = range.substring("bytes=".length()).split("-", -1);
      start = Integer.parseInt(ends[0]);
      if (start >= file.length) {
        exchange.getResponseHeaders().set("Content-Range", "bytes */" + file.length);
        exchange.sendResponseHeaders(416, -1);
        return;
      }
      end = ends[1].isEmpty() ? file.length : Integer.parseInt(ends[1]) + 1;
      exchange
          .getResponseHeaders()
          .set("Content-Range", "bytes %d-%d/%d".formatted(start, end - 1, file.length));
    }
    if (!version.isEmpty()) {
      exchange.getResponseHeaders().set("ETag", version);
    }
    exchange.sendResponseHeaders(part ? 206 : 200, chunks ? 0 : end - start);
    int length = Math.min(end - start, cutAfter);
    exchange.getResponseBody().write(file, start, length);
    // Closing the exchange before all is sent breaks the connection.
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
