package atoll.engine.mmu;

import atoll.host.HostMemory;
import atoll.host.RawMemory;
import java.lang.foreign.MemorySegment;

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
  static final int ENTRIES = 16384;

  /** Bytes of one entry, as a power of two. */
  static final int ENTRY_SHIFT = 4;

  /** What {@code va} is shifted by, and masked with, to give an entry's offset in bytes. */
  public static final int INDEX_SHIFT = 12 - ENTRY_SHIFT;

  public static final int INDEX_MASK = ENTRIES - 1 << ENTRY_SHIFT;

  public static final long PAGE_MASK = -4096L;

  /** The tag of the entry of page 0 while it is empty; that of all others is 0. */
  public static final int EMPTY_FIRST = 1 << 12;

  /** Bytes of one table. */
  public static final int TABLE = ENTRIES << ENTRY_SHIFT;

  /** Where a sample is, from {@link #read} on, and from {@link #write} on. */
  public static final int READ_SAMPLE = 2 * TABLE;

  public static final int WRITE_SAMPLE = TABLE + (1 << ENTRY_SHIFT);

  /** The tag of a sample while the table has no translation: no page's. */
  public static final int NO_SAMPLE = 1;

  // What else translated code may change, from `read` on.

  /** See {@link #epoch}. */
  public static final int EPOCH = READ_SAMPLE + 32;

  /** The page that {@link #keepWrite} was last called for, or {@link #NO_PAGE}. */
  public static final int KEPT = EPOCH + 8;

  /**
   * Not 0 if an entry has been overwritten by another since the epoch began: copies of it may
   * outlive it. All other copies are of entries that the tables have.
   */
  public static final int REPLACED = KEPT + 8;

  /** Not the address of a page. */
  public static final int NO_PAGE = 1;

  /** Bytes that all of it takes; a whole number of cache lines. */
  static final int BYTES = 2 * TABLE + 64;

  /** Memory for that many, one behind the other, and so many bytes behind them. */
  static HostMemory memory(int tlbs, int more) {
    return HostMemory.allocate(tlbs * (long) BYTES + more + ~PAGE_MASK & PAGE_MASK);
  }

  /** The address of the table for loads, and of that for stores. */
  public final long read;

  public final long write;

  private final Epochs epochs;
  private final Table reads;
  private final Table writes;
  private final Superpages superpages = new Superpages();

  /** Where a hart's TLBs, and its translated code, get their epochs from. */
  static final class Epochs {
    private final MemorySegment last = RawMemory.allocate(Long.BYTES);

    /** Where the last one is. */
    long address() {
      return last.address();
    }

    private long next() {
      long next = RawMemory.getLong(address()) + 1;
      RawMemory.putLong(address(), next);
      return next;
    }
  }

  /** Uses {@link #BYTES} bytes at {@code address}, which are zero. */
  Tlb(long address, Epochs epochs) {
    this.epochs = epochs;
    read = address;
    write = address + TABLE;
    reads = new Table(read, read + READ_SAMPLE, false);
    writes = new Table(write, write + WRITE_SAMPLE, true);
    keep(NO_PAGE);
    beginEpoch();
  }

  /**
   * Changes whenever a translation is forgotten of which there may be a copy; no two TLBs of a hart
   * ever share a value. Code that keeps copies of entries compares it.
   */
  public long epoch() {
    return RawMemory.getLong(read + EPOCH);
  }

  private void keep(long page) {
    RawMemory.putLong(read + KEPT, page);
  }

  private boolean replaced() {
    return RawMemory.getLong(read + REPLACED) != 0;
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
    if (table.fill(va, hva - va)) {
      RawMemory.putLong(read + REPLACED, 1);
    }
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
    RawMemory.putLong(read + EPOCH, epochs.next());
    RawMemory.putLong(read + REPLACED, 0);
  }

  void flush() {
    reads.flush();
    writes.flush();
    superpages.clear();
    keep(NO_PAGE);
    beginEpoch();
  }

  /** Forgets write permissions, so that a page's next store takes the slow path. */
  void flushWrites() {
    writes.flush();
    keep(NO_PAGE);
    beginEpoch();
  }

  /** Forgets one page, or everything if the page may have been part of a superpage. */
  void flushPage(long va) {
    if (superpages.contains(va)) {
      flush();
      return;
    }
    if (keeps(va)) {
      keep(NO_PAGE);
    }
    boolean read = reads.forget(va);
    boolean written = writes.forget(va);
    if (read || written || replaced()) {
      beginEpoch();
    }
  }

  /** Forgets write permissions for the host page at {@code hva}. */
  void flushWrites(long hva) {
    keep(NO_PAGE);
    if (writes.forgetHost(hva) || replaced()) {
      beginEpoch();
    }
  }

  /**
   * Lets who has just stored to the page at {@code va}, which the table for stores must not have,
   * keep its translation: as long as {@link #keeps} says so.
   */
  void keepWrite(long va, long pageSize) {
    keep(va & PAGE_MASK);
    added(va, pageSize);
  }

  /** Whether nothing has been forgotten of the page at {@code va} since {@link #keepWrite}. */
  public boolean keeps(long va) {
    return RawMemory.getLong(read + KEPT) == (va & PAGE_MASK);
  }

  /** Entries filled since the last flush. */
  int filled() {
    return reads.filled.size() + writes.filled.size();
  }

  /** Entries that {@link #flushWrites(long)} has to look at, at most. */
  int writable() {
    return writes.lookedAt();
  }

  /** One of the two tables, and which of its entries are in use. */
  private static final class Table {
    /** If more entries are in use, emptying all takes less than emptying them. */
    private static final int MANY = 2048;

    /** If more are in use, they are looked up by host page, and not gone through for one. */
    private static final int UNLISTED = 256;

    /** Entries that are looked at for one host page; if it would be more, all go. */
    private static final int MOST_FOLLOWED = 512;

    private final long base;
    private final long sample;
    private final boolean byHost;
    private final DevicePages devices = new DevicePages();

    /** Those that were filled since the last flush. */
    private final EntrySet filled = new EntrySet(ENTRIES);

    /** Has all of these, if they are more than {@link #UNLISTED}; null if not. */
    private HostIndex hosts;

    /**
     * Uses memory that is zero, so that it need not be touched.
     *
     * @param byHost whether {@link #forgetHost} will be asked for
     */
    Table(long base, long sample, boolean byHost) {
      this.base = base;
      this.sample = sample;
      this.byHost = byHost;
      clear(0);
      put(sample, NO_SAMPLE, 0);
    }

    /** Returns whether another entry has been overwritten. */
    boolean fill(long va, long addend) {
      long page = va & PAGE_MASK;
      long entry = entry(base, va);
      int index = (int) (entry - base) >> ENTRY_SHIFT;
      long old = RawMemory.getLong(entry);
      boolean same = old == page && RawMemory.getLong(entry + 8) == addend;
      put(entry, page, addend);
      mark(index, page + addend);
      if (RawMemory.getLong(sample) == NO_SAMPLE) {
        put(sample, page, addend);
      }
      return !same && old != emptyTag(index);
    }

    private void mark(int index, long hva) {
      filled.add(index);
      if (hosts != null) {
        hosts.put(index, hva);
      } else if (byHost && filled.size() > UNLISTED) {
        listAll();
      }
    }

    private void listAll() {
      hosts = new HostIndex(ENTRIES);
      for (int i = filled.next(0); i >= 0; i = filled.next(i + 1)) {
        hosts.put(i, hva(place(i)));
      }
    }

    void flush() {
      devices.flush();
      if (filled.size() > MANY) {
        RawMemory.zero(base, TABLE);
        clear(0); // the only one whose empty tag is not zero
      } else {
        for (int i = filled.next(0); i >= 0; i = filled.next(i + 1)) {
          clear(i);
        }
      }
      filled.clear();
      hosts = null;
      put(sample, NO_SAMPLE, 0);
    }

    /** Forgets what is known of a page; returns whether it had an entry or was the sample. */
    boolean forget(long va) {
      devices.forget(va);
      long page = va & PAGE_MASK;
      long entry = entry(base, va);
      boolean there = RawMemory.getLong(entry) == page;
      if (there) {
        clear((int) (entry - base) >> ENTRY_SHIFT);
      }
      if (RawMemory.getLong(sample) == page) {
        takeSample();
        there = true;
      }
      return there;
    }

    /** Empties the entries for a host page, and the sample; returns whether there were any. */
    boolean forgetHost(long hva) {
      boolean found = hosts == null ? forgetAmongFew(hva) : forgetListed(hva);
      if (hva(sample) == hva) {
        takeSample();
        found = true;
      }
      return found;
    }

    private boolean forgetAmongFew(long hva) {
      boolean found = false;
      for (int i = filled.next(0); i >= 0; i = filled.next(i + 1)) {
        found |= forget(i, hva);
      }
      return found;
    }

    private boolean forgetListed(long hva) {
      boolean found = false;
      int followed = 0;
      for (int i = hosts.first(hva); i >= 0; i = hosts.next(i)) {
        if (followed++ == MOST_FOLLOWED) {
          flush();
          return true;
        }
        found |= forget(i, hva);
      }
      return found;
    }

    private boolean forget(int index, long hva) {
      boolean its = has(index) && hva(place(index)) == hva;
      if (its) {
        clear(index);
      }
      return its;
    }

    /** How many {@link #forgetHost} looks at, at most. */
    int lookedAt() {
      return hosts == null ? filled.size() : MOST_FOLLOWED;
    }

    /** Makes any entry the sample. */
    private void takeSample() {
      int i = filled.next(0);
      while (i >= 0 && !has(i)) {
        i = filled.next(i + 1);
      }
      if (i >= 0) {
        put(sample, RawMemory.getLong(place(i)), RawMemory.getLong(place(i) + 8));
      } else {
        put(sample, NO_SAMPLE, 0);
      }
    }

    private long place(int index) {
      return base + ((long) index << ENTRY_SHIFT);
    }

    private boolean has(int index) {
      return RawMemory.getLong(place(index)) != emptyTag(index);
    }

    private static long hva(long pair) {
      return RawMemory.getLong(pair) + RawMemory.getLong(pair + 8);
    }

    private void clear(int index) {
      put(place(index), emptyTag(index), 0);
    }

    private static void put(long pair, long tag, long addend) {
      RawMemory.putLong(pair, tag);
      RawMemory.putLong(pair + 8, addend);
    }

    /** A page that does not select the entry: page 0, and page 1 for the entry of page 0. */
    private static long emptyTag(int index) {
      return index == 0 ? EMPTY_FIRST : 0;
    }
  }
}
