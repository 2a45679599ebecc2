package atoll.image;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;

/** Lets one thread of one process at a time change a folder; ends with the process. */
public final class CacheLock implements AutoCloseable {
  /** By folder, for a file lock excludes other processes only. */
  private static final Map<Path, ReentrantLock> IN_THIS_PROCESS = new ConcurrentHashMap<>();

  private final ReentrantLock here;
  private final FileChannel channel;
  private final FileLock lock;

  private CacheLock(ReentrantLock here, FileChannel channel, FileLock lock) {
    this.here = here;
    this.channel = channel;
    this.lock = lock;
  }

  /** Waits for its turn, and says so. */
  static CacheLock acquire(Path folder, Progress progress) throws IOException {
    return acquire(folder, "waiting for another Atoll that is filling the cache", progress);
  }

  /**
   * Waits for its turn.
   *
   * @param folder that is there
   * @param waiting what is said meanwhile, in a few words
   */
  public static CacheLock acquire(Path folder, String waiting, Progress progress)
      throws IOException {
    ReentrantLock here =
        IN_THIS_PROCESS.computeIfAbsent(folder.toRealPath(), each -> new ReentrantLock());
    here.lock();
    try {
      FileChannel channel =
          FileChannel.open(
              folder.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      FileLock lock = channel.tryLock();
      if (lock == null) {
        progress.begin(waiting, 0);
        lock = channel.lock();
        progress.end();
      }
      return new CacheLock(here, channel, lock);
    } catch (IOException | RuntimeException e) {
      here.unlock();
      throw e;
    }
  }

  /** Whether it has not been closed. */
  public boolean held() {
    return lock.isValid();
  }

  @Override
  public void close() throws IOException {
    try {
      channel.close();
    } finally {
      here.unlock();
    }
  }
}
