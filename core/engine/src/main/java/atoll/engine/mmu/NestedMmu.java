package atoll.engine.mmu;

import atoll.host.RawMemory;
import java.util.function.Supplier;

/**
 * Two-stage paging: whatever the guest's tables say, and where they lie, goes through the machine's
 * {@link SecondStageTables}, one table reference after another. Nothing that the guest does to its
 * tables concerns the hypervisor.
 */
final class NestedMmu implements MmuTechnique {
  private final Supplier<SecondStageTables> second;
  private final FoldedMmu firstStage;
  private final MmuCounters counters;
  private SecondStageTables tables;

  NestedMmu(Supplier<SecondStageTables> second, FoldedMmu firstStage, MmuCounters counters) {
    this.second = second;
    this.firstStage = firstStage;
    this.counters = counters;
    mapChanged();
  }

  @Override
  public void mapChanged() {
    tables = second.get();
  }

  @Override
  public long translate(long va, int access, int privilege, boolean paged) {
    return firstStage.translate(va, access, privilege, paged);
  }

  @Override
  public FoldedMmu software() {
    return firstStage;
  }

  /** Code and page tables are in RAM only, and that is what may be executed. */
  @Override
  public long ramHva(long gpa) {
    return walk(gpa, Pte.X);
  }

  @Override
  public long loadHva(long gpa) {
    return walk(gpa, Pte.R);
  }

  @Override
  public long storeHva(long gpa) {
    return walk(gpa, Pte.W);
  }

  /**
   * Walks the second stage (priv §18.5.1). Its tables are the hypervisor's own: well-formed, with
   * accessed and dirty bits set, and unchanged while the map is.
   *
   * @param right what is asked of the leaf: one of {@link Pte#R}, {@link Pte#W}, {@link Pte#X}
   * @return the host-virtual address; 0 where nothing is mapped or the right is not given
   */
  private long walk(long gpa, long right) {
    PagingMode mode = tables.mode();
    if (!mode.canonical(gpa)) {
      return 0;
    }
    counters.secondWalks++;
    long table = tables.root();
    int mask = mode.rootMask;
    for (int level = mode.levels - 1; level >= 0; level--) {
      long entry = table + ((gpa >>> 12 + 9 * level & mask) << 3);
      mask = 0x1ff;
      counters.secondReferences++;
      long pte = RawMemory.getLong(tables.tableHva(entry));
      if ((pte & (Pte.R | Pte.X)) != 0) {
        long offset = gpa & (4096L << 9 * level) - 1;
        return (pte & right) != 0 ? tables.hva((Pte.ppn(pte) << 12) + offset) : 0;
      }
      if ((pte & Pte.V) == 0) {
        return 0;
      }
      table = Pte.ppn(pte) << 12;
    }
    return 0;
  }
}
