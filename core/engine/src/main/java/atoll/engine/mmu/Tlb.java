package atoll.engine.mmu;

import atoll.host.HostMemory;
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
 * <p>Behind the tables is a <em>sample</em> of each: a translation that holds, for code that keeps
 * copies of entries and must have something in each of its places ({@link #READ_SAMPLE}).
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

  /** Where a sample is, from {@link #read} on, and from {@link #write} on. */
  public static final int READ_SAMPLE = 2 * TABLE;

  public static final int WRITE_SAMPLE = TABLE + (1 << ENTRY_SHIFT);

  /** The tag of a sample while the table has no translation: no page's. */
  public static final int NO_SAMPLE = 1;

  /** Bytes that tables and samples take; a whole number of cache lines. */
  static final int BYTES = 2 * TABLE + 64;

  /** Memory for that many, one behind the other. */
  static HostMemory memory(int tlbs) {
    return HostMemory.allocate(tlbs * (long) BYTES + ~PAGE_MASK & PAGE_MASK);
  }

  /** Not the address of a page. */
  private static final long NO_PAGE = 1;

  /** The address of the table for loads, and of that for stores. */
  public final long read;

  public final long write;

  /**
   * Changes whenever a translation is forgotten of which there may be a copy; no two TLBs of a hart
   * ever share a value. Code that keeps copies of entries compares it.
   */
  public long epoch;

  /**
   * Whether an entry has been overwritten by another since the epoch began: copies of it may
   * outlive it. All other copies are of entries that the tables have.
   */
  private boolean replaced;

  /** The page that {@link #keepWrite} was last called for, or {@link #NO_PAGE}. */
  private long kept = NO_PAGE;

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
    reads = new Table(read, read + READ_SAMPLE);
    writes = new Table(write, write + WRITE_SAMPLE);
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
    replaced |= table.fill(va, hva - va);
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

  private void beginEpoch() {
    epoch = epochs.next();
    replaced = false;
  }

  void flush() {
    reads.flush();
    writes.flush();
    superpages.clear();
    kept = NO_PAGE;
    beginEpoch();
  }

  /** Forgets write permissions, so that a page's next store takes the slow path. */
  void flushWrites() {
    writes.flush();
    kept = NO_PAGE;
    beginEpoch();
  }

  /** Forgets one page, or everything if the page may have been part of a superpage. */
  void flushPage(long va) {
    if (superpages.contains(va)) {
      flush();
      return;
    }
    if (keeps(va)) {
      kept = NO_PAGE;
    }
    boolean read = reads.forget(va);
    boolean written = writes.forget(va);
    if (read || written || replaced) {
      beginEpoch();
    }
  }

  /** Forgets write permissions for the host page at {@code hva}. */
  void flushWrites(long hva) {
    kept = NO_PAGE;
    if (writes.forgetHost(hva) || replaced) {
      beginEpoch();
    }
  }

  /**
   * Lets who has just stored to the page at {@code va}, which the table for stores must not have,
   * keep its translation: as long as {@link #keeps} says so.
   */
  void keepWrite(long va, long pageSize) {
    kept = va & PAGE_MASK;
    added(va, pageSize);
  }

  /** Whether nothing has been forgotten of the page at {@code va} since {@link #keepWrite}. */
  public boolean keeps(long va) {
    return kept == (va & PAGE_MASK);
  }

  /** Entries filled since the last flush. */
  int filled() {
    return reads.count + writes.count;
  }

  /** Entries that {@link #flushWrites(long)} has to look at. */
  int writable() {
    return writes.listed() ? writes.count : ENTRIES;
  }

  /** One of the two tables, and which of its entries are in use. */
  private static final class Table {
    /** Entries in use beyond this number are not listed: then all are cleared. */
    private static final int LISTED = 1024;

    private final long base;
    private final long sample;
    private final short[] used = new short[LISTED];

    private final DevicePages devices = new DevicePages();

    /** Entries that were filled since the last flush. */
    private final boolean[] filled = new boolean[ENTRIES];

    /** How many these are; the first {@link #LISTED} are listed. */
    private int count;

    /** Uses memory that is zero, so that it need not be touched. */
    Table(long base, long sample) {
      this.base = base;
      this.sample = sample;
      clear(0);
      put(sample, NO_SAMPLE, 0);
    }

    /** Returns whether another entry has been overwritten. */
    boolean fill(long va, long addend) {
      long page = va & PAGE_MASK;
      long entry = entry(base, va);
      int index = index(entry);
      long old = RawMemory.getLong(entry);
      boolean same = old == page && RawMemory.getLong(entry + 8) == addend;
      list(index);
      put(entry, page, addend);
      put(sample, page, addend);
      return !same && old != emptyTag(index);
    }

    private void list(int index) {
      if (!filled[index]) {
        filled[index] = true;
        if (count < LISTED) {
          used[count] = (short) index;
        }
        count++;
      }
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
      put(sample, NO_SAMPLE, 0);
    }

    /** Forgets what is known of a page; returns whether it had an entry. */
    boolean forget(long va) {
      devices.forget(va);
      long page = va & PAGE_MASK;
      long entry = entry(base, va);
      boolean there = RawMemory.getLong(entry) == page;
      if (there) {
        clear(index(entry));
      }
      if (RawMemory.getLong(sample) == page) {
        takeSample();
      }
      return there;
    }

    /** Whether {@link #used} has all entries in use. */
    boolean listed() {
      return count <= LISTED;
    }

    /** Empties the entries for a host page; returns whether there were any. */
    boolean forgetHost(long hva) {
      boolean found = false;
      boolean listed = listed();
      int candidates = listed ? count : ENTRIES;
      for (int i = 0; i < candidates; i++) {
        int index = listed ? used[i] : i;
        long entry = base + ((long) index << ENTRY_SHIFT);
        long tag = RawMemory.getLong(entry);
        if (tag + RawMemory.getLong(entry + 8) == hva && tag != emptyTag(index)) {
          clear(index);
          found = true;
        }
      }
      if (RawMemory.getLong(sample) + RawMemory.getLong(sample + 8) == hva) {
        takeSample();
      }
      return found;
    }

    /** Makes any entry the sample. */
    private void takeSample() {
      for (int i = Math.min(count, LISTED) - 1; i >= 0; i--) {
        long entry = base + ((long) used[i] << ENTRY_SHIFT);
        long tag = RawMemory.getLong(entry);
        if (tag != emptyTag(used[i])) {
          put(sample, tag, RawMemory.getLong(entry + 8));
          return;
        }
      }
      put(sample, NO_SAMPLE, 0);
    }

    private int index(long entry) {
      return (int) (entry - base) >> ENTRY_SHIFT;
    }

    private void clear(int index) {
      put(base + ((long) index << ENTRY_SHIFT), emptyTag(index), 0);
    }

    private static void put(long pair, long tag, long addend) {
      RawMemory.putLong(pair, tag);
      RawMemory.putLong(pair + 8, addend);
    }

    /** A page that does not select the entry: page 0, and page 1 for the entry of page 0. */
    private static long emptyTag(int index) {
      return index == 0 ? 1 << 12 : 0;
    }
  }
}
