package atoll.engine.mmu;

import atoll.memory.GuestMemory;

/**
 * A miss walks the guest's tables and looks the result up in the machine's map; the TLB entry goes
 * all the way from virtual to host-virtual.
 */
record FoldedMmu(GuestMemory memory, PageWalker walker, TranslationRegime regime)
    implements MmuTechnique {
  @Override
  public long translate(long va, int access, int privilege, boolean paged) {
    if (paged) {
      return walker.walk(va, access, regime, privilege);
    }
    walker.pageSize = GuestMemory.PAGE_SIZE;
    return va;
  }

  @Override
  public FoldedMmu software() {
    return this;
  }
}
