package atoll.engine.mmu;

/**
 * Serves one hart's TLB misses in the modes that are not a guest's of its own: turns virtual
 * addresses into guest-physical ones, and these into places in the process.
 */
sealed interface MmuTechnique permits FoldedMmu, VirtualTlb, ShadowMmu, NestedMmu, DirectMmu {
  /** Instead of a guest-physical address: the hart must leave guest code first. */
  long EXIT = -2;

  /**
   * Translates {@code va}; {@link PageWalker#pageSize} and {@link PageWalker#global} tell of the
   * page.
   *
   * @param paged whether tables are in force; otherwise {@code va} is guest-physical
   * @return the guest-physical address; {@link PageWalker#FAULT} with the walker's cause; or {@link
   *     #EXIT} with the hart's event
   */
  long translate(long va, int access, int privilege, boolean paged);

  /**
   * The guest-physical address of an entry of a table of {@code level}, by the address that {@code
   * satp} and the entries above give it; {@link PageWalker#FAULT} if no such table is there.
   */
  default long tableEntry(long address, int level) {
    return address;
  }

  /**
   * The guest-physical address that a leaf of the hart's own tables means; {@link
   * MachineMap#NOWHERE} if there is none.
   */
  default long guestPhysical(long address) {
    return address;
  }

  /** Walks the guest's tables in software and knows the VM's map. */
  FoldedMmu software();

  /** The host-virtual address of guest-physical RAM, for code and page tables; 0 outside. */
  default long ramHva(long gpa) {
    return software().memory().hva(gpa);
  }

  /** The same for loads, in windows too. */
  default long loadHva(long gpa) {
    return software().memory().loadHva(gpa);
  }

  /** The same for stores, in writable windows too. */
  default long storeHva(long gpa) {
    return software().memory().storeHva(gpa);
  }

  /** Whether translations of other address spaces outlive a write of {@code satp}. */
  default boolean keepsSpaces() {
    return true;
  }

  /**
   * The guest writes {@code satp}, a legal value.
   *
   * @return false if it may not, with the hart's event
   */
  default boolean enters(long satp) {
    return true;
  }

  /** The guest has written {@code satp}. */
  default void spaceChanged(long satp) {}

  /** The guest has executed a fence, on this hart or another. */
  default void fenced() {}

  /** Forgets what depends on privilege, {@code mstatus} or tables. */
  default void forget() {}

  /** PMP or the meaning of table entries has changed: all that was made from them is invalid. */
  default void rulesChanged() {}

  /** The machine's map has changed; {@link #rulesChanged} follows. */
  default void mapChanged() {}

  /** Serves the miss that {@link #translate} has last answered with {@link #EXIT}. */
  default void fill() {
    throw new IllegalStateException("there is no exit for a TLB miss");
  }

  /** Bytes of the hypervisor's tables for this hart alone. */
  default long tableBytes() {
    return 0;
  }

  /** Gives these back. */
  default void close() {}
}
