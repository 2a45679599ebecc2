package atoll.host;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.ref.Reference;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * Linux's calls on files by descriptor, for what Java's classes cannot do: names of any bytes, a
 * folder that stays the same whatever is done to its name, and files that are looked at without
 * being opened.
 *
 * <p>A name is one component, and is never followed if it is a symbolic link: a call leads from a
 * folder to what is in it and nowhere else, if the name is no {@code ..} and has no slash. The
 * caller sees to that. A descriptor can be one that only points (see {@link #point}); what needs
 * more goes by {@code /proc/self/fd}, which leads to the file itself and not to a name of it.
 *
 * <p>Not thread-safe.
 */
public final class FileCalls {
  /** Error numbers of Linux, as in {@code errno(3)}. */
  public static final int EPERM = 1;

  public static final int ENOENT = 2;
  public static final int EBADF = 9;
  public static final int EACCES = 13;
  public static final int EEXIST = 17;
  public static final int ENOTDIR = 20;
  public static final int EISDIR = 21;
  public static final int EINVAL = 22;
  public static final int EROFS = 30;
  public static final int ENAMETOOLONG = 36;
  public static final int EOPNOTSUPP = 95;

  /** Flags of {@link #open}, as in {@code open(2)}. */
  public static final int WRITE_ONLY = 1;

  public static final int READ_WRITE = 2;
  public static final int CREATE = 0x40;
  public static final int EXCLUSIVE = 0x80;
  public static final int TRUNCATE = 0x200;
  public static final int DATA_SYNC = 0x1000;
  public static final int SYNC = 0x10_1000;

  /** A time of {@link #times} that is the host's present one, or is left as it is. */
  public static final long NOW = (1 << 30) - 1;

  public static final long OMIT = (1 << 30) - 2;

  // Linux; the two that differ between processors are those of arm64 and of all others.
  private static final boolean ARM = System.getProperty("os.arch").equals("aarch64");
  private static final int O_NONBLOCK = 0x800;
  private static final int O_DIRECTORY = ARM ? 0x4000 : 0x1_0000;
  private static final int O_NOFOLLOW = ARM ? 0x8000 : 0x2_0000;
  private static final int O_CLOEXEC = 0x8_0000;
  private static final int O_PATH = 0x20_0000;
  private static final int AT_FDCWD = -100;
  private static final int AT_REMOVEDIR = 0x200;
  private static final int AT_SYMLINK_FOLLOW = 0x400;
  private static final int AT_EMPTY_PATH = 0x1000;
  private static final int STATX_WANTED = 0xfff; // all the basic ones, and the birth
  private static final int STATX_BIRTH = 0x800;
  private static final int ERANGE = 34;

  private static final int MOST_PATH = 4096;
  private static final int MOST_RESULT = 64 << 10; // an extended attribute, or the list of them

  private final MemorySegment state = SystemCall.newState();
  private final MemorySegment first = Arena.ofAuto().allocate(MOST_PATH);
  private final MemorySegment second = Arena.ofAuto().allocate(MOST_PATH);
  private final MemorySegment link = Arena.ofAuto().allocate(32);
  private final MemorySegment result = Arena.ofAuto().allocate(MOST_RESULT, Long.BYTES);

  private FileCalls() {}

  /** For one user; nothing on a host without them. */
  public static Optional<FileCalls> ofHost() {
    return SystemCall.available() ? Optional.of(new FileCalls()) : Optional.empty();
  }

  /** A descriptor of the folder that a path of the host leads to, links followed. */
  public int folder(byte[] path) throws FileError {
    return openAt(AT_FDCWD, text(first, path), O_PATH | O_DIRECTORY, 0);
  }

  /** A descriptor that only points: to whatever has the name in a folder, and never further. */
  public int point(int folder, byte[] name) throws FileError {
    return openAt(folder, text(first, name), O_PATH | O_NOFOLLOW, 0);
  }

  /** Another one that points to the same file. */
  public int point(int descriptor) throws FileError {
    return openAt(AT_FDCWD, self(descriptor), O_PATH, 0);
  }

  /** Opens the regular file, or with no flags the folder, that a descriptor points to. */
  public int open(int descriptor, int flags) throws FileError {
    return openAt(AT_FDCWD, self(descriptor), flags | O_NONBLOCK, 0);
  }

  /** Makes and opens a file whose name is not taken yet. */
  public int create(int folder, byte[] name, int flags, int mode) throws FileError {
    int all = flags | CREATE | EXCLUSIVE | O_NOFOLLOW | O_NONBLOCK;
    return openAt(folder, text(first, name), all, mode);
  }

  private int openAt(int folder, long path, int flags, int mode) throws FileError {
    return (int) call(SystemCall.OPENAT, folder, path, flags | O_CLOEXEC, mode);
  }

  /** Closes a descriptor; what the host says of it is not asked for. */
  public void close(int descriptor) {
    SystemCall.close(state, descriptor);
  }

  /** Fills {@code into} from a place in the file; returns how much there was, 0 at its end. */
  public int read(int descriptor, MemorySegment into, long offset) throws FileError {
    return transfer(SystemCall.PREAD64, descriptor, into, offset);
  }

  /** Writes {@code from} to a place in the file; returns how much was written. */
  public int write(int descriptor, MemorySegment from, long offset) throws FileError {
    return transfer(SystemCall.PWRITE64, descriptor, from, offset);
  }

  /**
   * Entries of an open folder from where it is, as {@code getdents64(2)} has them; 0 at its end.
   */
  public int entries(int descriptor, MemorySegment into) throws FileError {
    return transfer(SystemCall.GETDENTS64, descriptor, into, 0);
  }

  private int transfer(SystemCall how, int descriptor, MemorySegment memory, long offset)
      throws FileError {
    try {
      return (int) call(how, descriptor, memory.address(), memory.byteSize(), offset);
    } finally {
      Reference.reachabilityFence(memory);
    }
  }

  /** Goes to the place in an open folder that an entry named, or to its start, 0. */
  public void seek(int descriptor, long offset) throws FileError {
    call(SystemCall.LSEEK, descriptor, offset, 0, 0);
  }

  public void makeFolder(int folder, byte[] name, int mode) throws FileError {
    call(SystemCall.MKDIRAT, folder, text(first, name), mode, 0);
  }

  /** Makes a file, pipe or socket, which {@code mode} says. */
  public void makeNode(int folder, byte[] name, int mode) throws FileError {
    call(SystemCall.MKNODAT, folder, text(first, name), mode, 0);
  }

  public void makeLink(byte[] target, int folder, byte[] name) throws FileError {
    call(SystemCall.SYMLINKAT, text(first, target), folder, text(second, name), 0);
  }

  /** Gives the file that a descriptor points to one more name. */
  public void addName(int descriptor, int folder, byte[] name) throws FileError {
    long to = text(second, name);
    call(SystemCall.LINKAT, AT_FDCWD, self(descriptor), folder, to, AT_SYMLINK_FOLLOW);
  }

  public void rename(int folder, byte[] name, int newFolder, byte[] newName) throws FileError {
    long to = text(second, newName);
    call(SystemCall.RENAMEAT2, folder, text(first, name), newFolder, to, 0);
  }

  /** Removes a name of what is a folder or of what is none. */
  public void remove(int folder, byte[] name, boolean isFolder) throws FileError {
    call(SystemCall.UNLINKAT, folder, text(first, name), isFolder ? AT_REMOVEDIR : 0, 0);
  }

  /** Where the symbolic link that a descriptor points to leads. */
  public byte[] target(int descriptor) throws FileError {
    return linkTarget(descriptor, text(first, new byte[0]));
  }

  /** The path by which the host knows what a descriptor points to, at this moment. */
  public byte[] path(int descriptor) throws FileError {
    return linkTarget(AT_FDCWD, self(descriptor));
  }

  private byte[] linkTarget(int folder, long path) throws FileError {
    long size = call(SystemCall.READLINKAT, folder, path, result.address(), MOST_PATH);
    return bytes(size);
  }

  public FileStatus status(int descriptor) throws FileError {
    long empty = text(first, new byte[0]);
    long to = result.address();
    call(SystemCall.STATX, descriptor, empty, AT_EMPTY_PATH, STATX_WANTED, to);
    int mask = i32(0);
    // struct statx, <linux/stat.h>.
    return new FileStatus(
        result.get(ValueLayout.JAVA_SHORT, 28) & 0xffff,
        device(136),
        i64(32),
        i32(16),
        i32(20),
        i32(24),
        device(128),
        i64(40),
        i32(4),
        i64(48),
        time(64),
        time(112),
        time(96),
        time(80),
        (mask & STATX_BIRTH) != 0);
  }

  /** As {@code makedev(3)} has it: 12 bits of the major number over 20 of the minor one. */
  private long device(long at) {
    long major = i32(at);
    long minor = i32(at + 4) & 0xffff_ffffL;
    return (minor & 0xff) | (major & 0xfff) << 8 | (minor & ~0xffL) << 12;
  }

  private FileStatus.Time time(long at) {
    return new FileStatus.Time(i64(at), i32(at + 8));
  }

  /** Sets the permissions. */
  public void mode(int descriptor, int mode) throws FileError {
    call(SystemCall.FCHMODAT, AT_FDCWD, self(descriptor), mode, 0);
  }

  /** Sets user and group; -1 leaves one as it is. */
  public void owner(int descriptor, int user, int group) throws FileError {
    long empty = text(first, new byte[0]);
    call(SystemCall.FCHOWNAT, descriptor, empty, user, group, AT_EMPTY_PATH);
  }

  /** Sets both times, whose nanoseconds may be {@link #NOW} or {@link #OMIT}. */
  public void times(
      int descriptor, long accessed, long accessedNanos, long modified, long modifiedNanos)
      throws FileError {
    put(0, accessed);
    put(8, accessedNanos);
    put(16, modified);
    put(24, modifiedNanos);
    call(SystemCall.UTIMENSAT, AT_FDCWD, self(descriptor), result.address(), 0);
  }

  /**
   * Sets the size.
   *
   * @param writable whether the descriptor was opened for writing; then the file's permissions do
   *     not matter any more
   */
  public void size(int descriptor, boolean writable, long size) throws FileError {
    if (writable) {
      call(SystemCall.FTRUNCATE, descriptor, size, 0, 0);
    } else {
      call(SystemCall.TRUNCATE, self(descriptor), size, 0, 0);
    }
  }

  /** Returns once the file, or only its data, is on stable storage. */
  public void flush(int descriptor, boolean onlyData) throws FileError {
    call(onlyData ? SystemCall.FDATASYNC : SystemCall.FSYNC, descriptor, 0, 0, 0);
  }

  /**
   * What is known of a file system.
   *
   * @param blockSize bytes
   * @param blocks in all
   * @param files in all
   * @param name most bytes of a name
   */
  public record Space(
      int blockSize,
      long blocks,
      long free,
      long available,
      long files,
      long freeFiles,
      long id,
      int name) {}

  public Space space(int descriptor) throws FileError {
    call(SystemCall.FSTATFS, descriptor, result.address(), 0, 0);
    // struct statfs64 of 64-bit Linux, <asm-generic/statfs.h>.
    return new Space(
        (int) i64(8), i64(16), i64(24), i64(32), i64(40), i64(48), i64(56), (int) i64(64));
  }

  /** An extended attribute's value. */
  public byte[] attribute(int descriptor, byte[] name) throws FileError {
    long to = result.address();
    return bytes(call(SystemCall.GETXATTR, self(descriptor), text(first, name), to, MOST_RESULT));
  }

  /** The names of all extended attributes, each with a zero behind it. */
  public byte[] attributes(int descriptor) throws FileError {
    return bytes(call(SystemCall.LISTXATTR, self(descriptor), result.address(), MOST_RESULT, 0));
  }

  /**
   * Sets an extended attribute.
   *
   * @param flags as in {@code setxattr(2)}
   */
  public void setAttribute(int descriptor, byte[] name, byte[] value, int flags) throws FileError {
    if (value.length > MOST_RESULT) {
      throw new FileError(ERANGE);
    }
    MemorySegment.copy(value, 0, result, ValueLayout.JAVA_BYTE, 0, value.length);
    call(
        SystemCall.SETXATTR,
        self(descriptor),
        text(first, name),
        result.address(),
        value.length,
        flags);
  }

  public void removeAttribute(int descriptor, byte[] name) throws FileError {
    call(SystemCall.REMOVEXATTR, self(descriptor), text(first, name), 0, 0);
  }

  private long call(SystemCall what, long a, long b, long c, long d) throws FileError {
    return what.call(state, a, b, c, d, 0);
  }

  private long call(SystemCall what, long a, long b, long c, long d, long e) throws FileError {
    return what.call(state, a, b, c, d, e);
  }

  /** The address of a path that leads to the file of a descriptor itself. */
  private long self(int descriptor) throws FileError {
    return text(link, ("/proc/self/fd/" + descriptor).getBytes(StandardCharsets.US_ASCII));
  }

  /** The address of a copy that ends with a zero. */
  private static long text(MemorySegment to, byte[] bytes) throws FileError {
    if (bytes.length >= to.byteSize()) {
      throw new FileError(ENAMETOOLONG);
    }
    MemorySegment.copy(bytes, 0, to, ValueLayout.JAVA_BYTE, 0, bytes.length);
    to.set(ValueLayout.JAVA_BYTE, bytes.length, (byte) 0);
    return to.address();
  }

  private byte[] bytes(long size) {
    return result.asSlice(0, size).toArray(ValueLayout.JAVA_BYTE);
  }

  private int i32(long at) {
    return result.get(ValueLayout.JAVA_INT, at);
  }

  private long i64(long at) {
    return result.get(ValueLayout.JAVA_LONG, at);
  }

  private void put(long at, long value) {
    result.set(ValueLayout.JAVA_LONG, at, value);
  }
}
