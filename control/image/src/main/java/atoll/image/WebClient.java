package atoll.image;

import java.io.IOException;
import java.net.ConnectException;
import java.net.ProxySelector;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** How Atoll speaks with web servers. */
final class WebClient {
  private static final Duration CONNECTING = Duration.ofSeconds(15);
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  /** Bytes of a file that is read as a whole; Debian's longest is 0.2 MB. */
  private static final long MOST = 4 << 20;

  private WebClient() {}

  /** Follows redirections, but not from https to http. */
  static HttpClient of(UnaryOperator<String> environment) {
    return HttpClient.newBuilder()
        .version(HttpClient.Version.HTTP_1_1)
        .followRedirects(HttpClient.Redirect.NORMAL)
        .connectTimeout(CONNECTING)
        .proxy(EnvironmentProxies.of(environment).orElseGet(ProxySelector::getDefault))
        .build();
  }

  /** A small file; empty if it is not there. */
  static Optional<byte[]> get(HttpClient client, URI uri) throws IOException {
    BodyHandler<byte[]> bounded = BodyHandlers.limiting(BodyHandlers.ofByteArray(), MOST);
    try {
      HttpResponse<byte[]> response =
          client.send(HttpRequest.newBuilder(uri).timeout(PATIENCE).build(), bounded);
      if (response.statusCode() == 404) {
        return Optional.empty();
      }
      if (response.statusCode() != 200) {
        throw new IOException("answers " + response.statusCode());
      }
      return Optional.of(response.body());
    } catch (ConnectException e) {
      throw new IOException("cannot be reached", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }
}
