package atoll.host;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.util.Set;

/**
 * Linux's system calls on files, interfaces and descriptors, by their numbers: the kernel's
 * interface, which is the same with every C library and never changes. All go through {@code
 * syscall(2)}.
 */
enum SystemCall {
  OPENAT(257, 56),
  CLOSE(3, 57),
  READ(0, 63),
  WRITE(1, 64),
  READV(19, 65),
  WRITEV(20, 66),
  IOCTL(16, 29),
  PPOLL(271, 73),
  EVENTFD2(290, 19),
  SOCKET(41, 198),
  SENDTO(44, 206),
  RECVMSG(47, 212),
  SETSOCKOPT(54, 208),
  FLOCK(73, 32),
  PREAD64(17, 67),
  PWRITE64(18, 68),
  PWRITEV(296, 70),
  PREADV2(327, 286),
  GETDENTS64(217, 61),
  LSEEK(8, 62),
  MKDIRAT(258, 34),
  MKNODAT(259, 33),
  SYMLINKAT(266, 36),
  LINKAT(265, 37),
  RENAMEAT2(316, 276),
  UNLINKAT(263, 35),
  READLINKAT(267, 78),
  FCHMODAT(268, 53),
  FCHOWNAT(260, 54),
  UTIMENSAT(280, 88),
  TRUNCATE(76, 45),
  FTRUNCATE(77, 46),
  FSYNC(74, 82),
  FDATASYNC(75, 83),
  STATX(332, 291),
  FSTATFS(138, 44),
  GETXATTR(191, 8),
  LISTXATTR(194, 11),
  SETXATTR(188, 5),
  REMOVEXATTR(197, 14);

  private static final MemoryLayout STATE = Linker.Option.captureStateLayout();
  private static final VarHandle ERRNO =
      STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));

  private final int number;

  /** By the numbers of x86-64, and those that newer processors share ({@code asm-generic}). */
  SystemCall(int x86, int generic) {
    number = Processor.NAME.equals("amd64") ? x86 : generic;
  }

  /** Whether this host has them. */
  static boolean available() {
    return System.getProperty("os.name").equals("Linux")
        && Set.of("amd64", "aarch64", "riscv64").contains(Processor.NAME);
  }

  /** What these constants need to know when they are made. */
  private static final class Processor {
    static final String NAME = System.getProperty("os.arch");
  }

  /** Linked when first used. */
  private static final class Entry {
    static final MethodHandle HANDLE = link();

    private static MethodHandle link() {
      var word = ValueLayout.JAVA_LONG;
      Linker linker = Linker.nativeLinker();
      return linker.downcallHandle(
          linker.defaultLookup().findOrThrow("syscall"),
          FunctionDescriptor.of(word, word, word, word, word, word, word, word),
          Linker.Option.captureCallState("errno"),
          Linker.Option.firstVariadicArg(1));
    }
  }

  /** Where a calling thread gets error numbers. */
  static MemorySegment newState() {
    return Arena.ofAuto().allocate(STATE);
  }

  /** Closes a descriptor; what the host says of it is not asked for. */
  static void close(MemorySegment state, int descriptor) {
    try {
      CLOSE.call(state, descriptor, 0, 0, 0, 0);
    } catch (FileError e) {
      // It is closed all the same (close(2)); data that could not be written, fsync tells of.
    }
  }

  /**
   * Makes the call.
   *
   * @param state of {@link #newState}, for one thread at a time
   * @return what it returns, 0 or more
   * @throws FileError if it fails
   */
  long call(MemorySegment state, long a, long b, long c, long d, long e) throws FileError {
    return call(state, a, b, c, d, e, 0);
  }

  /** The same with as many arguments as a call can have. */
  long call(MemorySegment state, long a, long b, long c, long d, long e, long f) throws FileError {
    long result;
    try {
      result = (long) Entry.HANDLE.invokeExact(state, (long) number, a, b, c, d, e, f);
    } catch (Throwable problem) {
      throw new HostException(this + " could not be called", problem);
    }
    if (result < 0) {
      throw new FileError((int) ERRNO.get(state, 0L));
    }
    return result;
  }
}
