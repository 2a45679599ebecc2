package atoll.engine.mmu;

import atoll.engine.StopPoints;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * {@link StopPoints} as harts ask for them. Immutable.
 *
 * <p>Code in a page with a breakpoint is marked when the page gets into a fetch TLB ({@link
 * CodeCache#mark}); a page with a watchpoint gets into no TLB for data, so that every access to it
 * takes the slow path, which asks. Everything else is as fast as without stop points.
 */
public final class StopTable {
  /** No stop points. */
  public static final StopTable NONE = new StopTable(StopPoints.NONE);

  private static final long PAGE = 4096;

  private final StopPoints points;

  /** The breakpoints' addresses in order. */
  private final long[] addresses;

  /** Asked for at each access that misses the TLB. */
  private final boolean watches;

  public StopTable(StopPoints points) {
    this.points = points;
    watches = !points.watchpoints().isEmpty();
    addresses =
        points.breakpoints().stream()
            .mapToLong(StopPoints.Breakpoint::address)
            .distinct()
            .sorted()
            .toArray();
  }

  /** The first address of each page with a stop point. */
  Set<Long> pages() {
    Set<Long> pages = new LinkedHashSet<>();
    for (long address : addresses) {
      pages.add(address & Tlb.PAGE_MASK);
    }
    for (StopPoints.Watchpoint watchpoint : points.watchpoints()) {
      long last = watchpoint.address() + watchpoint.length() - 1 & Tlb.PAGE_MASK;
      long page = watchpoint.address() & Tlb.PAGE_MASK;
      pages.add(page);
      while (page != last) {
        page += PAGE;
        pages.add(page);
      }
    }
    return pages;
  }

  /** The addresses of breakpoints in the page at {@code va}. */
  long[] inPage(long va) {
    return addresses.length == 0
        ? addresses
        : Arrays.stream(addresses).filter(address -> (address ^ va) >>> 12 == 0).toArray();
  }

  /** Whether there is a breakpoint at an address in an address space. */
  public boolean breaksAt(long pc, long space) {
    if (Arrays.binarySearch(addresses, pc) < 0) {
      return false;
    }
    return points.breakpoints().stream()
        .anyMatch(breakpoint ->
            breakpoint.address() == pc
                && (breakpoint.space().isEmpty() || breakpoint.space().getAsLong() == space));
  }

  /** Whether there is a watchpoint at all. */
  public boolean watches() {
    return watches;
  }

  /** Whether a part of the page at {@code va} is watched. */
  boolean watchesPage(long va) {
    long page = va & Tlb.PAGE_MASK;
    return watches()
        && points.watchpoints().stream().anyMatch(watchpoint -> touches(watchpoint, page, PAGE));
  }

  /** The watchpoint that an access meets, or null. */
  public StopPoints.Watchpoint watched(long va, long bytes, boolean load, boolean store) {
    for (StopPoints.Watchpoint watchpoint : points.watchpoints()) {
      boolean kind = load && watchpoint.loads() || store && watchpoint.stores();
      if (kind && touches(watchpoint, va, bytes)) {
        return watchpoint;
      }
    }
    return null;
  }

  /** Addresses go round: one range begins in the other. */
  private static boolean touches(StopPoints.Watchpoint watchpoint, long va, long bytes) {
    return Long.compareUnsigned(va - watchpoint.address(), watchpoint.length()) < 0
        || Long.compareUnsigned(watchpoint.address() - va, bytes) < 0;
  }
}
