package atoll.engine.mmu;

import atoll.host.RawMemory;

/**
 * Which virtual addresses a TLB may have cut out of superpages.
 *
 * <p>A fence names one address of a superpage and means all of it; the TLB holds 4 KiB pieces. So a
 * fence into one of these ranges empties the TLB, and one outside of them need only look at its own
 * page. A kernel's linear map and its image are one range each.
 */
final class Superpages {
  static final int RANGES = 4;

  private final long[] first = new long[RANGES];
  private final long[] last = new long[RANGES];

  /** Ranges in use are the first this many. */
  private int count;

  void clear() {
    count = 0;
  }

  boolean contains(long va) {
    for (int i = 0; i < count; i++) {
      if (first[i] <= va && va <= last[i]) {
        return true;
      }
    }
    return false;
  }

  /** Adds the superpage of {@code size} bytes that holds {@code va}. */
  void add(long va, long size) {
    if (contains(va)) {
      return;
    }
    long from = va & -size;
    long to = from + size - 1;
    int range = neighbour(from, to);
    if (range < 0 && count < RANGES) {
      first[count] = from;
      last[count] = to;
      count++;
      return;
    }
    range = range < 0 ? nearest(from) : range;
    first[range] = Math.min(first[range], from);
    last[range] = Math.max(last[range], to);
  }

  /** Writes for each range where it begins and how many bytes it has; 0 for those not in use. */
  void write(long address) {
    for (int i = 0; i < RANGES; i++) {
      RawMemory.putLong(address + 16L * i, first[i]);
      RawMemory.putLong(address + 16L * i + 8, i < count ? last[i] - first[i] + 1 : 0);
    }
  }

  private int neighbour(long from, long to) {
    for (int i = 0; i < count; i++) {
      if (from <= last[i] + 1 && first[i] <= to + 1) {
        return i;
      }
    }
    return -1;
  }

  private int nearest(long from) {
    int best = 0;
    for (int i = 1; i < count; i++) {
      if (Math.abs(first[i] - from) < Math.abs(first[best] - from)) {
        best = i;
      }
    }
    return best;
  }
}
