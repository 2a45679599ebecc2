package atoll.disk;

import atoll.nbd.NbdAddress;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;

/** Where a disk's bytes are. As text it is what a user would write. */
public sealed interface DiskLocation {
  /** In a file of the host, or on a block device. */
  record InFile(Path path) implements DiskLocation {
    public InFile {
      Objects.requireNonNull(path, "path");
    }

    @Override
    public String toString() {
      return path.toString();
    }
  }

  /** At an NBD server. */
  record AtServer(NbdAddress address) implements DiskLocation {
    public AtServer {
      Objects.requireNonNull(address, "address");
    }

    @Override
    public String toString() {
      return address.toString();
    }
  }

  /** A file. */
  static DiskLocation of(Path path) {
    return new InFile(path);
  }

  /**
   * Reads the name of a file or the address of an export.
   *
   * @throws IllegalArgumentException if it is neither
   */
  static DiskLocation parse(String word) {
    return atServer(word) ? new AtServer(NbdAddress.parse(word)) : new InFile(Path.of(word));
  }

  /** Whether a word is meant as the address of an export, well written or not. */
  static boolean atServer(String word) {
    return NbdAddress.looksLike(word);
  }

  /** The file, if it is one of this host. */
  default Optional<Path> file() {
    return this instanceof InFile(Path path) ? Optional.of(path) : Optional.empty();
  }

  /** A short name for people. */
  default String label() {
    return switch (this) {
      case InFile(Path path) -> path.getFileName().toString();
      case AtServer(NbdAddress address) -> address.toString();
    };
  }
}
