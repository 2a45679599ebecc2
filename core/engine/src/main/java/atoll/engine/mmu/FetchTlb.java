package atoll.engine.mmu;

import atoll.engine.decode.CodePage;
import java.util.Arrays;

/** A direct-mapped cache of virtual page to decoded code, for one address space and privilege. */
public final class FetchTlb {
  private static final int ENTRIES = 1024;
  private static final long EMPTY = -1;

  private final long[] tag = new long[ENTRIES];
  private final CodePage[] page = new CodePage[ENTRIES];

  /** Where translated code of these pages is; null if the engine translates nothing. */
  public JumpCache jumps;

  private boolean used = true;
  private final Superpages superpages = new Superpages();

  FetchTlb() {
    flush();
  }

  /** The code at a virtual address, or null on a miss. */
  public CodePage lookup(long va) {
    int slot = slot(va);
    return tag[slot] == (va & Tlb.PAGE_MASK) ? page[slot] : null;
  }

  void fill(long va, CodePage code, long pageSize) {
    used = true;
    if (pageSize > 4096) {
      superpages.add(va, pageSize);
    }
    int slot = slot(va);
    tag[slot] = va & Tlb.PAGE_MASK;
    page[slot] = code;
  }

  void flush() {
    if (jumps != null) {
      jumps.flush();
    }
    if (used) {
      Arrays.fill(tag, EMPTY);
      Arrays.fill(page, null);
      used = false;
      superpages.clear();
    }
  }

  public void flushPage(long va) {
    if (superpages.contains(va)) {
      flush();
      return;
    }
    if (jumps != null) {
      jumps.flushPage(va);
    }
    if (tag[slot(va)] == (va & Tlb.PAGE_MASK)) {
      tag[slot(va)] = EMPTY;
    }
  }

  private static int slot(long va) {
    return (int) (va >>> 12) & ENTRIES - 1;
  }
}
