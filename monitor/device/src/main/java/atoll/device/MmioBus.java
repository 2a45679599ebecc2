package atoll.device;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;

/**
 * The memory-mapped I/O bus of one virtual machine: finds the device at a guest-physical address,
 * calls it under its monitor, and counts.
 *
 * <p>Thread-safe: vCPUs access it at the same time, and only those that address the same device
 * wait for each other.
 */
public final class MmioBus {
  /** Sorted by base and never changed in place, so that a lookup needs no lock. */
  private volatile Region[] regions = {};

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
   * @throws IllegalArgumentException if the range is empty, wraps, or overlaps another device
   */
  public synchronized void attach(long base, long size, MmioDevice device) {
    Region added = new Region(this, base, size, device);
    if (base < 0 || size <= 0 || base + size < 0) {
      throw new IllegalArgumentException("%s is not an address range".formatted(added));
    }
    for (Region other : regions) {
      if (base < other.base + other.size && other.base < base + size) {
        throw new IllegalArgumentException(
            "%s overlaps %s; give one of them another address".formatted(added, other));
      }
    }
    Region[] grown = Arrays.copyOf(regions, regions.length + 1);
    grown[regions.length] = added;
    Arrays.sort(grown, Comparator.comparingLong(r -> r.base));
    regions = grown;
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
      if (region == null) {
        unmapped.increment();
        return false;
      }
      access.last = region;
    }
    return region.perform(access);
  }

  /** Accesses that met no device. */
  public long unmapped() {
    return unmapped.sum();
  }

  /** One entry a device, in address order. */
  public List<Statistics> statistics() {
    List<Statistics> all = new ArrayList<>();
    for (Region region : regions) {
      all.add(region.statistics());
    }
    return all;
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

  /** A device's place on one bus; its counters are guarded by the device's monitor. */
  static final class Region {
    /** Covers nothing. */
    static final Region NONE = new Region(null, 0, 0, null);

    private final MmioBus bus;
    private final long base;
    private final long size;
    private final MmioDevice device;
    private long reads;
    private long writes;
    private long faults;

    private Region(MmioBus bus, long base, long size, MmioDevice device) {
      this.bus = bus;
      this.base = base;
      this.size = size;
      this.device = device;
    }

    boolean covers(MmioAccess access) {
      long offset = access.gpa() - base;
      return offset >= 0 && offset <= size - access.size();
    }

    boolean perform(MmioAccess access) {
      long offset = access.gpa() - base;
      synchronized (device) {
        if (!device.decodes(offset, access.size(), access.isWrite())) {
          faults++;
          return false;
        }
        if (access.isWrite()) {
          writes++;
          device.write(offset, access.size(), access.value());
        } else {
          reads++;
          access.found(device.read(offset, access.size()));
        }
        return true;
      }
    }

    Statistics statistics() {
      synchronized (device) {
        return new Statistics(device.name(), base, size, reads, writes, faults);
      }
    }

    @Override
    public String toString() {
      return "%s at 0x%x+0x%x".formatted(device.name(), base, size);
    }
  }
}
