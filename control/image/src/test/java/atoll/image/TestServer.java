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
  private final List<String> requests = new ArrayList<>();

  /** What is wrong with it. */
  volatile boolean ranges = true;

  volatile int cutAfter = Integer.MAX_VALUE;
  final AtomicInteger failures = new AtomicInteger();

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
        (exchange.getRequestMethod() + " " + exchange.getRequestURI().getPath().substring(1))
            + (range == null ? "" : " " + range));
  }

  private void serve(HttpExchange exchange) throws IOException {
    String range = exchange.getRequestHeaders().getFirst("Range");
    note(exchange, range);
    byte[] file = files.get(exchange.getRequestURI().getPath().substring(1));
    try (exchange) {
      if (failures.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
        exchange.sendResponseHeaders(503, -1);
      } else if (file == null) {
        exchange.sendResponseHeaders(404, -1);
      } else if (exchange.getRequestMethod().equals("HEAD")) {
        exchange.getResponseHeaders().set("Content-Length", String.valueOf(file.length));
        exchange.sendResponseHeaders(200, -1);
      } else {
        send(exchange, file, range == null || !ranges ? 0 : start(range));
      }
    }
  }

  private static int start(String range) {
    return Integer.parseInt(range.substring("bytes=".length(), range.length() - 1));
  }

  private void send(HttpExchange exchange, byte[] file, int start) throws IOException {
    if (start > 0) {
      exchange
          .getResponseHeaders()
          .set("Content-Range", "bytes %d-%d/%d".formatted(start, file.length - 1, file.length));
    }
    exchange.sendResponseHeaders(start > 0 ? 206 : 200, file.length - start);
    int length = Math.min(file.length - start, cutAfter);
    exchange.getResponseBody().write(file, start, length);
    // Closing the exchange before all is sent breaks the connection.
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
