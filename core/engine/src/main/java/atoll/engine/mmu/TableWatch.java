package atoll.engine.mmu;

import atoll.engine.HartGroup;
import atoll.memory.GuestMap;
import atoll.memory.GuestMemory;
import atoll.memory.PageGuards;
import java.util.ArrayList;
import java.util.List;

/**
 * Which pages of a machine's RAM hold tables that harts have shadows of, and what has been stored
 * there since each hart last looked; shared by the harts.
 *
 * <p>A watched page is in no hart's write TLB, as pages with code are: its stores take the slow
 * path and come to {@link #stored}. A hart need not see them before its next fence, so that they
 * are only noted. A page that is stored to again and again is released: it is out of sync, and the
 * next time that a hart looks it gives up everything that came through the page.
 */
final class TableWatch implements PageGuards.Listener {
  /** Stores to a page before it is released. */
  private static final int PATIENCE = 16;

  /** Notes that are kept for a hart; with more it gives up all its shadows. */
  private static final int MOST_NOTES = 1024;

  private final GuestMap map;
  private final PageGuards guards;
  private final MmuClients harts;

  /** By page, a bit for each hart that has a shadow of it. */
  private int[] watchers;

  /** By page, stores since it was first watched. */
  private byte[] stores;

  private final List<List<Note>> notes = new ArrayList<>();
  private final boolean[] overflow = new boolean[HartGroup.MOST_HARTS];

  /** Bytes that have been stored to, all in one page. */
  record Note(long gpa, int bytes) {}

  TableWatch(GuestMemory memory, MmuClients harts) {
    this.harts = harts;
    map = memory.map();
    guards = memory.guards();
    guards.listen(PageGuards.SHADOW, this);
    watchers = new int[map.frames()];
    stores = new byte[map.frames()];
    for (int hart = 0; hart < HartGroup.MOST_HARTS; hart++) {
      notes.add(new ArrayList<>());
    }
  }

  /** The map has changed, and no hart has a shadow any more. */
  synchronized void mapChanged() {
    for (int frame = 0; frame < watchers.length; frame++) {
      if (watchers[frame] != 0) {
        guards.unguard(frame, PageGuards.SHADOW);
      }
    }
    watchers = new int[map.frames()];
    stores = new byte[map.frames()];
    notes.forEach(List::clear);
  }

  /**
   * Has a hart watch a page.
   *
   * @return whether it has only now begun to
   */
  synchronized boolean watch(long gpa, int hart) {
    int frame = map.ramFrame(gpa);
    int before = watchers[frame];
    if (before == 0) {
      stores[frame] = 0;
      guards.guard(frame, PageGuards.SHADOW);
    }
    watchers[frame] |= 1 << hart;
    return before != watchers[frame];
  }

  /** A hart has no shadow of the page any more. */
  synchronized void forget(long gpa, int hart) {
    int frame = map.ramFrame(gpa);
    watchers[frame] &= ~(1 << hart);
    if (watchers[frame] == 0) {
      guards.unguard(frame, PageGuards.SHADOW);
    }
  }

  @Override
  public void stored(int frame, int offset, int bytes, int storer) {
    if (storer != PageGuards.NO_HART) {
      harts.client(storer).counters().count(MmuExit.TABLE_WRITE);
    }
    note(frame, map.address(frame) + offset, bytes);
  }

  private synchronized void note(int frame, long gpa, int bytes) {
    int watching = watchers[frame];
    boolean letGo = ++stores[frame] >= PATIENCE;
    Note note = letGo ? new Note(gpa & Tlb.PAGE_MASK, GuestMemory.PAGE_SIZE) : new Note(gpa, bytes);
    for (int hart = 0; hart < HartGroup.MOST_HARTS; hart++) {
      if ((watching >>> hart & 1) != 0) {
        add(hart, note);
      }
    }
    if (letGo) {
      watchers[frame] = 0;
      guards.unguard(frame, PageGuards.SHADOW);
    }
  }

  private void add(int hart, Note note) {
    List<Note> all = notes.get(hart);
    if (all.size() < MOST_NOTES) {
      all.add(note);
    } else {
      overflow[hart] = true;
    }
  }

  /**
   * What has been noted for a hart since the last call.
   *
   * @return null if it is more than was kept
   */
  synchronized List<Note> take(int hart) {
    List<Note> all = notes.get(hart);
    boolean lost = overflow[hart];
    overflow[hart] = false;
    if (all.isEmpty() && !lost) {
      return List.of();
    }
    List<Note> taken = List.copyOf(all);
    all.clear();
    return lost ? null : taken;
  }
}
