package atoll.engine.target;

/** Emits regions: blocks of one page with their loops, calls and returns closed inside. */
public interface RegionEmitter extends Emitter {
  /**
   * Emits a region. Each of its entries leaves by {@link CodeExit#REFRESH} unless its slots are of
   * the epoch of the TLB in use and floating point is as it takes it to be.
   *
   * @param slotTable where its slots lie, with what is in front of them
   */
  void emit(RegionBlocks region, int slotTable);

  /**
   * Tells where the region is entered, as offsets in the code area: the blocks that are, in their
   * order.
   *
   * @return how many these are
   */
  int entries(int[] into);

  /** How many slots it has. */
  int slots();

  /** Which of them stores use, a bit each. */
  long writeSlots();
}
