package atoll.image;

import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;

/**
 * Where the stock Linux guest is fetched from, as far as the user says so.
 *
 * @param url of a Debian archive; otherwise found by environment and APT
 * @param key a file with the OpenPGP keys that sign that archive, which are trusted instead of
 *     Debian's; otherwise of the environment
 */
public record MirrorChoice(Optional<String> url, Optional<Path> key) {
  /** All by environment and APT. */
  public static final MirrorChoice USUAL = new MirrorChoice(Optional.empty(), Optional.empty());

  public MirrorChoice {
    Objects.requireNonNull(url, "url");
    Objects.requireNonNull(key, "key");
  }

  /** The same, with another address where the user says none. */
  MirrorChoice orOf(Optional<String> other) {
    return new MirrorChoice(url.or(() -> other), key);
  }
}
