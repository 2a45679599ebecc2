package atoll.image;

import atoll.host.HostException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.UserPrincipal;
import java.util.List;
import java.util.stream.Stream;

/**
 * A folder for the time of a run, gone when it is closed. It is a process's as long as that holds
 * the lock in it: what one that was killed has left is removed by the next.
 */
public final class HeldFolder implements AutoCloseable {
  private final Path path;
  private final FolderHold held;

  private HeldFolder(Path path, FolderHold held) {
    this.path = path;
    this.held = held;
  }

  /**
   * Makes one, with a name of its own, and removes those that were left beside it.
   *
   * @param parent made if it is not there; may be a folder of other users, too
   * @param start of its name and of theirs
   */
  public static HeldFolder in(Path parent, String start) throws IOException {
    Files.createDirectories(parent);
    Path folder = Files.createTempDirectory(parent, start);
    HeldFolder made = new HeldFolder(folder, hold(folder));
    made.removeLeft(parent, start);
    return made;
  }

  /** Where it is. */
  public Path path() {
    return path;
  }

  private static FolderHold hold(Path folder) throws IOException {
    try {
      return FolderHold.take(folder);
    } catch (IOException | RuntimeException e) {
      Trees.delete(folder);
      throw e;
    }
  }

  private void removeLeft(Path parent, String start) throws IOException {
    UserPrincipal own = Files.getOwner(path, LinkOption.NOFOLLOW_LINKS);
    List<Path> folders;
    try (Stream<Path> all = Files.list(parent)) {
      folders = all.filter(each -> each.getFileName().toString().startsWith(start)).toList();
    }
    for (Path folder : folders) {
      if (!folder.equals(path)) {
        removeIfLeft(folder, own);
      }
    }
  }

  /** Unless somebody holds it, or it is only just being made or removed, and so has no lock. */
  private static void removeIfLeft(Path folder, UserPrincipal own) {
    try {
      // Nobody but its owner can put another in its place, not even where everybody writes.
      if (Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)
          && Files.getOwner(folder, LinkOption.NOFOLLOW_LINKS).equals(own)
          && FolderHold.known(folder)
          && !FolderHold.held(folder)) {
        Trees.delete(folder);
      }
    } catch (IOException e) {
      // It cannot be removed now: no reason not to run.
    }
  }

  /** Removes it with all that is in it. */
  @Override
  public void close() {
    try (held) {
      Trees.delete(path);
    } catch (IOException e) {
      throw new RefusedException(
          "%s, the folder of a run that is over, cannot be removed (%s); remove it yourself"
              .formatted(path, HostException.reason(e)),
          e);
    }
  }
}
