package atoll.host;

import java.lang.foreign.MemorySegment;

/**
 * Has the host back memory with its large pages (transparent huge pages, {@code madvise(2)}): one
 * page fault for each in place of 512, which on a host that is a virtual machine itself take longer
 * than the copying that causes them.
 */
public final class LargePages {
  /** Of x86-64, and of AArch64 with pages of 4 KiB. */
  static final long SIZE = 2 << 20;

  private LargePages() {}

  /**
   * Tells the host that all of {@code range} is about to be written. Only large pages that lie
   * within it are asked for, so that no more memory is taken up than will be written. It is advice:
   * nothing else changes, and a host without large pages leaves it at that.
   *
   * @param range of memory of {@link HostMemory}
   */
  public static void fill(MemorySegment range) {
    long begin = (range.address() + SIZE - 1) & -SIZE;
    long end = (range.address() + range.byteSize()) & -SIZE;
    if (range.isNative() && begin < end) {
      PageCalls.large(begin, end - begin);
    }
  }
}
