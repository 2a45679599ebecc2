package atoll.disk;

import atoll.host.HostException;
import atoll.host.HostFile;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;

/**
 * The lock on an image, as QEMU has it: shared locks on single bytes of the file say what a program
 * does with it, and what it does not let others do. So QEMU and Atoll keep out of each other's way,
 * as two machines of either do.
 *
 * <p>The bytes are those of QEMU's {@code block/file-posix.c} (RAW_LOCK_PERM_BASE,
 * RAW_LOCK_SHARED_BASE); the permissions those of {@code include/block/block-common.h}. First all
 * are taken and then the others' are looked at, so of two programs that come at the same time at
 * most one gets in.
 */
final class ImageLock {
  private static final long USED = 100; // plus a permission: somebody uses it
  private static final long REFUSED = 200; // plus a permission: somebody lets nobody else use it

  private static final int CONSISTENT_READ = 0;
  private static final int WRITE = 1;
  private static final int RESIZE = 3;

  private static final int[] OF_READER = {CONSISTENT_READ};
  private static final int[] OF_WRITER = {CONSISTENT_READ, WRITE, RESIZE};

  /** Nobody relies on what another one may change. */
  private static final int[] NOT_SHARED = {WRITE, RESIZE};

  private ImageLock() {}

  /**
   * Locks a file until its handle is closed.
   *
   * @param host null on a host without such locks, where the channel's own lock has to do
   * @throws HostException if somebody else uses it in a way that does not go together
   */
  static void acquire(Path path, FileChannel channel, HostFile host, boolean readOnly)
      throws IOException {
    boolean free = host == null ? lock(channel, readOnly) : lock(host, readOnly);
    if (!free) {
      throw ImageFile.unusable(
          path, "is in use by another VM or program; end that one, or use it read-only everywhere");
    }
  }

  private static boolean lock(FileChannel channel, boolean readOnly) throws IOException {
    try {
      return channel.tryLock(0, Long.MAX_VALUE, readOnly) != null;
    } catch (OverlappingFileLockException e) {
      return false;
    }
  }

  private static boolean lock(HostFile host, boolean readOnly) throws IOException {
    int[] uses = readOnly ? OF_READER : OF_WRITER;
    return share(host, USED, uses)
        && share(host, REFUSED, NOT_SHARED)
        && free(host, REFUSED, uses)
        && free(host, USED, NOT_SHARED);
  }

  private static boolean share(HostFile host, long base, int[] permissions) throws IOException {
    for (int permission : permissions) {
      if (!host.shareLock(base + permission)) {
        return false;
      }
    }
    return true;
  }

  private static boolean free(HostFile host, long base, int[] permissions) throws IOException {
    for (int permission : permissions) {
      if (host.lockedByOthers(base + permission)) {
        return false;
      }
    }
    return true;
  }
}
