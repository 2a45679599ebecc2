package atoll.trust;

import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;

/**
 * Something of the host that a system is made from.
 *
 * @param key by which a scenario names it: {@code vms.linux.kernel}
 * @param file where it is; nothing if it is no file
 * @param obstacle why it cannot be verified, if so, in words that go on behind its key
 * @param disk whether it is a disk's image
 */
record Piece(String key, Optional<Path> file, Optional<String> obstacle, boolean disk) {
  Piece {
    Objects.requireNonNull(key, "key");
    Objects.requireNonNull(file, "file");
    Objects.requireNonNull(obstacle, "obstacle");
  }

  static Piece of(String key, Path file) {
    return new Piece(key, Optional.of(file), Optional.empty(), false);
  }

  static Piece disk(String key, Path file) {
    return new Piece(key, Optional.of(file), Optional.empty(), true);
  }

  static Piece open(String key, String obstacle) {
    return new Piece(key, Optional.empty(), Optional.of(obstacle), false);
  }
}
