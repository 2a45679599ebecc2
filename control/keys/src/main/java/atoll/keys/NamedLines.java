package atoll.keys;

import atoll.host.HostException;
import atoll.image.CacheLock;
import atoll.image.Progress;
import atoll.image.RefusedException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BiConsumer;

/**
 * A file of the user's with a name and a word in each line, and comments. It is read anew each
 * time, and replaced as a whole.
 *
 * @param title the comment at its beginning
 * @param word what a line has beside the name, for a message
 */
record NamedLines(Path file, String title, String word) {
  private static final long MOST = 1 << 20;

  /**
   * All lines, in their order.
   *
   * @param reader takes a name and a word, and refuses what is wrong with them
   * @throws RefusedException with the line
   */
  void read(BiConsumer<String, String> reader) {
    if (!Files.exists(file)) {
      return;
    }
    try {
      if (Files.size(file) > MOST) {
        throw new HostException(file + " is too large for a list of names");
      }
      int number = 0;
      for (String line : Files.readAllLines(file)) {
        number++;
        read(line.strip(), number, reader);
      }
    } catch (IOException e) {
      throw new HostException("%s cannot be read: %s".formatted(file, HostException.reason(e)), e);
    }
  }

  private void read(String line, int number, BiConsumer<String, String> reader) {
    if (line.isEmpty() || line.startsWith("#")) {
      return;
    }
    String[] words = line.split("\\s+", -1);
    if (words.length != 2) {
      throw new RefusedException(
          "%s:%d: '%s', expected a name and %s".formatted(file, number, line, word));
    }
    try {
      reader.accept(words[0], words[1]);
    } catch (RefusedException e) {
      throw new RefusedException("%s:%d: %s".formatted(file, number, e.getMessage()), e);
    }
  }

  /** Reads and writes it while nobody else does, so that no change is lost. */
  void change(Runnable work) {
    Path folder = file.toAbsolutePath().getParent();
    try {
      Files.createDirectories(folder);
      CacheLock lock = CacheLock.acquire(folder, "waiting for another Atoll", Progress.SILENT);
      try (lock) {
        work.run();
      }
    } catch (IOException e) {
      throw new HostException(
          "%s cannot be written: %s".formatted(file, HostException.reason(e)), e);
    }
  }

  /** Replaces it. */
  void write(Map<String, ?> lines) {
    StringBuilder text = new StringBuilder("# " + title + "\n");
    new LinkedHashMap<>(lines)
        .forEach((name, value) -> text.append(name).append(' ').append(value).append('\n'));
    Path folder = file.toAbsolutePath().getParent();
    try {
      Files.createDirectories(folder);
      Path whole =
          Files.createTempFile(folder, "." + file.getFileName(), "", mode(folder, "rw-------"));
      Files.writeString(whole, text, StandardCharsets.US_ASCII);
      Path ignored =
          Files.move(
              whole, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new HostException(
          "%s cannot be written: %s".formatted(file, HostException.reason(e)), e);
    }
  }

  /** Permissions for a new file, where the file system has any. */
  static FileAttribute<?>[] mode(Path near, String permissions) {
    boolean posix = near.getFileSystem().supportedFileAttributeViews().contains("posix");
    return posix
        ? new FileAttribute<?>[] {
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions))
        }
        : new FileAttribute<?>[0];
  }
}
