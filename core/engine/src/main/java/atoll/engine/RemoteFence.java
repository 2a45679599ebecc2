package atoll.engine;

import atoll.memory.GuestMemory;

/** A fence that one hart asks others to execute before they go on (SBI §8, RFENCE). */
public sealed interface RemoteFence {
  /** Makes earlier stores visible to instruction fetch. */
  record Instruction() implements RemoteFence {}

  /**
   * Orders earlier page-table stores before later translations.
   *
   * <p>All addresses and sizes are unsigned and allowed. A range that goes on behind the last
   * address is everything; so is one of more pages than are fenced one by one.
   *
   * @param start first virtual address
   * @param size bytes; with {@code start} 0 and {@code size} 0, or size all-ones, everything
   * @param asid address space, or -1 for all
   */
  record Address(long start, long size, int asid) implements RemoteFence {
    /** All addresses of all address spaces. */
    public static final Address EVERYTHING = new Address(0, -1, -1);

    /** Instead of a number of pages: all. */
    public static final int ALL_PAGES = -1;

    /** Pages that are fenced one by one. */
    public static final int MOST_PAGES = 64;

    private static final long PAGE_MASK = -GuestMemory.PAGE_SIZE;
    private static final long MOST_BYTES = (long) MOST_PAGES * GuestMemory.PAGE_SIZE;

    /** The address of the first page. */
    public long firstPage() {
      return pages() == ALL_PAGES ? 0 : start & PAGE_MASK;
    }

    /** How many pages there are, at most {@link #MOST_PAGES}; or {@link #ALL_PAGES}. */
    public int pages() {
      long bytes = (start & ~PAGE_MASK) + Math.max(size, 1);
      boolean all =
          (start == 0 && size == 0)
              || Long.compareUnsigned(size, MOST_BYTES) > 0 // all-ones, too
              || bytes > MOST_BYTES
              || Long.compareUnsigned(start + Math.max(size, 1) - 1, start) < 0;
      return all ? ALL_PAGES : (int) (bytes + GuestMemory.PAGE_SIZE - 1 >>> 12);
    }
  }

  /**
   * The same for a guest's own page tables ({@code hfence.vvma}).
   *
   * @param vmid the guest
   * @param addresses in the guest's address spaces
   */
  record Guest(int vmid, Address addresses) implements RemoteFence {}

  /**
   * Orders earlier stores to second-stage tables before later translations ({@code hfence.gvma}).
   *
   * @param vmid the guest, or -1 for all
   */
  record SecondStage(int vmid) implements RemoteFence {}
}
