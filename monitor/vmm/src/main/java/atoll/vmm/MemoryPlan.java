package atoll.vmm;

import atoll.vmm.FdtTree.Reservation;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Which part of a machine's RAM each piece gets at boot; nothing overlaps. Addresses are
 * guest-physical.
 */
final class MemoryPlan {
  private static final long MIB = 1 << 20;

  /** More memory than anybody would be told to give: 1 TiB. */
  private static final long PLAUSIBLE = 1L << 40;

  /** What the rest of a boot needs beside the piece that did not fit. */
  private static final long HEADROOM = 8 * MIB;

  private final long base;
  private final long end;
  private final List<Range> taken = new ArrayList<>();

  /** Where nothing is placed that could be elsewhere; may overlap one another and what is taken. */
  private final List<Range> excluded = new ArrayList<>();

  private record Range(String owner, long start, long end) {}

  MemoryPlan(long base, long size) {
    this.base = base;
    this.end = base + size;
  }

  /** Takes exactly these bytes. */
  void reserve(String owner, long start, long size) {
    if (start < base) {
      throw new VmException(
          "%s wants to be at 0x%x, but RAM begins at 0x%x; link it for that address"
              .formatted(owner, start, base));
    }
    if (size < 0 || size > Long.MAX_VALUE - start || start + size > end) {
      throw tooSmall(owner, start, size);
    }
    for (Range range : taken) {
      if (start < range.end && range.start < start + size) {
        throw new VmException(
            "%s (0x%x to 0x%x) overlaps %s (0x%x to 0x%x); link one of them elsewhere"
                .formatted(owner, start, start + size, range.owner, range.start, range.end));
      }
    }
    taken.add(new Range(owner, start, start + size));
  }

  /** Keeps what is placed from now on off these bytes, of which any may be outside of RAM. */
  void exclude(Reservation region) {
    if (touches(region)) {
      long first = Math.max(base, region.address());
      long last = end(region);
      excluded.add(
          new Range("a reserved region", first, Long.compareUnsigned(last, end) < 0 ? last : end));
    }
  }

  /** Whether some of these bytes are in RAM. */
  boolean touches(Reservation region) {
    return region.size() != 0
        && Long.compareUnsigned(region.address(), end) < 0
        && Long.compareUnsigned(end(region), base) > 0;
  }

  /** Whether some of these bytes are behind the end of RAM. */
  boolean reachesBeyond(Reservation region) {
    return Long.compareUnsigned(end(region), end) > 0;
  }

  /** Where RAM ends. */
  long end() {
    return end;
  }

  /** How much RAM a region ends in, in MiB. */
  long mebibytesFor(Reservation region) {
    return Long.divideUnsigned(end(region) - base + MIB - 1, MIB);
  }

  /** The address behind a region, at most the highest one. */
  static long end(Reservation region) {
    long behind = region.address() + region.size();
    return Long.compareUnsigned(behind, region.address()) < 0 ? -1 : behind;
  }

  /**
   * Takes the highest gap that fits.
   *
   * @param alignment of the start, a power of two
   * @param ceiling address that nothing of it may reach
   * @return where it begins
   */
  long placeHigh(String owner, long size, long alignment, long ceiling) {
    List<Range> blocked = new ArrayList<>(taken);
    blocked.addAll(excluded);
    blocked.sort(Comparator.comparingLong(Range::start));
    long[] behind = ends(blocked);
    long top = Math.min(end, ceiling);
    for (int i = blocked.size(); i >= 0; i--) {
      long start = top - size & -alignment;
      if (size <= top - base && start >= behind[i]) {
        taken.add(new Range(owner, start, start + size));
        return start;
      }
      top = i == 0 ? top : Math.min(top, blocked.get(i - 1).start);
    }
    throw noRoom(owner, size);
  }

  /** For each range, in order of their starts, where all those before it have ended. */
  private long[] ends(List<Range> ranges) {
    long[] ends = new long[ranges.size() + 1];
    ends[0] = base;
    for (int i = 0; i < ranges.size(); i++) {
      ends[i + 1] = Math.max(ends[i], ranges.get(i).end);
    }
    return ends;
  }

  private VmException noRoom(String owner, long size) {
    long used = taken.stream().mapToLong(range -> range.end - range.start).sum();
    return new VmException(
        BootPart.MEMORY,
        "%s needs 0x%x bytes, but of the VM's %d MiB of RAM %d MiB are taken%s; %s"
            .formatted(
                owner,
                size,
                (end - base) / MIB,
                (used + MIB - 1) / MIB,
                excluded.isEmpty() ? "" : " and the given device tree keeps others back",
                excluded.isEmpty()
                    ? remedy(base + used, size)
                    : "reserve less in it, or give it more memory"));
  }

  private VmException tooSmall(String owner, long start, long size) {
    return new VmException(
        plausible(start, size) ? BootPart.MEMORY : null,
        "%s needs 0x%x bytes from 0x%x, but the VM has %d MiB of RAM from 0x%x; %s"
            .formatted(owner, size, start, (end - base) / MIB, base, remedy(start, size)));
  }

  private boolean plausible(long start, long size) {
    return start - base < PLAUSIBLE && size >= 0 && size < PLAUSIBLE;
  }

  private String remedy(long start, long size) {
    return plausible(start, size)
        ? "give it %d MiB or more".formatted((start - base + size + HEADROOM) / MIB)
        : "use an image that is linked for this board";
  }
}
