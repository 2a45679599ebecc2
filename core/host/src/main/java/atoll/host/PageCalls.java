package atoll.host;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.OptionalLong;

/** Linux's calls on pages of memory: {@code madvise} and {@code mincore}. */
final class PageCalls {
  private static final long PAGE = 4096;
  private static final int MADV_DONTNEED = 4;

  /** Pages asked about in one call. */
  private static final long BATCH = 1 << 16;

  private static final boolean LINUX = System.getProperty("os.name").equals("Linux");

  private PageCalls() {}

  /** Whether the host has taken the pages of a private, anonymous range back. */
  static boolean discard(MemorySegment range) {
    if (!LINUX) {
      return false;
    }
    try {
      return (int) Calls.MADVISE.invokeExact(range.address(), range.byteSize(), MADV_DONTNEED) == 0;
    } catch (Throwable e) {
      throw new HostException("madvise could not be called", e);
    }
  }

  /** How many bytes of a page-aligned range are in memory. */
  static OptionalLong resident(MemorySegment range) {
    if (!LINUX) {
      return OptionalLong.empty();
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment answers = arena.allocate(Math.min(BATCH, range.byteSize() / PAGE));
      long pages = 0;
      for (long offset = 0; offset < range.byteSize(); offset += BATCH * PAGE) {
        long bytes = Math.min(BATCH * PAGE, range.byteSize() - offset);
        if (Calls.mincore(range.address() + offset, bytes, answers) != 0) {
          return OptionalLong.empty();
        }
        pages += count(answers, bytes / PAGE);
      }
      return OptionalLong.of(pages * PAGE);
    }
  }

  private static long count(MemorySegment answers, long pages) {
    long present = 0;
    for (long page = 0; page < pages; page++) {
      present += answers.get(ValueLayout.JAVA_BYTE, page) & 1;
    }
    return present;
  }

  /** Linked when first used. */
  private static final class Calls {
    static final MethodHandle MADVISE =
        link("madvise", ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT);

    static final MethodHandle MINCORE =
        link("mincore", ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.ADDRESS);

    static int mincore(long address, long bytes, MemorySegment answers) {
      try {
        return (int) MINCORE.invokeExact(address, bytes, answers);
      } catch (Throwable e) {
        throw new HostException("mincore could not be called", e);
      }
    }

    private static MethodHandle link(String name, ValueLayout... arguments) {
      Linker linker = Linker.nativeLinker();
      return linker.downcallHandle(
          linker.defaultLookup().findOrThrow(name),
          FunctionDescriptor.of(ValueLayout.JAVA_INT, arguments));
    }
  }
}
