package atoll.console;

import atoll.host.FileType;
import atoll.host.HostException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Opens files for what Atoll writes, so that what is in the way is found before a machine runs. */
public final class OutputFile {
  private static final String FOLDER = "it is a folder";
  private static final byte[] SPACE = {' '};

  /** The numbers of {@code /dev/full}: major 1, minor 7. */
  private static final long FULL = 0x107;

  private static final String UNREAD = "it is a pipe that nobody reads";

  /** How long the reader of a named pipe may take to come. */
  private static final Duration READER = Duration.ofSeconds(3);

  private OutputFile() {}

  /**
   * Creates or empties a file. A regular one is written to and emptied again, so that a full disk
   * is found at once; a device gets nothing before it has to.
   *
   * @param what the file is for, such as {@code the trace}
   * @throws HostException in one sentence if it cannot be written
   */
  public static OutputStream open(Path file, String what) {
    return open(LogFile.unbounded(file), what);
  }

  /** The same for a file that may have a limit. */
  public static OutputStream open(LogFile file, String what) {
    requireRoom(file.path(), what);
    return create(file, what);
  }

  /** The same for one that may be full from the beginning. */
  static OutputStream create(LogFile file, String what) {
    if (file.max().isEmpty()) {
      return create(file.path(), what);
    }
    if (Files.exists(file.path()) && !Files.isRegularFile(file.path())) {
      throw trouble(file.path(), what, "a limit is only for regular files", null);
    }
    if (Files.isDirectory(file.older())) {
      throw trouble(file.older(), what, FOLDER, null);
    }
    try {
      OutputStream first = create(file.path(), what);
      Files.deleteIfExists(file.older());
      return new RotatingFile(file, first);
    } catch (IOException e) {
      throw trouble(file.older(), what, reason(file.older(), e), e);
    }
  }

  private static OutputStream create(Path file, String what) {
    try {
      if (Files.isDirectory(file)) {
        throw trouble(file, what, FOLDER, null);
      }
      if (!Files.exists(file) || Files.isRegularFile(file)) {
        probe(file);
      }
      return FileType.of(file) == FileType.PIPE
          ? pipe(file, what, READER)
          : Files.newOutputStream(file);
    } catch (IOException e) {
      throw trouble(file, what, reason(file, e), e);
    }
  }

  /**
   * Opens a named pipe. The host lets nobody open one before its reader does, and no signal would
   * end that wait.
   *
   * @param patience how long a reader may take to come
   */
  static OutputStream pipe(Path file, String what, Duration patience) throws IOException {
    FutureTask<OutputStream> opening = new FutureTask<>(() -> Files.newOutputStream(file));
    Thread.ofPlatform().daemon().name("pipe").start(opening);
    try {
      return opening.get(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      throw trouble(file, what, UNREAD, null);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw trouble(file, what, UNREAD, null);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof IOException problem ? problem : new IOException(e.getCause());
    }
  }

  /** Refuses the device that is always full. */
  private static void requireRoom(Path file, String what) {
    try {
      if (Files.exists(file) && FULL == (long) Files.getAttribute(file, "unix:rdev")) {
        throw trouble(file, what, "no space left on device", null);
      }
    } catch (IOException | UnsupportedOperationException e) {
      // Opening it finds all other problems.
    }
  }

  private static void probe(Path file) throws IOException {
    try (SeekableByteChannel channel =
        Files.newByteChannel(
            file,
            StandardOpenOption.CREATE,
            StandardOpenOption.WRITE,
            StandardOpenOption.TRUNCATE_EXISTING)) {
      int ignored = channel.write(ByteBuffer.wrap(SPACE));
      channel.truncate(0);
    }
  }

  private static HostException trouble(Path file, String what, String why, IOException cause) {
    return new HostException(
        "%s %s cannot be written: %s; give another file".formatted(what, file, why), cause);
  }

  /** What the host says, without Java's words and without the file's name. */
  public static String reason(Path file, IOException problem) {
    Path folder = file.toAbsolutePath().getParent();
    if (folder != null && !Files.exists(folder)) {
      return "there is no such folder";
    }
    if (folder != null && !Files.isDirectory(folder)) {
      return folder + " is not a folder";
    }
    return HostException.reason(problem);
  }
}
