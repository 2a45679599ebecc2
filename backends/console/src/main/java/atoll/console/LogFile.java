package atoll.console;

import java.nio.file.Path;
import java.util.Objects;
import java.util.OptionalLong;

/**
 * A file that is written while machines run, and how large it may become.
 *
 * @param path replaced if it exists
 * @param max bytes that it and the older part beside it, {@code path.1}, take together; no limit if
 *     empty
 */
public record LogFile(Path path, OptionalLong max) {
  /** The smallest limit, in bytes. */
  public static final long SMALLEST = 8192;

  /** The limit where none is chosen and many machines may run for long. */
  public static final OptionalLong USUAL = OptionalLong.of(64 << 20);

  public LogFile {
    Objects.requireNonNull(path, "path");
    if (max.isPresent() && max.getAsLong() < SMALLEST) {
      throw new IllegalArgumentException(
          "a log's limit is at least %d bytes: %d".formatted(SMALLEST, max.getAsLong()));
    }
  }

  /** A file without a limit. */
  public static LogFile unbounded(Path path) {
    return new LogFile(path, OptionalLong.empty());
  }

  /** Where the older part is. */
  public Path older() {
    return path.resolveSibling(path.getFileName() + ".1");
  }
}
