package atoll.memory;

import atoll.state.Unsaved;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What a machine's guest-physical addresses lead to: ranges of RAM and ROM, and windows onto memory
 * that it shares with others. All other addresses are devices' or nobody's.
 *
 * <p>Pages are numbered: a mapped page's number (its frame) stays as long as it is mapped. RAM that
 * the machine was made with has the first numbers and stays mapped.
 *
 * <p>Ranges are added and removed while nothing in the machine executes. Listeners, which have what
 * they derive from the map, are asked before a change and told after it. Reading is thread-safe.
 */
@Unsaved("made again with the memory; a state is of a map that has not changed")
public final class GuestMap {
  /** Instead of a page's number: nothing is mapped there. */
  public static final int NOWHERE = -1;

  /** Keeps something that follows from the map. */
  @FunctionalInterface
  public interface Listener {
    /**
     * The map is about to change.
     *
     * @param after what will be mapped
     * @return to be run after the change; must not fail
     * @throws IllegalStateException if the map must not change now: it stays as it is
     */
    Runnable prepare(List<MappedExtent> after);
  }

  /** The map at one time. */
  private static final class Version {
    private final long number;
    private final MemoryRegion[] regions;
    private final List<MappedExtent> extents;

    Version(long number, MemoryRegion... regions) {
      this.number = number;
      this.regions = regions;
      List<MappedExtent> all = new ArrayList<>();
      for (MemoryRegion region : regions) {
        all.addAll(region.extents());
      }
      extents = List.copyOf(all);
    }
  }

  private final MemoryRegion first;
  private final List<Listener> listeners = new ArrayList<>();
  private volatile Version now;

  /** Maps a machine's first RAM. */
  GuestMap(MemoryRegion ram) {
    first = ram;
    now = new Version(0, ram);
  }

  /** How often the map has changed: what was derived from it holds for the same number only. */
  public long version() {
    return now.number;
  }

  /** Asks and tells {@code listener} of changes from now on, after those that were there before. */
  public synchronized void onChange(Listener listener) {
    listeners.add(listener);
  }

  /** What is mapped, the first RAM first, in parts that are contiguous in machine memory. */
  public List<MappedExtent> extents() {
    return now.extents;
  }

  /** Whether a part of the memory is a window. */
  public boolean hasWindows() {
    return Arrays.stream(now.regions).anyMatch(region -> !region.ram());
  }

  /** Whether nothing is mapped from {@code gpa} to {@code gpa + length - 1}. */
  public boolean isFree(long gpa, long length) {
    return Arrays.stream(now.regions).noneMatch(region -> region.overlaps(gpa, length));
  }

  // ------------------------------------------------------------ pages by number

  /** One more than the highest number that a page has. */
  public int frames() {
    int most = 0;
    for (MemoryRegion region : now.regions) {
      most = Math.max(most, region.endFrame());
    }
    return most;
  }

  /** The number of the page at a guest-physical address; {@link #NOWHERE} outside the map. */
  public int frame(long gpa) {
    MemoryRegion region = first.contains(gpa, 1) ? first : region(gpa, 1);
    return region == null ? NOWHERE : region.frame(gpa);
  }

  /** The same, but {@link #NOWHERE} in windows too: they hold neither code nor page tables. */
  public int ramFrame(long gpa) {
    MemoryRegion region = first.contains(gpa, 1) ? first : region(gpa, 1);
    return region == null || !region.ram() ? NOWHERE : region.frame(gpa);
  }

  /** Whether a mapped page has the number. */
  public boolean has(int frame) {
    return regionOf(frame) != null;
  }

  /** The guest-physical address of a mapped page. */
  public long address(int frame) {
    MemoryRegion region = mapped(frame);
    return region.base() + (long) (frame - region.firstFrame()) * GuestMemory.PAGE_SIZE;
  }

  /** The host-virtual address of a mapped page. */
  public long hva(int frame) {
    return mapped(frame).hva(address(frame));
  }

  private MemoryRegion mapped(int frame) {
    MemoryRegion region = regionOf(frame);
    if (region == null) {
      throw new IndexOutOfBoundsException("no page has the number " + frame);
    }
    return region;
  }

  private MemoryRegion regionOf(int frame) {
    for (MemoryRegion region : now.regions) {
      if (frame >= region.firstFrame() && frame < region.endFrame()) {
        return region;
      }
    }
    return null;
  }

  // ------------------------------------------------------------ regions

  /** What holds all of a range; null if nothing does. */
  MemoryRegion region(long gpa, long length) {
    for (MemoryRegion region : now.regions) {
      if (region.contains(gpa, length)) {
        return region;
      }
    }
    return null;
  }

  /** What is mapped, the first RAM first. */
  MemoryRegion[] regions() {
    return now.regions;
  }

  /**
   * Maps a region, whose pages get numbers that are free.
   *
   * @throws IllegalArgumentException if something is mapped there already
   * @throws IllegalStateException if the map must not change now
   */
  synchronized void add(MemoryRegion region) {
    if (!isFree(region.base(), region.size())) {
      throw new IllegalArgumentException(
          "guest-physical 0x%x+0x%x overlaps what is mapped"
              .formatted(region.base(), region.size()));
    }
    MemoryRegion[] after = Arrays.copyOf(now.regions, now.regions.length + 1);
    after[after.length - 1] = region.numbered(freeFrames(region.pages()));
    change(after);
  }

  /** The lowest number from which {@code pages} are free. */
  private int freeFrames(int pages) {
    int from = 0;
    for (MemoryRegion next = takes(from, pages); next != null; next = takes(from, pages)) {
      from = next.endFrame();
    }
    return from;
  }

  private MemoryRegion takes(int from, int pages) {
    for (MemoryRegion region : now.regions) {
      if (region.firstFrame() < from + pages && from < region.endFrame()) {
        return region;
      }
    }
    return null;
  }

  /**
   * Unmaps what begins at {@code base}.
   *
   * @throws IllegalArgumentException if nothing does, or the first RAM, which stays
   * @throws IllegalStateException if the map must not change now
   */
  synchronized void remove(long base) {
    MemoryRegion[] after =
        Arrays.stream(now.regions)
            .filter(region -> region.base() != base || base == first.base())
            .toArray(MemoryRegion[]::new);
    if (after.length == now.regions.length) {
      throw new IllegalArgumentException(
          "nothing that can be unmapped begins at guest-physical 0x%x".formatted(base));
    }
    change(after);
  }

  private void change(MemoryRegion[] regions) {
    Version after = new Version(now.number + 1, regions);
    List<Runnable> followers = new ArrayList<>();
    for (Listener listener : listeners) {
      followers.add(listener.prepare(after.extents));
    }
    now = after;
    followers.forEach(Runnable::run);
  }
}
