package atoll.engine.mmu;

/** Pages of RAM that no hart may have in a write TLB, besides those with code. */
interface WatchedPages {
  /** Whether the RAM page at {@code gpa} is one of them. */
  boolean watched(long gpa);

  /** {@code bytes} in one page of RAM have been stored to; {@code storer} null if by no hart. */
  void stored(long gpa, int bytes, MmuClient storer);
}
