package atoll.engine.hart;

import atoll.engine.RemoteFence;
import atoll.engine.mmu.Mmu;
import atoll.memory.GuestMemory;

/**
 * Fences that a hart is still to execute: a few of them, and then one of everything. Guarded by the
 * monitor of the hart's {@link Rendezvous}, but for what {@link #take} has taken, which is its
 * thread's.
 */
final class PendingFences {
  /** Fences that are kept apart. */
  static final int MOST = 8;

  /** Units of work of a fence of all pages. */
  private static final int FLUSH = Rendezvous.TURN;

  /** Units of work of a fence of one page. */
  private static final int PAGE = Rendezvous.TURN / RemoteFence.Address.MOST_PAGES;

  private static final int NONE = 0;
  private static final int ADDRESS = 1;
  private static final int GUEST = 2;
  private static final int SECOND_STAGE = 3;
  private static final int EVERYTHING = 4;

  private final int[] kinds = new int[MOST];
  private final long[] starts = new long[MOST];
  private final int[] pages = new int[MOST];
  private final int[] asids = new int[MOST];
  private final int[] vmids = new int[MOST];
  private int count;
  private boolean everything;

  // What was taken last.
  private int kind = NONE;
  private long start;
  private int size;
  private int asid;
  private int vmid;

  boolean isEmpty() {
    return count == 0 && !everything;
  }

  /** How many are kept apart: at most {@link #MOST}. */
  int count() {
    return count;
  }

  void add(RemoteFence fence) {
    if (everything) {
      return;
    }
    switch (fence) {
      // Decoded code is kept coherent by the stores themselves; being seen between two
      // instructions is all that is left to do.
      case RemoteFence.Instruction i -> {}
      case RemoteFence.Address a -> add(ADDRESS, a, -1);
      case RemoteFence.Guest g -> add(GUEST, g.addresses(), g.vmid());
      case RemoteFence.SecondStage s -> add(SECOND_STAGE, RemoteFence.Address.EVERYTHING, s.vmid());
    }
  }

  private void add(int newKind, RemoteFence.Address a, int newVmid) {
    int newPages = a.pages();
    for (int i = 0; i < count; i++) {
      if (kinds[i] == newKind && vmids[i] == newVmid && covers(i, a, newPages)) {
        return;
      }
    }
    if (count == MOST) {
      everything = true;
      count = 0;
      return;
    }
    kinds[count] = newKind;
    starts[count] = a.firstPage();
    pages[count] = newPages;
    asids[count] = a.asid();
    vmids[count] = newVmid;
    count++;
  }

  /** Whether a fence that is there already does what another of its kind would. */
  private boolean covers(int i, RemoteFence.Address a, int newPages) {
    boolean spaces = asids[i] == a.asid() || asids[i] < 0;
    boolean same = starts[i] == a.firstPage() && pages[i] == newPages;
    return spaces && (pages[i] == RemoteFence.Address.ALL_PAGES || same);
  }

  /** Takes one out; false if there is none. */
  boolean take() {
    if (everything) {
      everything = false;
      kind = EVERYTHING;
      return true;
    }
    if (count == 0) {
      return false;
    }
    kind = kinds[0];
    start = starts[0];
    size = pages[0];
    asid = asids[0];
    vmid = vmids[0];
    count--;
    shift();
    return true;
  }

  private void shift() {
    System.arraycopy(kinds, 1, kinds, 0, count);
    System.arraycopy(starts, 1, starts, 0, count);
    System.arraycopy(pages, 1, pages, 0, count);
    System.arraycopy(asids, 1, asids, 0, count);
    System.arraycopy(vmids, 1, vmids, 0, count);
  }

  /** Executes what was taken; returns the units of work that it took. */
  int execute(Mmu mmu) {
    if (kind == EVERYTHING) {
      mmu.fence(true, 0, -1);
      mmu.fenceSecondStage(-1);
      return FLUSH;
    }
    if (kind == SECOND_STAGE) {
      mmu.fenceSecondStage(vmid);
      return FLUSH;
    }
    if (size == RemoteFence.Address.ALL_PAGES) {
      execute(mmu, true, 0);
      return FLUSH;
    }
    for (int i = 0; i < size; i++) {
      execute(mmu, false, start + (long) i * GuestMemory.PAGE_SIZE);
    }
    return size * PAGE;
  }

  private void execute(Mmu mmu, boolean all, long va) {
    if (kind == GUEST) {
      mmu.fenceGuest(all, va, asid, vmid);
    } else {
      mmu.fence(all, va, asid);
    }
  }
}
