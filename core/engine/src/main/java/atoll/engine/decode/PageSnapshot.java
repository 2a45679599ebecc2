package atoll.engine.decode;

import atoll.host.RawMemory;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;

/**
 * A page of guest code as it was when it was {@linkplain #take taken}. Code that is made of it on
 * another thread meanwhile is the guest's if {@link #holds} says so afterwards.
 */
public final class PageSnapshot implements CodeSource {
  private static final int BYTES = 2 * CodePage.PARCELS;

  private final MemorySegment bytes = RawMemory.allocate(BYTES);
  private final long address = bytes.address();

  private CodePage page;
  private long[] marks;
  private int markings;

  /** Takes a page; another hart may be writing there. */
  public void take(CodePage from) {
    page = from;
    markings = from.markings(); // first: if it is what it was, so are the marks
    marks = from.marks();
    RawMemory.copy(from.hva(), address, BYTES);
  }

  @Override
  public long read(int parcel) {
    return CodePage.predecode(parcel, fetch(parcel), marks);
  }

  private int fetch(int parcel) {
    int low = RawMemory.getShort(address + 2L * parcel) & 0xffff;
    return (low & 3) == 3 && parcel < CodePage.PARCELS - 1
        ? RawMemory.getInt(address + 2L * parcel)
        : low;
  }

  /**
   * Whether some ranges of the page still are what they were, and may be executed as they were
   * taken. A store of another hart to them either is seen here, or finds that they are covered.
   *
   * @param ranges a first parcel each, and how many of them, in pairs
   */
  public boolean holds(int[] ranges) {
    if (!page.live()) { // its memory may be gone
      return false;
    }
    for (int i = 0; i < ranges.length; i += 2) {
      page.cover(ranges[i], ranges[i + 1]);
    }
    VarHandle.fullFence();
    for (int i = 0; i < ranges.length; i += 2) {
      if (!RawMemory.same(page.hva() + 2L * ranges[i], at(ranges[i]), 2 * ranges[i + 1])) {
        return false;
      }
    }
    return page.live() && page.markings() == markings;
  }

  /** The host address of a parcel's bytes in it. */
  public long at(int parcel) {
    return address + 2L * parcel;
  }
}
