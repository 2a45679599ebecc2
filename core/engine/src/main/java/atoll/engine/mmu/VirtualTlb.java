package atoll.engine.mmu;

import java.util.Arrays;

/**
 * NOVA's virtual TLB: what neither the hart's TLBs nor this small one know is an exit. Outside of
 * guest code the kernel has {@link #fill} walk the guest's tables; back in guest code the
 * instruction is executed again and finds the answer here, be it a page or the guest's own fault.
 *
 * <p>One instruction asks for four pages at most (itself and its data may each lie in two), so that
 * it gets ahead however small this is. Answers live no longer than what they depend on.
 */
final class VirtualTlb implements MmuTechnique {
  private static final int ENTRIES = 8;

  private final MmuClient hart;
  private final FoldedMmu software;
  private final PageWalker walker;
  private final MmuCounters counters;

  private final long[] tags = new long[ENTRIES];
  private final int[] kinds = new int[ENTRIES];
  private final long[] pages = new long[ENTRIES];
  private final long[] sizes = new long[ENTRIES];
  private final boolean[] globals = new boolean[ENTRIES];

  /** The cause of the guest's fault, or {@link #NO_FAULT}. */
  private final int[] causes = new int[ENTRIES];

  private static final int NO_FAULT = -1;

  /** Not the kind of any access. */
  private static final int EMPTY = -1;

  private int next;

  /** What the hart has left guest code for. */
  private long missed;

  private int missedAccess;
  private int missedPrivilege;
  private boolean missedPaged;

  VirtualTlb(MmuClient hart, FoldedMmu software, MmuCounters counters) {
    this.hart = hart;
    this.software = software;
    this.walker = software.walker();
    this.counters = counters;
    forget();
  }

  @Override
  public long translate(long va, int access, int privilege, boolean paged) {
    int entry = find(va & Tlb.PAGE_MASK, kind(access, privilege, paged));
    if (entry < 0) {
      missed = va;
      missedAccess = access;
      missedPrivilege = privilege;
      missedPaged = paged;
      hart.missTlb();
      return EXIT;
    }
    if (causes[entry] != NO_FAULT) {
      walker.cause = causes[entry];
      kinds[entry] = EMPTY; // the guest's next try is a new one
      return PageWalker.FAULT;
    }
    walker.pageSize = sizes[entry];
    walker.global = globals[entry];
    return pages[entry] | va & ~Tlb.PAGE_MASK;
  }

  private int find(long tag, int kind) {
    for (int i = 0; i < ENTRIES; i++) {
      if (tags[i] == tag && kinds[i] == kind) {
        return i;
      }
    }
    return -1;
  }

  private static int kind(int access, int privilege, boolean paged) {
    return access << 3 | privilege << 1 | (paged ? 1 : 0);
  }

  @Override
  public void fill() {
    answer(walk());
  }

  /** The address of the last miss. */
  long missed() {
    return missed;
  }

  /** Walks the guest's tables for the last miss. */
  long walk() {
    return software.translate(missed, missedAccess, missedPrivilege, missedPaged);
  }

  /** Keeps what {@link #walk} has come to until the instruction asks again. */
  void answer(long gpa) {
    int entry = next;
    next = (next + 1) % ENTRIES;
    tags[entry] = missed & Tlb.PAGE_MASK;
    kinds[entry] = kind(missedAccess, missedPrivilege, missedPaged);
    if (gpa == PageWalker.FAULT) {
      causes[entry] = walker.cause;
      counters.count(MmuExit.GUEST_FAULT);
      return;
    }
    causes[entry] = NO_FAULT;
    pages[entry] = gpa & Tlb.PAGE_MASK;
    sizes[entry] = walker.pageSize;
    globals[entry] = walker.global;
    counters.count(software.loadHva(gpa) == 0 ? MmuExit.HOST_FAULT : MmuExit.MISS);
  }

  @Override
  public FoldedMmu software() {
    return software;
  }

  @Override
  public boolean keepsSpaces() {
    return false;
  }

  @Override
  public void spaceChanged(long satp) {
    counters.count(MmuExit.ADDRESS_SPACE);
    forget();
  }

  @Override
  public void fenced() {
    counters.count(MmuExit.FENCE);
    forget();
  }

  @Override
  public void rulesChanged() {
    forget();
  }

  @Override
  public void forget() {
    Arrays.fill(kinds, EMPTY);
  }
}
