package atoll.engine.mmu;

/**
 * Which entries of a {@link Tlb}'s table are of which host page: lists in both directions, that an
 * entry leaves in one step. A host page selects one of {@link #LISTS}; others may select the same.
 *
 * <p>Translated code empties entries without telling: what is listed is to be looked at.
 */
final class HostIndex {
  private static final int LISTS = 1024;

  private final int entries;

  /** By entry, and behind these by list, its beginning: what comes next, and what is before. */
  private final char[] next;

  private final char[] before;

  /** Without any entry of so many. */
  HostIndex(int entries) {
    this.entries = entries;
    next = new char[entries + LISTS];
    before = new char[entries + LISTS];
    for (int i = 0; i < next.length; i++) {
      next[i] = (char) i;
      before[i] = (char) i;
    }
  }

  private int list(long hva) {
    long page = hva >>> 12;
    return entries + (int) ((page ^ page >>> 10) & LISTS - 1);
  }

  /** An entry is of a host page now, and of none before. */
  void put(int entry, long hva) {
    next[before[entry]] = next[entry];
    before[next[entry]] = before[entry];
    int list = list(hva);
    int first = next[list];
    next[entry] = (char) first;
    before[entry] = (char) list;
    before[first] = (char) entry;
    next[list] = (char) entry;
  }

  /** The first entry that may be of a host page; -1 if there is none. */
  int first(long hva) {
    return entryOf(next[list(hva)]);
  }

  /** The one behind it in its list. */
  int next(int entry) {
    return entryOf(next[entry]);
  }

  private int entryOf(int place) {
    return place < entries ? place : -1;
  }
}
