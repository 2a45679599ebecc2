package atoll.engine.mmu;

import atoll.memory.GuestMap;
import atoll.memory.GuestMemory;
import atoll.memory.MappedExtent;
import atoll.state.Unsaved;

/**
 * Where a machine's memory is on the board, for tables that name it by host-physical addresses.
 *
 * <p>Devices are in no machine memory. Their host-physical address is the guest-physical one with
 * {@link #DEVICE} set, the topmost bit that a table entry can name.
 */
@Unsaved("follows from the map")
final class MachineMap {
  /** Set in the host-physical addresses of what is not memory. */
  static final long DEVICE = 1L << 55;

  /** Instead of an address or a frame: the machine has nothing there. */
  static final int NOWHERE = GuestMap.NOWHERE;

  private final GuestMap map;

  MachineMap(GuestMemory memory) {
    map = memory.map();
  }

  /** The machine's own extent that holds a range of machine memory, or null. */
  MappedExtent extent(long hpa, long bytes) {
    for (MappedExtent extent : map.extents()) {
      long offset = hpa - extent.hpa();
      if (offset >= 0 && offset < extent.bytes()) {
        return bytes <= extent.bytes() - offset ? extent : null;
      }
    }
    return null;
  }

  /** The guest-physical address of a host-physical one; {@link #NOWHERE} if it is not its own. */
  long guestPhysical(long hpa) {
    MappedExtent extent = extent(hpa, 1);
    if (extent != null) {
      return extent.gpa() + (hpa - extent.hpa());
    }
    return devices(hpa, 1) ? hpa - DEVICE : NOWHERE;
  }

  /** Whether a range of host-physical addresses is of devices only. */
  boolean devices(long hpa, long bytes) {
    long gpa = hpa - DEVICE;
    return gpa >= 0 && bytes <= DEVICE - gpa && map.isFree(gpa, bytes);
  }

  /** The host-physical address of a guest-physical one; {@link #NOWHERE} beyond all devices. */
  long hostPhysical(long gpa) {
    for (MappedExtent extent : map.extents()) {
      long offset = gpa - extent.gpa();
      if (offset >= 0 && offset < extent.bytes()) {
        return extent.hpa() + offset;
      }
    }
    return gpa >= 0 && gpa < DEVICE ? gpa | DEVICE : NOWHERE;
  }

  /** Bytes from a guest-physical address on whose host-physical addresses follow each other. */
  long contiguous(long gpa) {
    long end = DEVICE;
    for (MappedExtent extent : map.extents()) {
      long offset = gpa - extent.gpa();
      if (offset >= 0 && offset < extent.bytes()) {
        return extent.bytes() - offset;
      }
      if (extent.gpa() > gpa) {
        end = Math.min(end, extent.gpa());
      }
    }
    return end - gpa;
  }

  /** The number of the RAM page at a guest-physical address; {@link #NOWHERE} outside. */
  int frame(long gpa) {
    return map.ramFrame(gpa);
  }

  /** The number of the RAM page at a host-physical address; {@link #NOWHERE} if there is none. */
  int machineFrame(long hpa) {
    MappedExtent extent = extent(hpa, 1);
    return extent == null || !extent.ram() ? NOWHERE : frame(extent.gpa() + (hpa - extent.hpa()));
  }

  /** The guest-physical address of a RAM page. */
  long address(int frame) {
    return map.address(frame);
  }
}
