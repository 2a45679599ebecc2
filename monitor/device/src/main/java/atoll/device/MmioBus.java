package atoll.device;

import atoll.state.Unsaved;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Stream;

/**
 * The memory-mapped I/O bus of one virtual machine: finds the device at a guest-physical address,
 * calls it, under its monitor unless it is an {@link OutsideDevice}, and counts.
 *
 * <p>Thread-safe: vCPUs access it at the same time, and only those that address the same device
 * wait for each other.
 */
public final class MmioBus {
  /** Sorted by base and never changed in place, so that a lookup needs no lock. */
  @Unsaved("attached again")
  private volatile Region[] regions = {};

  /** What answers where none of them does; never changed in place. */
  @Unsaved("attached again")
  private volatile Region[] behind = {};

  @Unsaved("for statistics")
  private final LongAdder unmapped = new LongAdder();

  /**
   * What a device has been asked so far.
   *
   * @param device its name
   * @param base guest-physical address of its first byte
   * @param size bytes of its range
   * @param reads reads served
   * @param writes writes served
   * @param faults accesses it does not decode, each an access fault for the guest
   */
  public record Statistics(
      String device, long base, long size, long reads, long writes, long faults) {}

  /**
   * Puts {@code device} at {@code base}.
   *
   * @param size bytes of address range it answers for
   * @return by which it is moved and taken off again
   * @throws IllegalArgumentException if the range is empty, wraps, or overlaps another device
   */
  public Handle attach(long base, long size, BusDevice device) {
    Region added = new Region(this, base, size, device, new Counts());
    replace(null, added);
    return new Handle(added);
  }

  /**
   * Puts {@code device} behind all that are attached, now or later: it answers at those of its
   * addresses where no other does.
   *
   * @param size bytes of address range
   * @throws IllegalArgumentException if the range is empty, wraps, or overlaps another that is
   *     behind
   */
  public synchronized void attachBehind(long base, long size, MmioDevice device) {
    List<Region> all = new ArrayList<>(List.of(behind));
    Region added = new Region(this, base, size, device, new Counts());
    requireFree(added, all);
    all.add(added);
    behind = all.toArray(Region[]::new);
  }

  /** Changes the map: {@code old} leaves it, {@code added} is there; each may be null. */
  private synchronized void replace(Region old, Region added) {
    List<Region> all = new ArrayList<>(List.of(regions));
    all.remove(old);
    if (added != null) {
      requireFree(added, all);
      all.add(added);
      all.sort(Comparator.comparingLong(region -> region.base));
    }
    regions = all.toArray(Region[]::new);
  }

  private static void requireFree(Region added, List<Region> others) {
    if (added.base < 0 || added.size <= 0 || added.base + added.size < 0) {
      throw new IllegalArgumentException("%s is not an address range".formatted(added));
    }
    for (Region other : others) {
      if (added.base < other.base + other.size && other.base < added.base + added.size) {
        throw new IllegalArgumentException(
            "%s overlaps %s; give one of them another address".formatted(added, other));
      }
    }
  }

  /**
   * A device's being on the bus, for who has put it there. Thread-safe; the device itself may call
   * it while it is accessed.
   */
  public final class Handle implements AutoCloseable {
    private Region region;

    private Handle(Region region) {
      this.region = region;
    }

    /**
     * Moves the device. When this returns, it is accessed at the new place only, unless it is an
     * {@link OutsideDevice}, for which nobody waits.
     *
     * @param base guest-physical address of its first byte
     * @throws IllegalArgumentException if the range wraps or overlaps another device; then it stays
     *     where it is
     * @throws IllegalStateException once the handle is closed
     */
    public void move(long base) {
      Region old;
      synchronized (MmioBus.this) {
        if (region == null) {
          throw new IllegalStateException("a device that has left the bus cannot be moved");
        }
        old = region;
        Region moved = new Region(MmioBus.this, base, old.size, old.device, old.counts);
        replace(old, moved);
        region = moved;
      }
      old.leave();
    }

    /** Takes the device off the bus. When this returns, nothing accesses it. */
    @Override
    public void close() {
      Region old;
      synchronized (MmioBus.this) {
        old = region;
        region = null;
        replace(old, null);
      }
      if (old != null) {
        old.leave();
      }
    }
  }

  /**
   * Performs {@code access}; a read leaves what it found in {@link MmioAccess#value}.
   *
   * @return false if nothing is there, or the device does not decode it: an access fault for the
   *     guest, counted
   */
  public boolean perform(MmioAccess access) {
    Region region = access.last;
    if (region.bus != this || !region.covers(access)) {
      region = find(access);
    }
    while (region != null) {
      if (region.outside != null) {
        access.last = region;
        return region.performOutside(access);
      }
      synchronized (region.guard) {
        if (!region.gone) {
          access.last = region;
          return region.perform(access);
        }
      }
      region = find(access);
    }
    return performBehind(access);
  }

  /**
   * As {@link #perform} if the access goes to a device of Atoll's own, which decodes it; else does
   * nothing.
   *
   * @return whether it has been performed
   */
  public boolean performInside(MmioAccess access) {
    Region region = access.last;
    if (region.bus != this || !region.covers(access)) {
      region = find(access);
    }
    if (region == null || region.outside != null) {
      return false;
    }
    synchronized (region.guard) {
      if (region.gone || !region.decodes(access)) {
        return false;
      }
      access.last = region;
      region.serve(access);
      return true;
    }
  }

  private boolean performBehind(MmioAccess access) {
    for (Region region : behind) {
      if (region.covers(access)) {
        synchronized (region.guard) {
          return region.perform(access);
        }
      }
    }
    unmapped.increment();
    return false;
  }

  /** Accesses that met no device. */
  public long unmapped() {
    return unmapped.sum();
  }

  /** One entry a device, in address order. */
  public List<Statistics> statistics() {
    return Stream.of(regions, behind)
        .flatMap(Arrays::stream)
        .sorted(Comparator.comparingLong(region -> region.base))
        .map(Region::statistics)
        .toList();
  }

  private Region find(MmioAccess access) {
    Region[] all = regions;
    int low = 0;
    int high = all.length - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      if (all[middle].covers(access)) {
        return all[middle];
      }
      if (all[middle].base > access.gpa()) {
        high = middle - 1;
      } else {
        low = middle + 1;
      }
    }
    return null;
  }

  /** What a device has been asked, wherever it was; guarded by its region's guard. */
  @Unsaved("for statistics")
  private static final class Counts {
    private long reads;
    private long writes;
    private long faults;
  }

  /** A device's place on one bus, until it leaves it. */
  static final class Region {
    /** Covers nothing. */
    static final Region NONE = new Region(null, 0, 0, null, new Counts());

    private final MmioBus bus;
    private final long base;
    private final long size;
    private final BusDevice device;
    private final Counts counts;

    // One of the two is the device, and the other is null.
    private final MmioDevice inside;
    private final OutsideDevice outside;

    /** The monitor of a device that is called under it. */
    private final Object guard;

    /**
     * Whether the device is not here any more, for those that remember the place; guarded by the
     * device's monitor, which an access holds.
     */
    private boolean gone;

    private Region(MmioBus bus, long base, long size, BusDevice device, Counts counts) {
      this.bus = bus;
      this.base = base;
      this.size = size;
      this.device = device;
      this.counts = counts;
      inside = device instanceof MmioDevice d ? d : null;
      outside = device instanceof OutsideDevice d ? d : null;
      guard = outside == null ? device : counts;
    }

    /** Called without the bus's monitor, which a device may want under its own. */
    private void leave() {
      synchronized (guard) {
        gone = true;
      }
    }

    private boolean covers(MmioAccess access) {
      long offset = access.gpa() - base;
      return offset >= 0 && offset <= size - access.size();
    }

    /** Under the device's monitor. */
    private boolean perform(MmioAccess access) {
      boolean decoded = decodes(access);
      if (decoded) {
        serve(access);
      } else {
        counts.faults++;
      }
      return decoded;
    }

    private boolean decodes(MmioAccess access) {
      return inside.decodes(access.gpa() - base, access.size(), access.isWrite());
    }

    /** An access that it decodes. */
    private void serve(MmioAccess access) {
      long offset = access.gpa() - base;
      if (access.isWrite()) {
        counts.writes++;
        inside.write(offset, access.size(), access.value());
      } else {
        counts.reads++;
        access.found(inside.read(offset, access.size()));
      }
    }

    private boolean performOutside(MmioAccess access) {
      boolean served = outside.perform(access.gpa() - base, access);
      synchronized (guard) {
        counts.faults += served ? 0 : 1;
        counts.writes += served && access.isWrite() ? 1 : 0;
        counts.reads += served && !access.isWrite() ? 1 : 0;
      }
      return served;
    }

    private Statistics statistics() {
      synchronized (guard) {
        return new Statistics(
            device.name(), base, size, counts.reads, counts.writes, counts.faults);
      }
    }

    @Override
    public String toString() {
      return "%s at 0x%x+0x%x".formatted(device.name(), base, size);
    }
  }
}
