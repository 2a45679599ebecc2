package atoll.image;

import atoll.host.HostException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** The files in which UEFI firmware keeps its variables: one for each disk that it starts from. */
public final class VariableFiles {
  private final Path folder;

  /**
   * @param data the user's data folder
   */
  public VariableFiles(Path data) {
    folder = data.resolve("uefi");
  }

  /**
   * Where the variables are if the user names no file.
   *
   * @param disk the first of the machine's disks
   */
  public Path of(Optional<Path> disk) {
    return folder.resolve(disk.map(FileId::of).orElse("no-disk") + ".fd");
  }

  /**
   * Makes a file, unless it is there.
   *
   * @param template what it has at first; otherwise zeroes, which firmware takes for a new chip
   * @param size bytes
   */
  public static void make(Path file, Optional<Path> template, long size) {
    if (Files.exists(file)) {
      return;
    }
    try {
      Path parent = Files.createDirectories(file.toAbsolutePath().getParent());
      Path next = Files.createTempFile(parent, ".vars", ".new");
      try {
        if (template.isPresent()) {
          SparseFile.copy(template.get(), next, Progress.SILENT);
        }
        try (RandomAccessFile made = new RandomAccessFile(next.toFile(), "rw")) {
          made.setLength(size);
        }
        publish(next, file);
      } finally {
        Files.deleteIfExists(next);
      }
    } catch (IOException e) {
      throw new RefusedException(
          "the file for variables %s cannot be made: %s; name another one"
              .formatted(file, HostException.reason(e)),
          e);
    }
  }

  /** Another process may just have made it, and use it already. */
  private static void publish(Path made, Path file) throws IOException {
    try {
      Files.createLink(file, made);
    } catch (FileAlreadyExistsException e) {
      // That one is as good.
    } catch (UnsupportedOperationException e) {
      Files.move(made, file);
    }
  }
}
