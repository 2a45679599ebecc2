package atoll.engine.mmu;

import java.util.Arrays;

/**
 * Pages that are no memory, as one kind of access through a {@link Tlb} has found them: by virtual
 * address, direct-mapped, the guest-physical address. Each belongs to the table of that TLB, which
 * forgets here whatever it forgets of memory.
 */
final class DevicePages {
  /** What {@link #lookup} returns for a page that is not here. */
  static final long UNKNOWN = -1;

  private static final int ENTRIES = 16;
  private static final long OFFSET = ~Tlb.PAGE_MASK;

  private final long[] tags = new long[ENTRIES];
  private final long[] pages = new long[ENTRIES];
  private boolean used = true;

  DevicePages() {
    flush();
  }

  /** The guest-physical address of {@code va}, or {@link #UNKNOWN}. */
  long lookup(long va) {
    int slot = slot(va);
    return tags[slot] == (va & Tlb.PAGE_MASK) ? pages[slot] | va & OFFSET : UNKNOWN;
  }

  void fill(long va, long gpa) {
    int slot = slot(va);
    tags[slot] = va & Tlb.PAGE_MASK;
    pages[slot] = gpa & Tlb.PAGE_MASK;
    used = true;
  }

  /** Forgets the page at {@code va}. */
  void forget(long va) {
    int slot = slot(va);
    if (tags[slot] == (va & Tlb.PAGE_MASK)) {
      tags[slot] = UNKNOWN;
    }
  }

  void flush() {
    if (used) {
      Arrays.fill(tags, UNKNOWN);
      used = false;
    }
  }

  private static int slot(long va) {
    return (int) (va >>> 12) & ENTRIES - 1;
  }
}
