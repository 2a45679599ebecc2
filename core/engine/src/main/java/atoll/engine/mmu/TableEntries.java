package atoll.engine.mmu;

import atoll.engine.TableStatus;
import atoll.memory.GuestMemory;
import atoll.memory.MappedExtent;

/**
 * The targets of entries in registered tables: checks them when an entry is made, and counts it as
 * a use of a page ({@link PageTypes}) until the entry is gone.
 */
final class TableEntries {
  /** What a pointer to a table must not have (priv §10.4.1, Svnapot, Svpbmt). */
  private static final long NOT_IN_POINTERS = Pte.D | Pte.A | Pte.U | Pte.PBMT | Pte.N;

  private final MachineMap map;
  private final PageTypes types;

  TableEntries(MachineMap map, PageTypes types) {
    this.map = map;
    this.types = types;
  }

  /** Whether an entry of a level leads to a table. */
  static boolean pointer(long pte, int level) {
    return (pte & Pte.V) != 0 && !Pte.leaf(pte) && wellFormed(pte, level);
  }

  /** Whether no hart will ever take the entry for a mistake, whatever its settings. */
  private static boolean wellFormed(long pte, int level) {
    if ((pte & (Pte.R | Pte.W)) == Pte.W
        || (pte & Pte.RESERVED) != 0
        || (pte & Pte.PBMT) == Pte.PBMT) {
      return false;
    }
    return Pte.leaf(pte) ? Pte.size(pte, level) != 0 : level > 0 && (pte & NOT_IN_POINTERS) == 0;
  }

  private static long address(long pte) {
    return Pte.ppn(pte) << 12;
  }

  /** The RAM page of the table that a pointer leads to; {@link MachineMap#NOWHERE} elsewhere. */
  int child(long pte) {
    return map.machineFrame(address(pte));
  }

  /** Checks an entry that a table of {@code level} is to have, and counts it. */
  TableStatus acquire(long pte, int level) {
    if ((pte & Pte.V) == 0) {
      return TableStatus.DONE; // the other bits are the guest's own
    }
    if (!wellFormed(pte, level)) {
      return TableStatus.MALFORMED;
    }
    return Pte.leaf(pte) ? acquirePage(pte, level) : acquireTable(pte, level - 1);
  }

  private TableStatus acquireTable(long pte, int level) {
    int child = child(pte);
    if (child == MachineMap.NOWHERE) {
      return TableStatus.FOREIGN;
    }
    boolean table = types.level(child) == level && types.addReference(child);
    return table ? TableStatus.DONE : TableStatus.CONFLICT;
  }

  private TableStatus acquirePage(long pte, int level) {
    long size = Pte.size(pte, level);
    long hpa = address(pte) & -size;
    MappedExtent extent = map.extent(hpa, size);
    if (extent == null) {
      return map.devices(hpa, size) ? TableStatus.DONE : TableStatus.FOREIGN;
    }
    if ((pte & Pte.W) == 0) {
      return TableStatus.DONE;
    }
    boolean writable = extent.writable() && (!extent.ram() || addWriter(hpa, size, level));
    return writable ? TableStatus.DONE : TableStatus.CONFLICT;
  }

  private boolean addWriter(long hpa, long size, int level) {
    if (level > 0) {
      return types.addBlockWriter(level, hpa);
    }
    for (long done = 0; done < size; done += GuestMemory.PAGE_SIZE) {
      if (!types.addWriter(map.machineFrame(hpa + done))) {
        dropWriters(hpa, done);
        return false;
      }
    }
    return true;
  }

  private void dropWriters(long hpa, long size) {
    for (long done = 0; done < size; done += GuestMemory.PAGE_SIZE) {
      types.dropWriter(map.machineFrame(hpa + done));
    }
  }

  /**
   * Undoes {@link #acquire} for an entry that is gone.
   *
   * @return the RAM page of a table that nothing needs any more, or {@link MachineMap#NOWHERE}
   */
  int release(long pte, int level) {
    if ((pte & Pte.V) == 0) {
      return MachineMap.NOWHERE;
    }
    if (!Pte.leaf(pte)) {
      int child = child(pte);
      types.dropReference(child);
      return types.unused(child) ? child : MachineMap.NOWHERE;
    }
    if ((pte & Pte.W) != 0) {
      long size = Pte.size(pte, level);
      releasePage(address(pte) & -size, size, level);
    }
    return MachineMap.NOWHERE;
  }

  private void releasePage(long hpa, long size, int level) {
    if (map.machineFrame(hpa) == MachineMap.NOWHERE) {
      return; // a window's or a device's
    }
    if (level > 0) {
      types.dropBlockWriter(level, hpa);
    } else {
      dropWriters(hpa, size);
    }
  }
}
