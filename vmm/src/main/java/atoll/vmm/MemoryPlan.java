package atoll.vmm;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Who gets which part of a machine's RAM at boot; nothing overlaps. Addresses are guest-physical.
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
    add(new Range(owner, start, start + size));
  }

  /**
   * Takes the highest gap that fits.
   *
   * @param alignment of the start, a power of two
   * @param ceiling address that nothing of it may reach
   * @return where it begins
   */
  long placeHigh(String owner, long size, long alignment, long ceiling) {
    long top = Math.min(end, ceiling);
    for (int i = taken.size() - 1; i >= -1; i--) {
      long bottom = i < 0 ? base : taken.get(i).end;
      long start = top - size & -alignment;
      if (size <= top - base && start >= bottom) {
        add(new Range(owner, start, start + size));
        return start;
      }
      top = i < 0 ? top : Math.min(top, taken.get(i).start);
    }
    long used = taken.stream().mapToLong(range -> range.end - range.start).sum();
    throw new VmException(
        BootPart.MEMORY,
        "%s needs 0x%x bytes, but of the VM's %d MiB of RAM %d MiB are taken; %s"
            .formatted(
                owner,
                size,
                (end - base) / MIB,
                (used + MIB - 1) / MIB,
                remedy(base + used, size)));
  }

  private void add(Range range) {
    taken.add(range);
    taken.sort(Comparator.comparingLong(Range::start));
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
