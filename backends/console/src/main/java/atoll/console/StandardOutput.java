package atoll.console;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What this process's standard output is connected to. */
public final class StandardOutput {
  private static final Path ITSELF = Path.of("/dev/fd/1");

  private static final int FORMAT = 0170000; // inode(7)
  private static final int REGULAR = 0100000;
  private static final int CHARACTER_DEVICE = 0020000;

  /** The major number of {@code /dev/full} and its kind; terminals have others. */
  private static final long MEMORY_DEVICES = 1;

  private StandardOutput() {}

  /**
   * Whether it has a reader that may go away: a pipe, a socket or a terminal. Where output fails on
   * anything else, it is full.
   */
  public static boolean hasReader() {
    try {
      int mode = (int) Files.getAttribute(ITSELF, "unix:mode");
      return switch (mode & FORMAT) {
        case REGULAR -> false;
        case CHARACTER_DEVICE -> major() != MEMORY_DEVICES;
        default -> true;
      };
    } catch (IOException | UnsupportedOperationException e) {
      return true;
    }
  }

  /** As {@code major(3)} for numbers below 4096. */
  private static long major() throws IOException {
    return (long) Files.getAttribute(ITSELF, "unix:rdev") >>> 8 & 0xfff;
  }
}
