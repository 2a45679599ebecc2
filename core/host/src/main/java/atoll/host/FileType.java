package atoll.host;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** The kind of object that a name in the host's file system stands for. Links are followed. */
public enum FileType {
  FILE,
  BLOCK_DEVICE,
  FOLDER,
  PIPE,
  SOCKET,
  CHARACTER_DEVICE,
  /** Nothing is there, or what is there cannot be looked at. */
  MISSING;

  // POSIX, <sys/stat.h>.
  private static final int S_IFMT = 0xf000;
  private static final int S_IFSOCK = 0xc000;
  private static final int S_IFBLK = 0x6000;
  private static final int S_IFIFO = 0x1000;

  /** What is there now. */
  public static FileType of(Path path) {
    if (Files.isRegularFile(path)) {
      return FILE;
    }
    if (Files.isDirectory(path)) {
      return FOLDER;
    }
    return Files.exists(path) ? special(path) : MISSING;
  }

  private static FileType special(Path path) {
    try {
      int mode = (int) Files.getAttribute(path, "unix:mode");
      return switch (mode & S_IFMT) {
        case S_IFSOCK -> SOCKET;
        case S_IFBLK -> BLOCK_DEVICE;
        case S_IFIFO -> PIPE;
        default -> CHARACTER_DEVICE;
      };
    } catch (IOException | UnsupportedOperationException e) {
      return CHARACTER_DEVICE;
    }
  }

  /**
   * Why {@code path} cannot be read as an image, and what to do; nothing if it can. Opening a pipe
   * would wait for its other end, and a device may have no end, so this is asked before.
   *
   * @param blockDevice whether a block device will do
   */
  public static Optional<String> obstacle(Path path, boolean blockDevice) {
    String problem =
        switch (of(path)) {
          case FILE -> "";
          case BLOCK_DEVICE ->
              blockDevice
                  ? ""
                  : "is a block device; copy it to a file: dd if=%s of=FILE bs=1M".formatted(path);
          case FOLDER -> "is a folder; give the path of a file in it";
          case PIPE -> "is a pipe; write what comes from it to a file, and give that";
          case SOCKET -> "is a socket; give the path of a file";
          case CHARACTER_DEVICE -> "is a character device; give the path of a file";
          case MISSING -> "does not exist; check the path";
        };
    if (problem.isEmpty()) {
      return Files.isReadable(path)
          ? Optional.empty()
          : Optional.of(path + " may not be read; check its permissions");
    }
    return Optional.of(path + " " + problem);
  }
}
