package atoll.engine.mmu;

import atoll.engine.TableMemoryException;
import atoll.host.RawMemory;
import atoll.memory.GuestMemory;
import atoll.memory.TablePages;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * One hart's shadow tables: for each of the address spaces that it used last, tables from virtual
 * to host-physical addresses, in machine memory and in the format of the guest's own.
 *
 * <p>Every shadow table stands for one guest table, but for those in which a guest's larger page is
 * cut into pages of 4 KiB. Entries of {@link #insert} stay until {@link #drop} or eviction.
 */
public final class ShadowTables implements AutoCloseable {
  /** Tables of a hart: 4 MiB. */
  private static final int TABLES = 1024;

  /** Bytes of machine memory that they take. */
  public static final long BYTES = (long) TABLES * GuestMemory.PAGE_SIZE;

  /** Address spaces that are kept. */
  private static final int SPACES = 8;

  /**
   * Entries and tables looked at until everything is forgotten instead, which takes a short time
   * however much there is: some 50 us. A guest can have one table of its own shadowed a thousand
   * times, and change it a thousand times.
   */
  private static final int PATIENCE = 32_768;

  /** Shadows of one guest's table that are cleared one by one. */
  private static final int MOST_ALIKE = 64;

  private static final int PAGE = GuestMemory.PAGE_SIZE;
  private static final int ENTRIES = 512;

  /** No guest table: the entry's page is cut out of a larger one. */
  private static final long NONE = -1;

  private final TablePages pages;

  /** The numbers of tables that are not in use: the first {@link #free}. Their contents are old. */
  private final int[] unused = new int[TABLES];

  private int free;
  private final List<Space> spaces = new ArrayList<>();

  /** Tables by their host-physical address. */
  private final Map<Long, Table> tables = new HashMap<>();

  /** Tables by the guest's that they stand for. */
  private final Map<Long, List<Table>> byGuest = new HashMap<>();

  private Space current;
  private long uses;
  private int peak;

  /** What is left of {@link #PATIENCE}. */
  private int patience;

  /** Address spaces that had to go for others. */
  long evictions;

  private static final class Space {
    long satp;
    long lastUse;
    Table root;
  }

  /** Compared by identity: another table may have its place later. */
  private static final class Table {
    final long hpa;
    final long guest;
    final int level;

    Table(long hpa, long guest, int level) {
      this.hpa = hpa;
      this.guest = guest;
      this.level = level;
    }
  }

  ShadowTables(GuestMemory memory) {
    pages = memory.tables(BYTES).orElseThrow(() -> new TableMemoryException(BYTES));
    freeAll();
  }

  private void freeAll() {
    tables.clear();
    byGuest.clear();
    for (int i = 0; i < TABLES; i++) {
      unused[i] = TABLES - 1 - i;
    }
    free = TABLES;
  }

  /** Bytes that the tables have taken at most at one time. */
  long bytes() {
    return (long) peak * PAGE;
  }

  /** Makes the shadow of an address space the current one; it may be empty. */
  void select(long satp) {
    current = spaces.stream().filter(space -> space.satp == satp).findFirst().orElse(null);
    if (current == null) {
      if (spaces.size() == SPACES) {
        evict();
      }
      current = new Space();
      current.satp = satp;
      spaces.add(current);
    }
    current.lastUse = ++uses;
  }

  /** The host-physical address of the current root; 0 if there is none yet. */
  long root() {
    return current == null || current.root == null ? 0 : current.root.hpa;
  }

  /** Where the process has the entry at a host-physical address. */
  long entryHva(long hpa) {
    return pages.memory().address() + (hpa - pages.hpa());
  }

  /**
   * Enters a page of 4 KiB in the current shadow.
   *
   * @param path the guest's tables by level that its walk has come through
   * @param leafLevel the level of the guest's leaf; below it there are no guest's tables
   */
  void insert(PagingMode mode, long va, long leaf, long[] path, int leafLevel) {
    if (free < mode.levels) {
      makeRoom(mode.levels);
    }
    if (current.root == null) {
      current.root = take(path[mode.levels - 1], mode.levels - 1);
    }
    Table table = current.root;
    for (int level = mode.levels - 1; level > 0; level--) {
      long entry = entry(table, va, level);
      long pte = RawMemory.getLong(entry);
      if (pte == 0) {
        Table below = take(level > leafLevel ? path[level - 1] : NONE, level - 1);
        RawMemory.putLong(entry, below.hpa >>> 12 << Pte.PPN_SHIFT | Pte.V);
        table = below;
      } else {
        table = tables.get(Pte.ppn(pte) << 12);
      }
    }
    RawMemory.putLong(entry(table, va, 0), leaf);
  }

  private long entry(Table table, long va, int level) {
    return entryHva(table.hpa) + (va >>> 12 + 9 * level & ENTRIES - 1) * 8;
  }

  private Table take(long guest, int level) {
    Table table = new Table(pages.hpa() + (long) unused[--free] * PAGE, guest, level);
    RawMemory.zero(entryHva(table.hpa), PAGE);
    tables.put(table.hpa, table);
    if (guest != NONE) {
      byGuest.computeIfAbsent(guest, page -> new ArrayList<>()).add(table);
    }
    peak = Math.max(peak, tables.size());
    return table;
  }

  /** Lets the least recently used spaces go, in the end the current one, too. */
  private void makeRoom(int wanted) {
    begin();
    while (free < wanted && spaces.size() > 1) {
      evict();
    }
    if (free < wanted) {
      flush();
      evictions++;
    }
  }

  private void evict() {
    Space oldest = null;
    for (Space space : spaces) {
      if (space != current && (oldest == null || space.lastUse < oldest.lastUse)) {
        oldest = space;
      }
    }
    spaces.remove(oldest);
    if (oldest.root != null) {
      release(oldest.root);
    }
    evictions++;
  }

  /** Forgets every shadow. */
  void flush() {
    for (Space space : spaces) {
      space.root = null;
    }
    freeAll();
  }

  /** Begins to {@link #drop} and to release: so much, and then everything. */
  void begin() {
    patience = PATIENCE;
  }

  private boolean lost() {
    if (--patience == 0) {
      flush();
    }
    return patience <= 0;
  }

  /** Whether a shadow of the guest's table is left. */
  boolean shadows(long guest) {
    return byGuest.containsKey(guest);
  }

  /** Forgets what has come from entries of a guest's table: {@code bytes} in it have changed. */
  void drop(long gpa, int bytes) {
    int first = (int) (gpa & PAGE - 1) >> 3;
    int last = (int) ((gpa & PAGE - 1) + bytes - 1) >> 3;
    List<Table> same = byGuest.getOrDefault(gpa & Tlb.PAGE_MASK, List.of());
    if (same.size() > MOST_ALIKE) {
      flush();
      return;
    }
    for (Table table : List.copyOf(same)) {
      if (tables.get(table.hpa) == table) { // it may have been below one that has just gone
        for (int i = first; i <= last; i++) {
          clear(table, i);
        }
      }
    }
  }

  private void clear(Table table, int index) {
    if (lost()) {
      return;
    }
    long entry = entryHva(table.hpa) + index * 8L;
    long pte = RawMemory.getLong(entry);
    if (pte != 0) {
      RawMemory.putLong(entry, 0);
      if (table.level > 0) {
        release(tables.get(Pte.ppn(pte) << 12));
      }
    }
  }

  /** Gives back a table and all below it. */
  private void release(Table table) {
    for (int i = 0; i < ENTRIES && table.level > 0; i++) {
      clear(table, i);
    }
    if (lost()) {
      return;
    }
    tables.remove(table.hpa);
    if (table.guest != NONE) {
      List<Table> same = byGuest.get(table.guest);
      same.remove(table);
      if (same.isEmpty()) {
        byGuest.remove(table.guest);
      }
    }
    unused[free++] = (int) ((table.hpa - pages.hpa()) / PAGE);
  }

  @Override
  public void close() {
    pages.close();
  }
}
