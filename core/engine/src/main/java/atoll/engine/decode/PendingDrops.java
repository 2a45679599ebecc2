package atoll.engine.decode;

/**
 * Pages of which a hart is still to drop what it has translated: a list through the pages
 * themselves, each of which is there once at most, with the bytes that have been stored to. Guarded
 * by the monitor of the hart's {@code Rendezvous}, but for what {@link #take} has taken, which is
 * its thread's.
 */
public final class PendingDrops {
  /** Units of work of a page with little code. */
  private static final int PAGE = 32;

  private PageTranslation first;
  private PageTranslation last;

  // What was taken last.
  private PageTranslation page;
  private int from;
  private int to;
  private Invalidation cause;

  /** A page's place in the list. */
  static final class Link {
    private boolean listed;
    private PageTranslation next;
    private int from;
    private int to;

    /** Why all of it goes; null if only what was made from the bytes does. */
    private Invalidation cause;

    boolean isListed() {
      return listed;
    }
  }

  public boolean isEmpty() {
    return first == null;
  }

  /** All of a page. */
  public void add(PageTranslation dropped, Invalidation why) {
    Link link = list(dropped);
    link.cause = link.cause == null ? why : link.cause;
  }

  /** What was made from {@code size} bytes of a page, and from what is between these and others. */
  public void add(PageTranslation stored, int offset, int size) {
    boolean listed = stored.link.listed;
    Link link = list(stored);
    link.from = listed ? Math.min(link.from, offset) : offset;
    link.to = listed ? Math.max(link.to, offset + size) : offset + size;
  }

  private Link list(PageTranslation added) {
    Link link = added.link;
    if (!link.listed) {
      link.listed = true;
      if (first == null) {
        first = added;
      } else {
        last.link.next = added;
      }
      last = added;
    }
    return link;
  }

  /** Takes the first page out; false if there is none. */
  public boolean take() {
    if (first == null) {
      return false;
    }
    page = first;
    Link link = page.link;
    from = link.from;
    to = link.to;
    cause = link.cause;
    first = link.next;
    link.next = null;
    link.cause = null;
    link.listed = false;
    return true;
  }

  /** Drops what was taken; returns the units of work that it took. */
  public int execute() {
    int units = PAGE + page.pieces();
    if (cause == null) {
      page.stored(from, to - from);
    } else {
      page.drop(cause);
    }
    page = null;
    return units;
  }
}
