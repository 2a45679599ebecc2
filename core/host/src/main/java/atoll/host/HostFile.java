package atoll.host;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A second handle on a file, for what Java's channels cannot do on Linux: a lock that belongs to
 * the handle, and changes to which blocks are allocated.
 *
 * <p>A channel's own lock belongs to the whole process: opening and closing the same file anywhere
 * else in it would drop the lock, and many virtual machines share this process. Not thread-safe
 * against {@link #close}.
 */
public final class HostFile implements AutoCloseable {
  // Linux, <fcntl.h> and <linux/falloc.h>; the same on every 64-bit architecture.
  private static final int O_RDWR = 2;
  private static final int O_NONBLOCK = 0x800;
  private static final int O_NOFOLLOW =
      System.getProperty("os.arch").equals("aarch64") ? 0x8000 : 0x2_0000;
  private static final int O_CLOEXEC = 0x8_0000;
  private static final int F_OFD_GETLK = 36;
  private static final int F_OFD_SETLK = 37;
  private static final short F_RDLCK = 0;
  private static final short F_WRLCK = 1;
  private static final short F_UNLCK = 2;
  private static final int SEEK_END = 2;
  private static final int SEEK_DATA = 3;
  private static final int SEEK_HOLE = 4;
  private static final int RWF_NOWAIT = 8; // <linux/fs.h>
  private static final int FALLOC_KEEP_SIZE = 1;
  private static final int FALLOC_PUNCH_HOLE = 2;
  private static final int FALLOC_ZERO_RANGE = 0x10;
  private static final int EINTR = 4;
  private static final int ENXIO = 6;
  private static final int EAGAIN = 11;
  private static final int EACCES = 13;
  private static final int ENODEV = 19;
  private static final int ENOSYS = 38;
  private static final int EOPNOTSUPP = 95;

  private final Calls calls;
  private final Path path;
  private int descriptor;

  /** Whether the file system can be asked for what is in memory only. */
  private volatile boolean tellsNow = true;

  private HostFile(Calls calls, Path path, int descriptor) {
    this.calls = calls;
    this.path = path;
    this.descriptor = descriptor;
  }

  /**
   * Opens an existing file.
   *
   * @return nothing on a host that has no such calls
   * @throws IOException if the file cannot be opened so
   */
  public static Optional<HostFile> open(Path path, boolean write) throws IOException {
    return open(path, write ? O_RDWR : 0);
  }

  /**
   * Opens an existing file for reading, unless its name is a symbolic link; does not wait if it is
   * a pipe.
   *
   * @return nothing on a host that has no such calls
   * @throws IOException if the file cannot be opened so
   */
  public static Optional<HostFile> openItself(Path path) throws IOException {
    return open(path, O_NOFOLLOW | O_NONBLOCK);
  }

  private static Optional<HostFile> open(Path path, int flags) throws IOException {
    if (Calls.LINKED.isEmpty()) {
      return Optional.empty();
    }
    Calls calls = Calls.LINKED.get();
    int descriptor = calls.open(path.toAbsolutePath().toString(), flags | O_CLOEXEC);
    if (descriptor < 0) {
      throw new IOException(path + " cannot be opened: error " + -descriptor);
    }
    return Optional.of(new HostFile(calls, path, descriptor));
  }

  /**
   * Shares a lock on the byte at {@code at}, there or not, until {@link #close} or the end of the
   * process, with other handles in this process and others.
   *
   * @return false if another handle has that byte for itself
   * @throws IOException if the file system has no locks
   */
  public boolean shareLock(long at) throws IOException {
    int error = calls.lock(descriptor, F_OFD_SETLK, F_RDLCK, at);
    return switch (error) {
      case 0 -> true;
      case EAGAIN, EACCES -> false;
      default -> throw unlockable(error);
    };
  }

  /**
   * Whether another handle has a lock, shared or not, on the byte at {@code at}.
   *
   * @throws IOException if the file system has no locks
   */
  public boolean lockedByOthers(long at) throws IOException {
    int error = calls.lock(descriptor, F_OFD_GETLK, F_WRLCK, at);
    if (error > 0) {
      throw unlockable(error);
    }
    return error == Calls.LOCKED;
  }

  private IOException unlockable(int error) {
    return new IOException(
        "%s cannot be locked on its file system (error %d): copy it to a local disk"
            .formatted(path, error));
  }

  /**
   * Gives the blocks of a range back to the file system; the range reads as zeroes.
   *
   * @return false if the file system cannot, with nothing changed
   */
  public boolean punchHole(long offset, long length) throws IOException {
    return allocate(FALLOC_KEEP_SIZE | FALLOC_PUNCH_HOLE, offset, length);
  }

  /**
   * Makes a range read as zeroes and keeps its blocks allocated, without writing them.
   *
   * @return false if the file system cannot, with nothing changed
   */
  public boolean zeroRange(long offset, long length) throws IOException {
    return allocate(FALLOC_KEEP_SIZE | FALLOC_ZERO_RANGE, offset, length);
  }

  private boolean allocate(int mode, long offset, long length) throws IOException {
    if (length == 0) {
      return true;
    }
    int error = calls.allocate(descriptor, mode, offset, length);
    return switch (error) {
      case 0 -> true;
      case EOPNOTSUPP, ENOSYS, ENODEV -> false;
      default ->
          throw new IOException(
              "%s: blocks at %d+%d cannot be changed: error %d"
                  .formatted(path, offset, length, error));
    };
  }

  /** Bytes that the file has now, or a negative number if it has no size. */
  public long size() {
    return calls.seek(descriptor, 0, SEEK_END);
  }

  int descriptor() {
    return descriptor;
  }

  /**
   * Where the next data, or the next hole, begins at {@code offset} or behind it.
   *
   * @param size of the file, which is the answer if there is none
   */
  public long seek(long offset, boolean data, long size) {
    long place = calls.seek(descriptor, offset, data ? SEEK_DATA : SEEK_HOLE);
    if (place == -ENXIO) {
      return size;
    }
    return place < 0 ? data ? offset : size : Math.min(place, size);
  }

  /** What {@link #read}, {@link #readNow} and {@link #write} return if the host moves nothing. */
  public static final long NOTHING = -1;

  /**
   * Fills pieces of native memory, one after the other, from a place in the file. A caller that
   * gets {@link #NOTHING} reads by other means, which say what is wrong.
   *
   * @return how many bytes there were, maybe not all that are wanted, and 0 at the end
   */
  public long read(List<MemorySegment> into, long offset) {
    return move(SystemCall.PREADV2, into, offset, 0);
  }

  /**
   * The same, if the host has the bytes in memory; nobody waits for a device.
   *
   * @return {@link #NOTHING} also if it has not, or does not know
   */
  public long readNow(List<MemorySegment> into, long offset) {
    return tellsNow ? move(SystemCall.PREADV2, into, offset, RWF_NOWAIT) : NOTHING;
  }

  /** Writes pieces of native memory, one after the other, to a place in the file; as above. */
  public long write(List<MemorySegment> from, long offset) {
    return move(SystemCall.PWRITEV, from, offset, 0);
  }

  private long move(SystemCall how, List<MemorySegment> pieces, long offset, int flags) {
    if (!SystemCall.available()) {
      return NOTHING;
    }
    try {
      return FileVector.ofCaller().move(how, descriptor, pieces, offset, flags);
    } catch (FileError e) {
      tellsNow &= flags == 0 || e.number() != EOPNOTSUPP;
      return NOTHING;
    }
  }

  /** Drops the locks and the handle. */
  @Override
  public void close() {
    if (descriptor >= 0) {
      calls.close(descriptor);
      descriptor = -1;
    }
  }

  /** The C functions. */
  private record Calls(
      ErringCall open, ErringCall close, ErringCall fcntl, ErringCall fallocate, ErringCall lseek) {
    // struct flock of 64-bit Linux.
    private static final int FLOCK_SIZE = 32;
    private static final int FLOCK_TYPE = 0;
    private static final int FLOCK_START = 8;
    private static final int FLOCK_LENGTH = 16;

    /** No error number: another handle has a lock. */
    static final int LOCKED = -1;

    static final Optional<Calls> LINKED = link();

    private static Optional<Calls> link() {
      if (!System.getProperty("os.name").equals("Linux")) {
        return Optional.empty();
      }
      return Optional.of(
          new Calls(
              ErringCall.ofInt("open"),
              ErringCall.ofInt("close"),
              ErringCall.ofInt("fcntl"),
              ErringCall.ofInt("fallocate"),
              ErringCall.ofLong("lseek")));
    }

    /** A descriptor, or a negative error number. */
    int open(String path, int flags) {
      try (Arena arena = Arena.ofConfined()) {
        return (int) open.call(arena.allocateFrom(path).address(), flags, 0, 0);
      }
    }

    void close(int descriptor) {
      long ignored = close.call(descriptor, 0, 0, 0);
    }

    /** Zero, an error number, or {@link #LOCKED} if that was asked for. */
    int lock(int descriptor, int command, short type, long at) {
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment lock = arena.allocate(FLOCK_SIZE, Long.BYTES);
        lock.set(ValueLayout.JAVA_SHORT, FLOCK_TYPE, type);
        lock.set(ValueLayout.JAVA_LONG, FLOCK_START, at);
        lock.set(ValueLayout.JAVA_LONG, FLOCK_LENGTH, 1);
        int result = (int) fcntl.call(descriptor, command, lock.address(), 0);
        if (result < 0) {
          return -result;
        }
        boolean found =
            command == F_OFD_GETLK && lock.get(ValueLayout.JAVA_SHORT, FLOCK_TYPE) != F_UNLCK;
        return found ? LOCKED : 0;
      }
    }

    /** A place, or a negative error number. */
    long seek(int descriptor, long offset, int what) {
      return lseek.call(descriptor, offset, what, 0);
    }

    /** Zero or an error number. */
    int allocate(int descriptor, int mode, long offset, long length) {
      int result;
      do {
        result = (int) -fallocate.call(descriptor, mode, offset, length);
      } while (result == EINTR);
      return Math.max(0, result);
    }
  }
}
