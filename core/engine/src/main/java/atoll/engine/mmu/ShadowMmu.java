package atoll.engine.mmu;

import atoll.host.RawMemory;
import atoll.memory.GuestMemory;
import java.util.List;

/**
 * Shadow paging, as Xen's and VMware's: the hart walks {@link ShadowTables}, which lead from
 * virtual straight to host-physical addresses. A missing entry is an exit, after which they are
 * filled from the guest's tables; from then on these are watched ({@link TableWatch}), and the next
 * fence, or write of {@code satp}, drops what has changed.
 *
 * <p>A shadow leaf may be written through only once the guest's leaf is dirty, so that the dirty
 * bit is set at the first store and not before; accessed it is, or there is no shadow. Pages that
 * are not RAM have no shadow: each miss there is an exit.
 */
final class ShadowMmu implements MmuTechnique {
  /** Where a shadow leaf has the binary logarithm of the guest page's size. */
  private static final int SIZE_SHIFT = 54;

  private final MmuClient hart;
  private final FoldedMmu software;
  private final PageWalker walker;
  private final MmuCounters counters;
  private final VirtualTlb misses;
  private final ShadowTables shadows;
  private final TableWatch watch;
  private final GuestMemory memory;
  private final TranslationStage stage;
  private final MachineMap map;

  ShadowMmu(MmuClient hart, MachineMmu machine, FoldedMmu software, MmuCounters counters) {
    this.hart = hart;
    this.software = software;
    this.walker = software.walker();
    this.counters = counters;
    misses = new VirtualTlb(hart, software, counters);
    shadows = new ShadowTables(machine.memory());
    watch = machine.watch().orElseThrow();
    memory = machine.memory();
    stage = software.regime().first;
    map = new MachineMap(machine.memory());
  }

  @Override
  public long translate(long va, int access, int privilege, boolean paged) {
    if (!paged) {
      return software.translate(va, access, privilege, false);
    }
    long leaf = stage.mode.canonical(va) ? walk(va) : 0;
    if (leaf == 0 || !walker.permits(stage, leaf, access, privilege)) {
      return misses.translate(va, access, privilege, true);
    }
    walker.pageSize = 1L << (leaf >>> SIZE_SHIFT & 0x3f);
    walker.global = (leaf & Pte.G) != 0;
    return map.guestPhysical(Pte.ppn(leaf) << 12) + (va & ~Tlb.PAGE_MASK);
  }

  /** The shadow leaf for {@code va}; 0 if there is none. */
  private long walk(long va) {
    long table = shadows.root();
    if (table == 0) {
      return 0;
    }
    counters.secondWalks++;
    for (int level = stage.mode.levels - 1; ; level--) {
      counters.secondReferences++;
      long pte =
          RawMemory.getLong(shadows.entryHva(table + ((va >>> 12 + 9 * level & 0x1ff) << 3)));
      if (level == 0 || pte == 0) {
        return pte;
      }
      table = Pte.ppn(pte) << 12;
    }
  }

  @Override
  public void fill() {
    synchronise();
    long gpa = misses.walk();
    while (ram(gpa) && beginToWatch()) {
      gpa = misses.walk(); // what has been stored until they were watched counts
    }
    misses.answer(gpa);
    if (ram(gpa)) {
      insert(gpa);
    }
  }

  private boolean ram(long gpa) {
    return gpa != PageWalker.FAULT && software.ramHva(gpa) != 0;
  }

  private void insert(long gpa) {
    shadows.insert(stage.mode, misses.missed(), leaf(gpa), walker.path, walker.leafLevel);
  }

  /** Watches the guest's tables of the last walk; returns whether one of them was not watched. */
  private boolean beginToWatch() {
    boolean begun = false;
    for (int level = stage.mode.levels - 1; level >= walker.leafLevel; level--) {
      long table = walker.path[level];
      if (watch.watch(table, hart.id())) {
        memory.guards().revoke(memory.map().ramFrame(table), hart.id());
        begun = true;
      }
    }
    return begun;
  }

  private long leaf(long gpa) {
    long guest = walker.leaf;
    long rights = guest & (Pte.V | Pte.R | Pte.X | Pte.U | Pte.A | Pte.D);
    if ((guest & Pte.D) != 0) {
      rights |= guest & Pte.W;
    }
    if (walker.global) {
      rights |= Pte.G;
    }
    long size = Long.numberOfTrailingZeros(walker.pageSize);
    return size << SIZE_SHIFT | map.hostPhysical(gpa) >>> 12 << Pte.PPN_SHIFT | rights;
  }

  /** Drops what has come from entries that have been stored to since the last time. */
  private void synchronise() {
    List<TableWatch.Note> notes = watch.take(hart.id());
    if (notes == null) {
      shadows.flush();
      return;
    }
    shadows.begin();
    for (TableWatch.Note note : notes) {
      shadows.drop(note.gpa(), note.bytes());
      if (!shadows.shadows(note.gpa() & Tlb.PAGE_MASK)) {
        watch.forget(note.gpa(), hart.id());
      }
    }
  }

  @Override
  public FoldedMmu software() {
    return software;
  }

  @Override
  public void spaceChanged(long satp) {
    counters.count(MmuExit.ADDRESS_SPACE);
    misses.forget();
    synchronise();
    if (stage.on()) {
      shadows.select(satp);
    }
  }

  @Override
  public void fenced() {
    counters.count(MmuExit.FENCE);
    misses.forget();
    synchronise();
  }

  @Override
  public void forget() {
    misses.forget();
  }

  @Override
  public void rulesChanged() {
    misses.forget();
    shadows.flush();
  }

  @Override
  public long tableBytes() {
    return shadows.bytes();
  }

  @Override
  public void close() {
    shadows.close();
  }
}
