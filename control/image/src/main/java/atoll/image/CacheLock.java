package atoll.image;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.locks.ReentrantLock;

/** Lets one thread of one process at a time fill a cache folder; ends with the process. */
final class CacheLock implements AutoCloseable {
  /** A file lock excludes other processes only. */
  private static final ReentrantLock IN_THIS_PROCESS = new ReentrantLock();

  private final FileChannel channel;
  private final FileLock lock;

  private CacheLock(FileChannel channel, FileLock lock) {
    this.channel = channel;
    this.lock = lock;
  }

  /** Waits for its turn, and says so. */
  static CacheLock acquire(Path folder, Progress progress) throws IOException {
    IN_THIS_PROCESS.lock();
    try {
      FileChannel channel =
          FileChannel.open(
              folder.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      FileLock lock = channel.tryLock();
      if (lock == null) {
        progress.begin("waiting for another Atoll that is filling the cache", 0);
        lock = channel.lock();
        progress.end();
      }
      return new CacheLock(channel, lock);
    } catch (IOException | RuntimeException e) {
      IN_THIS_PROCESS.unlock();
      throw e;
    }
  }

  boolean held() {
    return lock.isValid();
  }

  @Override
  public void close() throws IOException {
    try {
      channel.close();
    } finally {
      IN_THIS_PROCESS.unlock();
    }
  }
}
