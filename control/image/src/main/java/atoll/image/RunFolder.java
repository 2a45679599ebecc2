package atoll.image;

import atoll.host.HostException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * A folder for what one run of a system writes and nobody wants afterwards: it is gone when it is
 * closed. What a process that was killed has left is removed by the next one.
 */
public final class RunFolder implements AutoCloseable {
  private static final String START = ".run-";

  private final Path path;
  private final FolderHold held;

  private RunFolder(Path path, FolderHold held) {
    this.path = path;
    this.held = held;
  }

  /** Makes one in a folder, which is made too if it is not there. */
  public static RunFolder in(Path parent) throws IOException {
    Files.createDirectories(parent);
    removeLeft(parent);
    Path made = Files.createTempDirectory(parent, START);
    return new RunFolder(made, FolderHold.take(made));
  }

  private static void removeLeft(Path parent) throws IOException {
    List<Path> folders;
    try (Stream<Path> all = Files.list(parent)) {
      folders = all.filter(each -> each.getFileName().toString().startsWith(START)).toList();
    }
    for (Path folder : folders) {
      removeIfLeft(folder);
    }
  }

  /** Unless somebody holds it, or it is only just being made or removed, and so has no lock. */
  private static void removeIfLeft(Path folder) throws IOException {
    if (FolderHold.known(folder) && !FolderHold.held(folder)) {
      Trees.delete(folder);
    }
  }

  /** Where it is. */
  public Path path() {
    return path;
  }

  /** Removes it. */
  @Override
  public void close() {
    try (held) {
      Trees.delete(path);
    } catch (IOException e) {
      throw new RefusedException(
          "%s, with the disks of a run that is over, cannot be removed (%s); remove it yourself"
              .formatted(path, HostException.reason(e)),
          e);
    }
  }
}
