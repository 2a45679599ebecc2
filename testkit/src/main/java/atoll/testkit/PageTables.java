package atoll.testkit;

import atoll.memory.GuestMemory;

/**
 * Page tables that a test builds in guest memory, any scheme, leaves at any level and with any
 * bits, right or wrong.
 */
public final class PageTables {
  public static final long V = 1;
  public static final long R = 1 << 1;
  public static final long W = 1 << 2;
  public static final long X = 1 << 3;
  public static final long U = 1 << 4;
  public static final long G = 1 << 5;
  public static final long A = 1 << 6;
  public static final long D = 1 << 7;
  public static final long N = 1L << 63;
  public static final long PBMT_NC = 1L << 61;
  public static final long PBMT_IO = 2L << 61;

  /** Everything that an ordinary supervisor page needs. */
  public static final long ALL = V | R | W | X | A | D;

  private static final int PAGE = 4096;

  private final GuestMemory memory;
  private final int levels;
  private final boolean secondStage;
  private final long bias;
  private final long root;
  private long free;

  /**
   * Empty tables.
   *
   * @param levels 3, 4 or 5: Sv39, Sv48, Sv57
   * @param at where tables are put, upwards; page-aligned
   */
  public PageTables(GuestMemory memory, int levels, long at) {
    this(memory, levels, at, false, 0);
  }

  private PageTables(GuestMemory memory, int levels, long at, boolean secondStage, long bias) {
    this.memory = memory;
    this.levels = levels;
    this.secondStage = secondStage;
    this.bias = bias;
    this.root = at;
    this.free = at;
    table();
    for (int i = 1; secondStage && i < 4; i++) {
      table(); // the root is four pages
    }
  }

  /**
   * Empty tables of a second stage: Sv39x4, Sv48x4, Sv57x4.
   *
   * @param at where tables are put, upwards; aligned to 16 KiB
   */
  public static PageTables secondStage(GuestMemory memory, int levels, long at) {
    return new PageTables(memory, levels, at, true, 0);
  }

  /**
   * Empty tables in the memory of a guest.
   *
   * @param at where tables are put, upwards; page-aligned
   * @param bias what is to be added to the guest's physical addresses to get the machine's
   */
  public static PageTables guest(GuestMemory memory, int levels, long at, long bias) {
    return new PageTables(memory, levels, at, false, bias);
  }

  private long table() {
    long t = free;
    memory.write(t, new byte[PAGE]);
    free += PAGE;
    return t;
  }

  /** What to write to {@code satp}, or to {@code hgatp} with a VMID. */
  public long satp(int asid) {
    return (long) (levels + 5) << 60 | (long) asid << 44 | root - bias >>> 12;
  }

  /** The machine's address of the entry for {@code va} at a level; makes the tables above it. */
  public long entry(long va, int level) {
    long table = root;
    for (int l = levels - 1; l > level; l--) {
      long slot = table + index(va, l) * 8;
      long pte = memory.getLong(slot);
      if ((pte & V) == 0) {
        pte = table() - bias >>> 2 | V;
        memory.putLong(slot, pte);
      }
      table = ((pte >>> 10 & (1L << 44) - 1) << 12) + bias;
    }
    return table + index(va, level) * 8;
  }

  private long index(long va, int level) {
    long mask = secondStage && level == levels - 1 ? 0x7ff : 0x1ff;
    return va >>> 12 + 9 * level & mask;
  }

  /** Maps one page of a level: 0 is 4 KiB, 1 is 2 MiB, 2 is 1 GiB. */
  public void map(long va, long pa, long bits, int level) {
    memory.putLong(entry(va, level), pte(pa, bits));
  }

  /** Maps one 4 KiB page. */
  public void map(long va, long pa, long bits) {
    map(va, pa, bits, 0);
  }

  /** The entry's bits for {@code va}, as they are now. */
  public long read(long va, int level) {
    return memory.getLong(entry(va, level));
  }

  /** An entry's value. */
  public static long pte(long pa, long bits) {
    return pa >>> 12 << 10 | bits;
  }
}
