package atoll.image;

import atoll.host.Clock;
import atoll.host.Tasks;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * Finds the Debian mirror to use, and the keys to trust: those named, those of the environment, or
 * APT's mirror and Debian's keys.
 */
public final class MirrorFinder {
  private final UnaryOperator<String> environment;
  private final Clock clock;
  private final Tasks tasks;
  private final Progress progress;

  public MirrorFinder(
      UnaryOperator<String> environment, Clock clock, Tasks tasks, Progress progress) {
    this.environment = environment;
    this.clock = clock;
    this.tasks = tasks;
    this.progress = progress;
  }

  /**
   * A mirror that answers, and whose archive is signed by the keys to trust.
   *
   * @param suite the code name of the release that it has to have
   * @param choice of the user, on the command line
   */
  DebianMirror find(String suite, MirrorChoice choice) {
    HttpClient client = WebClient.of(environment);
    return DebianMirror.choose(
        suite,
        candidates(suite, choice.url()),
        keys(choice.key()),
        client,
        new Download(client, clock, tasks, progress),
        Instant.EPOCH.plusNanos(clock.epochNanos()));
  }

  private ArchiveKeys keys(Optional<Path> named) {
    return named
        .or(() -> variable("ATOLL_MIRROR_KEY").map(Path::of))
        .map(ArchiveKeys::of)
        .orElseGet(ArchiveKeys::debian);
  }

  private Optional<String> variable(String name) {
    return Optional.ofNullable(environment.apply(name)).filter(value -> !value.isBlank());
  }

  private List<URI> candidates(String suite, Optional<String> named) {
    return named
        .or(() -> variable("ATOLL_MIRROR"))
        .filter(url -> !url.isBlank())
        .map(url -> List.of(mirror(url)))
        .orElseGet(() -> AptSources.candidates(Path.of("/etc/apt"), suite));
  }

  private static URI mirror(String url) {
    return MirrorAddress.parse(url)
        .orElseThrow(() -> new RefusedException(MirrorAddress.refusal(url)));
  }
}
