package atoll.front;

import atoll.image.MirrorChoice;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Where the images of {@code linux} are fetched from, for the commands that may fetch them. */
final class MirrorOptions {
  @Option(
      names = "--mirror",
      paramLabel = "URL",
      converter = MirrorName.class,
      description = "Debian mirror for linux (default: $ATOLL_MIRROR, or APT's)")
  private String mirror;

  @Option(
      names = "--mirror-key",
      paramLabel = "FILE",
      description =
          "OpenPGP keys that sign that mirror's archive, instead of Debian's (default: $ATOLL_MIRROR_KEY)")
  private Path key;

  /** Whether one of them is given. */
  boolean given() {
    return mirror != null || key != null;
  }

  MirrorChoice choice() {
    return new MirrorChoice(Optional.ofNullable(mirror), Optional.ofNullable(key));
  }
}
