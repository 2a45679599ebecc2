package atoll.engine.hart;

import atoll.engine.mmu.Mmu;

/**
 * Host pages that a hart is still to forget as writable: a few of them, and then all. Guarded by
 * the monitor of the hart's {@link Rendezvous}, but for what {@link #take} has taken, which is its
 * thread's.
 */
final class PendingWrites {
  /** Pages that are kept apart. */
  static final int MOST = 8;

  private final long[] pages = new long[MOST];
  private int count;
  private boolean all;

  // What was taken last.
  private final long[] taken = new long[MOST];
  private int takenCount;
  private boolean takenAll;

  boolean isEmpty() {
    return count == 0 && !all;
  }

  /** How many are kept apart: at most {@link #MOST}. */
  int count() {
    return count;
  }

  void add(long hva) {
    for (int i = 0; i < count; i++) {
      if (pages[i] == hva) {
        return;
      }
    }
    if (count == MOST) {
      all = true;
    } else {
      pages[count++] = hva;
    }
  }

  void addAll() {
    all = true;
  }

  /** Takes all of them out. */
  void take() {
    System.arraycopy(pages, 0, taken, 0, count);
    takenCount = count;
    takenAll = all;
    count = 0;
    all = false;
  }

  /** Forgets what was taken. */
  void execute(Mmu mmu) {
    if (takenAll) {
      mmu.forgetWrites();
    } else if (takenCount > 0) {
      mmu.forgetWrites(taken, takenCount);
    }
  }
}
