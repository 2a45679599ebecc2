package atoll.verify;

/**
 * The TLB slots of a region: a header of 16 bytes, the epoch first, then 16 bytes each.
 *
 * @param offset of the header from the beginning of the code area
 * @param count how many there are, at most 55
 * @param writes a bit for each that stores use; loads use the others
 */
public record SlotTable(int offset, int count, long writes) {
  /** Bytes in front of the first slot. */
  public static final int HEADER = 16;

  /** Bytes of a slot: the tag, then the addend. */
  public static final int SLOT = 16;

  /** Of the header's second word: below this are the bits of slots that stores use. */
  public static final int COUNT_SHIFT = 56;

  private static final int MOST = COUNT_SHIFT - 1;

  /** Checks the numbers. */
  public SlotTable {
    if (count < 0 || count > MOST || writes >>> count != 0 || offset % 8 != 0) {
      throw new IllegalArgumentException(
          "no slots: %d at 0x%x, of which 0x%x are for stores".formatted(count, offset, writes));
    }
  }

  /** Bytes of all of it. */
  public int bytes() {
    return HEADER + SLOT * count;
  }

  /** The slot at an offset, or -1. */
  int slot(int at) {
    int from = at - offset - HEADER;
    return from >= 0 && from < SLOT * count && from % SLOT == 0 ? from / SLOT : -1;
  }

  boolean isForStores(int slot) {
    return (writes >>> slot & 1) != 0;
  }
}
