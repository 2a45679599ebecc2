package atoll.engine;

import java.util.List;

/**
 * The calls by which a paravirtual guest registers page tables and changes them. Thread-safe. Each
 * is served for the hart that makes it, outside of guest code and on the hart's own thread;
 * guest-physical addresses go in, and tables and {@code satp} hold host-physical ones.
 */
public interface DirectTables {
  /** Levels of tables in Sv57. */
  int MOST_LEVELS = 5;

  /**
   * What is registered.
   *
   * @param called whether the guest has ever called
   * @param tables by address
   */
  record State(boolean called, List<Table> tables) {
    public State {
      tables = List.copyOf(tables);
    }
  }

  /**
   * A registered table.
   *
   * @param gpa guest-physical address of its page
   * @param level 0 for the tables of 4 KiB pages
   * @param pinned whether it stays even if nothing leads to it
   */
  record Table(long gpa, int level, boolean pinned) {
    public Table {
      if (level < 0 || level >= MOST_LEVELS) {
        throw new IllegalArgumentException("there is no table of level " + level);
      }
    }
  }

  /** Updates in one batch at most. */
  int MOST_UPDATES = 512;

  /**
   * The host-physical address of a guest-physical one.
   *
   * @return -1 if it has none
   */
  long machineAddress(Hart caller, long gpa);

  /**
   * Bytes from a guest-physical address on whose host-physical addresses follow each other.
   *
   * @param gpa one that has a machine address
   */
  long contiguous(long gpa);

  /**
   * Makes a page a table, with all that it leads to, and one that stays even if nothing leads to
   * it.
   *
   * @param gpa the page's address
   * @param level 0 for the tables of 4 KiB pages
   */
  TableStatus pin(Hart caller, long gpa, long level);

  /**
   * Lets a pinned table go, once nothing leads to it, and with it what only it leads to. A table
   * that an unfinished {@link #pin} has made on its way is released, too.
   *
   * @return UNFINISHED if tables are left for {@link #settle}; the page is unpinned all the same
   */
  TableStatus unpin(Hart caller, long gpa);

  /** Goes on to let tables go that calls have left. */
  TableStatus settle(Hart caller);

  /**
   * Applies updates in their order, up to the first that is refused.
   *
   * @param gpa where they are: for each the entry's guest-physical address, plus 1 if its accessed
   *     and dirty bits stay as they are, and its value
   * @param count at most {@link #MOST_UPDATES}
   */
  TableReply update(Hart caller, long gpa, long count);
}
