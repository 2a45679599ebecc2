package atoll.host;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.OptionalLong;

/** Linux's calls on pages of memory: {@code madvise} and {@code mincore}. */
final class PageCalls {
  private static final long PAGE = 4096;
  private static final int MADV_DONTNEED = 4;
  private static final int MADV_HUGEPAGE = 14;

  /** Pages asked about in one call. */
  private static final long BATCH = 1 << 16;

  private static final boolean LINUX = System.getProperty("os.name").equals("Linux");

  private PageCalls() {}

  /** Whether the host has taken the pages of a private, anonymous range back. */
  static boolean discard(MemorySegment range) {
    if (!LINUX) {
      return false;
    }
    return Calls.MADVISE.call(range.address(), range.byteSize(), MADV_DONTNEED) == 0;
  }

  /** Has large pages come into a range when it is touched, if the host has such. */
  static void large(long address, long bytes) {
    if (LINUX) {
      int ignored = Calls.MADVISE.call(address, bytes, MADV_HUGEPAGE);
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
        if (Calls.MINCORE.call(range.address() + offset, bytes, answers.address()) != 0) {
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
    static final HostCall MADVISE = HostCall.of("madvise");
    static final HostCall MINCORE = HostCall.of("mincore");
  }
}
