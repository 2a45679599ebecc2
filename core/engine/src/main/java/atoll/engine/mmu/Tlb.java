package atoll.engine.mmu;

import atoll.host.RawMemory;
import java.util.Arrays;

/**
 * A direct-mapped software TLB for data accesses under one combination of address space, privilege
 * and {@code SUM}.
 *
 * <p>It lies outside the Java heap, since translated code reads it: a table for loads and one for
 * stores, each of {@link #ENTRIES} pairs of 64 bits, the page's virtual address (the tag) and what
 * to add to a virtual address to get the host-virtual one (the addend). The addend is the one place
 * where a host address enters the hot path; {@link Mmu} proves at fill that the whole page is the
 * machine's own.
 *
 * <p>An access of {@code n} bytes at {@code va} hits the entry that {@code va} selects when {@code
 * va - tag}, unsigned, is at most {@code 4096 - n}; code that wants misaligned accesses to miss
 * compares {@code tag == (va & (PAGE_MASK | n - 1))} instead. An empty entry's tag is a page that
 * selects another entry, so that neither test can hit it.
 *
 * <p>Beside each table are the {@link DevicePages} that its kind of access has found: accesses to
 * them leave guest code, but need no walk as long as an entry of the table would hold.
 */
public final class Tlb {
  static final int ENTRIES = 4096;

  /** Bytes of one entry, as a power of two. */
  static final int ENTRY_SHIFT = 4;

  /** What {@code va} is shifted by, and masked with, to give an entry's offset in bytes. */
  public static final int INDEX_SHIFT = 12 - ENTRY_SHIFT;

  public static final int INDEX_MASK = ENTRIES - 1 << ENTRY_SHIFT;

  public static final long PAGE_MASK = -4096L;

  private static final int TABLE = ENTRIES << ENTRY_SHIFT;

  /** Bytes that both tables take. */
  static final int BYTES = 2 * TABLE;

  /** The address of the table for loads, and of that for stores. */
  public final long read;

  public final long write;

  /**
   * Changes whenever a translation is forgotten; no two TLBs of a hart ever share a value. Code
   * that keeps copies of entries compares it.
   */
  public long epoch;

  private final Epochs epochs;
  private final Table reads;
  private final Table writes;
  private final Superpages superpages = new Superpages();

  /** Where a hart's TLBs get their epochs from. */
  static final class Epochs {
    private long last;

    private long next() {
      return ++last;
    }
  }

  /** Uses {@link #BYTES} bytes at {@code address}, which are zero. */
  Tlb(long address, Epochs epochs) {
    this.epochs = epochs;
    read = address;
    write = address + TABLE;
    reads = new Table(read);
    writes = new Table(write);
    epoch = epochs.next();
  }

  /** The address of the entry that {@code va} selects in a table. */
  public static long entry(long table, long va) {
    return table + ((va >>> INDEX_SHIFT) & INDEX_MASK);
  }

  void fillRead(long va, long hva, long pageSize) {
    fill(reads, va, hva, pageSize);
  }

  void fillWrite(long va, long hva, long pageSize) {
    fill(writes, va, hva, pageSize);
  }

  private void fill(Table table, long va, long hva, long pageSize) {
    table.fill(va, hva - va);
    added(va, pageSize);
  }

  private void added(long va, long pageSize) {
    if (pageSize > 4096) {
      superpages.add(va, pageSize);
    }
  }

  /** Where a load from a page outside of memory goes; -1 if no such page is known at {@code va}. */
  public long deviceRead(long va) {
    return reads.devices.lookup(va);
  }

  /** The same for a store. */
  public long deviceWrite(long va) {
    return writes.devices.lookup(va);
  }

  void fillDevice(long va, long gpa, int access, long pageSize) {
    (access == Access.READ ? reads : writes).devices.fill(va, gpa);
    added(va, pageSize);
  }

  void flush() {
    reads.flush();
    writes.flush();
    superpages.clear();
    epoch = epochs.next();
  }

  /** Forgets write permissions, so that a page's next store takes the slow path. */
  void flushWrites() {
    writes.flush();
    epoch = epochs.next();
  }

  /** Forgets one page, or everything if the page may have been part of a superpage. */
  void flushPage(long va) {
    if (superpages.contains(va)) {
      flush();
      return;
    }
    boolean read = reads.forget(va);
    boolean written = writes.forget(va);
    if (read || written) {
      epoch = epochs.next();
    }
  }

  /** Forgets write permissions for the host page at {@code hva}. */
  void flushWrites(long hva) {
    writes.forgetHost(hva);
    epoch = epochs.next();
  }

  /**
   * Takes the page at {@code va}, which stores have just been given, away from them again for code
   * that keeps a copy of the entry: whatever forgets the page changes the epoch.
   *
   * @return whether they had it
   */
  public boolean keepWrite(long va) {
    return writes.hide(va);
  }

  /** Entries filled since the last flush; not exact beyond a thousand in a table. */
  int filled() {
    return reads.count + writes.count;
  }

  /** Entries that {@link #flushWrites(long)} has to look at. */
  int writable() {
    return writes.listed() ? writes.count : ENTRIES;
  }

  /** A page that loads (or stores) may use now: its entry's address; 0 if none is known. */
  public long anyEntry(boolean store) {
    return (store ? writes : reads).any();
  }

  /** One of the two tables, and which of its entries are in use. */
  private static final class Table {
    /** Entries in use beyond this number are not listed: then all are cleared. */
    private static final int LISTED = 1024;

    private final long base;
    private final short[] used = new short[LISTED];

    private final DevicePages devices = new DevicePages();

    /** Entries filled since the last flush: a copy of one may outlive it. */
    private final boolean[] filled = new boolean[ENTRIES];

    /** How many entries were filled; those listed are exact while this is at most LISTED. */
    private int count;

    /** Uses memory that is zero, so that it need not be touched. */
    Table(long base) {
      this.base = base;
      clear(0);
    }

    void fill(long va, long addend) {
      long entry = entry(base, va);
      int index = (int) (entry - base) >> ENTRY_SHIFT;
      if (count < LISTED) {
        if (!filled[index]) {
          used[count++] = (short) index;
        }
      } else {
        count = LISTED + 1;
      }
      filled[index] = true;
      RawMemory.putLong(entry, va & PAGE_MASK);
      RawMemory.putLong(entry + 8, addend);
    }

    void flush() {
      devices.flush();
      if (listed()) {
        for (int i = 0; i < count; i++) {
          clear(used[i]);
          filled[used[i]] = false;
        }
      } else {
        RawMemory.zero(base, TABLE);
        clear(0); // the only one whose empty tag is not zero
        Arrays.fill(filled, false);
      }
      count = 0;
    }

    /** Forgets the page's entry; returns whether a copy of it may exist. */
    boolean forget(long va) {
      devices.forget(va);
      long entry = entry(base, va);
      int index = (int) (entry - base) >> ENTRY_SHIFT;
      if (RawMemory.getLong(entry) == (va & PAGE_MASK)) {
        clear(index);
      }
      return filled[index];
    }

    boolean hide(long va) {
      long entry = entry(base, va);
      boolean there = RawMemory.getLong(entry) == (va & PAGE_MASK);
      if (there) {
        clear((int) (entry - base) >> ENTRY_SHIFT);
      }
      return there;
    }

    /** Whether {@link #used} has all entries in use. */
    boolean listed() {
      return count <= LISTED;
    }

    void forgetHost(long hva) {
      boolean listed = listed();
      int candidates = listed ? count : ENTRIES;
      for (int i = 0; i < candidates; i++) {
        int index = listed ? used[i] : i;
        long entry = base + ((long) index << ENTRY_SHIFT);
        long tag = RawMemory.getLong(entry);
        if (tag + RawMemory.getLong(entry + 8) == hva && tag != emptyTag(index)) {
          clear(index);
        }
      }
    }

    long any() {
      int listed = Math.min(count, LISTED);
      for (int i = listed - 1; i >= 0; i--) {
        long entry = base + ((long) used[i] << ENTRY_SHIFT);
        if (RawMemory.getLong(entry) != emptyTag(used[i])) {
          return entry;
        }
      }
      return 0;
    }

    private void clear(int index) {
      long entry = base + ((long) index << ENTRY_SHIFT);
      RawMemory.putLong(entry, emptyTag(index));
      RawMemory.putLong(entry + 8, 0);
    }

    /** A page that does not select the entry: page 0, and page 1 for the entry of page 0. */
    private static long emptyTag(int index) {
      return index == 0 ? 1 << 12 : 0;
    }
  }
}
