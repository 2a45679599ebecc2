package atoll.manager;

import atoll.host.Clock;
import java.net.ProxySelector;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** Finds the Debian mirror to use: the one named, that of the environment, or APT's. */
final class MirrorFinder {
  private final UnaryOperator<String> environment;
  private final Clock clock;
  private final Progress progress;

  MirrorFinder(UnaryOperator<String> environment, Clock clock, Progress progress) {
    this.environment = environment;
    this.clock = clock;
    this.progress = progress;
  }

  /**
   * A mirror that answers.
   *
   * @param named by the user on the command line
   */
  DebianMirror find(Optional<String> named) {
    HttpClient client =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NORMAL)
            .connectTimeout(Duration.ofSeconds(15))
            .proxy(EnvironmentProxies.of(environment).orElseGet(ProxySelector::getDefault))
            .build();
    return DebianMirror.choose(candidates(named), client, new Download(client, clock, progress));
  }

  private List<URI> candidates(Optional<String> named) {
    return named
        .or(() -> Optional.ofNullable(environment.apply("ATOLL_MIRROR")))
        .filter(url -> !url.isBlank())
        .map(url -> List.of(mirror(url)))
        .orElseGet(() -> AptSources.candidates(Path.of("/etc/apt"), DebianMirror.SUITE));
  }

  private static URI mirror(String url) {
    return MirrorAddress.parse(url)
        .orElseThrow(() -> new ManagerException(MirrorAddress.refusal(url)));
  }
}
