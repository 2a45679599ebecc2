package atoll.memory;

import java.util.BitSet;
import java.util.List;
import java.util.function.LongConsumer;

/**
 * Which pages of a machine's memory were written to.
 *
 * @param ranges one for each range of its map, as it was then
 */
public record DirtyPages(List<Range> ranges) {
  /**
   * A range of RAM or a window.
   *
   * @param gpa the guest-physical address of its first byte
   * @param pages by their numbers in the range
   * @param ram whether it is RAM
   */
  public record Range(long gpa, BitSet pages, boolean ram) {}

  public DirtyPages {
    ranges = List.copyOf(ranges);
  }

  /** How many pages they are. */
  public long count() {
    return ranges.stream().mapToLong(range -> range.pages.cardinality()).sum();
  }

  /** How many of them are RAM. */
  public long ramCount() {
    return ranges.stream().filter(Range::ram).mapToLong(r -> r.pages.cardinality()).sum();
  }

  /** Whether the page at a guest-physical address is one of them. */
  public boolean contains(long gpa) {
    for (Range range : ranges) {
      long page = gpa - range.gpa >> 12;
      if (page >= 0 && page < Integer.MAX_VALUE && range.pages.get((int) page)) {
        return true;
      }
    }
    return false;
  }

  /** Hands the guest-physical address of each to {@code consumer}, range by range in order. */
  public void forEach(LongConsumer consumer) {
    for (Range range : ranges) {
      range.pages.stream()
          .forEach(page -> consumer.accept(range.gpa + (long) page * GuestMemory.PAGE_SIZE));
    }
  }
}
