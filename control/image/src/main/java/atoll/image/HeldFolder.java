package atoll.image;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.UserPrincipal;
import java.util.List;
import java.util.stream.Stream;

/**
 * A folder for the time of a run, gone when it is closed. It is a process's as long as that holds
 * the lock in it: what one that was killed has left is removed by the next.
 */
public final class HeldFolder implements AutoCloseable {
  private static final String LOCK = "lock";

  private final Path path;
  private final FileChannel held;

  private HeldFolder(Path path, FileChannel held) {
    this.path = path;
    this.held = held;
  }

  /**
   * Makes one, with a name of its own, and removes those that were left beside it.
   *
   * @param parent may be a folder of other users, too
   * @param start of its name and of theirs
   */
  public static HeldFolder in(Path parent, String start) throws IOException {
    Path folder = Files.createTempDirectory(parent, start);
    HeldFolder made = new HeldFolder(folder, hold(folder));
    made.removeLeft(parent, start);
    return made;
  }

  /** Where it is. */
  public Path path() {
    return path;
  }

  /** A folder has its lock only when that is held. */
  private static FileChannel hold(Path folder) throws IOException {
    Path next = folder.resolve(LOCK + ".new");
    FileChannel held =
        FileChannel.open(next, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    try {
      FileLock lock = held.lock();
      assert lock.isValid();
      Files.move(next, folder.resolve(LOCK), StandardCopyOption.ATOMIC_MOVE);
      return held;
    } catch (IOException | RuntimeException e) {
      held.close();
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
          && Files.getOwner(folder, LinkOption.NOFOLLOW_LINKS).equals(own)) {
        removeIfLeft(folder);
      }
    } catch (IOException | OverlappingFileLockException e) {
      // It is in use, by this process too, or cannot be removed now: no reason not to run.
    }
  }

  private static void removeIfLeft(Path folder) throws IOException {
    try (FileChannel channel =
            FileChannel.open(
                folder.resolve(LOCK), StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);
        FileLock taken = channel.tryLock()) {
      if (taken != null) {
        Trees.delete(folder);
      }
    }
  }

  /** Removes it with all that is in it. */
  @Override
  public void close() throws IOException {
    try (held) {
      Trees.delete(path);
    }
  }
}
