package atoll.image;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Says that a folder is in use, by a lock on a file in it: until it is closed, or the process ends
 * in whatever way. So what a killed process has left can be told from what another one is making.
 */
public final class FolderHold implements AutoCloseable {
  private static final String FILE = "lock";

  /**
   * The folders that this process holds. A lock of a channel is the process's: opening and closing
   * the file once more, if only to look, would drop it.
   */
  private static final Set<Path> HERE = ConcurrentHashMap.newKeySet();

  private final Path folder;
  private final FileChannel channel;

  private FolderHold(Path folder, FileChannel channel) {
    this.folder = folder;
    this.channel = channel;
  }

  /** Holds a folder that only its caller knows. It has its file only when it is held. */
  public static FolderHold take(Path folder) throws IOException {
    Path next = folder.resolve(FILE + ".new");
    Path real = folder.toRealPath();
    FileChannel channel =
        FileChannel.open(next, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    HERE.add(real);
    FolderHold hold = new FolderHold(real, channel);
    try {
      FileLock lock = channel.lock();
      assert lock.isValid();
      Files.move(next, folder.resolve(FILE), StandardCopyOption.ATOMIC_MOVE);
      return hold;
    } catch (IOException | RuntimeException e) {
      hold.close();
      throw e;
    }
  }

  /** Whether a folder has been held, by whomever, now or before. */
  public static boolean known(Path folder) {
    return Files.exists(folder.resolve(FILE));
  }

  /** Whether somebody holds a folder now, this process included. */
  public static boolean held(Path folder) throws IOException {
    try {
      return HERE.contains(folder.toRealPath()) || locked(folder.resolve(FILE));
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  private static boolean locked(Path file) throws IOException {
    try (FileChannel other =
            FileChannel.open(file, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);
        FileLock taken = other.tryLock()) {
      return taken == null;
    }
  }

  /** Lets go of it, and removes the file unless the folder has been moved or removed. */
  @Override
  public void close() throws IOException {
    try (channel) {
      Files.deleteIfExists(folder.resolve(FILE));
    } finally {
      HERE.remove(folder);
    }
  }
}
