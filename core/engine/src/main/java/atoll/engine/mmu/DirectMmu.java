package atoll.engine.mmu;

/**
 * Direct paging, as Xen's: the hart walks the guest's own tables, which name machine memory, since
 * the hypervisor has looked at every entry before it was there ({@link ValidatedTables}). There is
 * no second step and no table of the hypervisor's, and a miss is not an exit.
 *
 * <p>The tables are still not trusted: a walk goes through registered tables of the right levels
 * only, and ends in the machine's own memory or not at all.
 */
final class DirectMmu implements MmuTechnique {
  private final MmuClient hart;
  private final ValidatedTables tables;
  private final FoldedMmu software;
  private final MmuCounters counters;

  DirectMmu(MmuClient hart, ValidatedTables tables, FoldedMmu software, MmuCounters counters) {
    this.hart = hart;
    this.tables = tables;
    this.software = software;
    this.counters = counters;
  }

  @Override
  public long translate(long va, int access, int privilege, boolean paged) {
    long address = software.translate(va, access, privilege, paged);
    if (!paged || address == PageWalker.FAULT) {
      return address;
    }
    long gpa = guestPhysical(address);
    if (gpa == MachineMap.NOWHERE) {
      software.walker().cause = Access.accessFault(access);
      return PageWalker.FAULT;
    }
    return gpa;
  }

  @Override
  public long tableEntry(long address, int level) {
    return tables.entry(address, level);
  }

  @Override
  public long guestPhysical(long address) {
    return tables.map().guestPhysical(address);
  }

  @Override
  public FoldedMmu software() {
    return software;
  }

  /**
   * Only pinned roots; a guest that has never made a call about tables does not know what is
   * expected.
   */
  @Override
  public boolean enters(long satp) {
    if (tables.enter(hart.id(), satp)) {
      return true;
    }
    if (tables.called()) {
      hart.raiseIllegal();
    } else {
      hart.fault(
          ("the guest turns paging on (satp 0x%x) without having registered its page tables, as the"
                  + " MMU technique 'direct' wants; run it with another, such as 'auto'")
              .formatted(satp));
    }
    return false;
  }

  @Override
  public void spaceChanged(long satp) {
    counters.count(MmuExit.ADDRESS_SPACE);
  }
}
