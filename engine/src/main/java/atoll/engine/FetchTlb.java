package atoll.engine;

import java.util.Arrays;

/** A direct-mapped cache of virtual page to decoded code, for one address space and privilege. */
final class FetchTlb {
  private static final int ENTRIES = 256;
  private static final long EMPTY = -1;

  private final long[] tag = new long[ENTRIES];
  private final CodePage[] page = new CodePage[ENTRIES];
  private boolean used = true;
  private boolean superpages;

  FetchTlb() {
    flush();
  }

  /** The code at a virtual address, or null on a miss. */
  CodePage lookup(long va) {
    int slot = slot(va);
    return tag[slot] == (va & Tlb.PAGE_MASK) ? page[slot] : null;
  }

  void fill(long va, CodePage code, long pageSize) {
    used = true;
    superpages |= pageSize > 4096;
    int slot = slot(va);
    tag[slot] = va & Tlb.PAGE_MASK;
    page[slot] = code;
  }

  void flush() {
    if (used) {
      Arrays.fill(tag, EMPTY);
      Arrays.fill(page, null);
      used = false;
      superpages = false;
    }
  }

  void flushPage(long va) {
    if (superpages) {
      flush();
    } else if (tag[slot(va)] == (va & Tlb.PAGE_MASK)) {
      tag[slot(va)] = EMPTY;
    }
  }

  private static int slot(long va) {
    return (int) (va >>> 12) & ENTRIES - 1;
  }
}
