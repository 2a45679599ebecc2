package atoll.engine.mmu;

import atoll.engine.HartGroup;
import atoll.memory.GuestMemory;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
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
final class TableWatch implements WatchedPages {
  /** Stores to a page before it is released. */
  private static final int PATIENCE = 16;

  /** Notes that are kept for a hart; with more it gives up all its shadows. */
  private static final int MOST_NOTES = 1024;

  private static final VarHandle BYTES = MethodHandles.arrayElementVarHandle(byte[].class);

  private final long base;

  /** By page, a bit for each hart that has a shadow of it; written under the monitor. */
  private final byte[] watchers;

  /** By page, stores since it was first watched. */
  private final byte[] stores;

  private final List<List<Note>> notes = new ArrayList<>();
  private final boolean[] overflow = new boolean[HartGroup.MOST_HARTS];

  /** Bytes that have been stored to, all in one page. */
  record Note(long gpa, int bytes) {}

  TableWatch(GuestMemory memory) {
    base = memory.base();
    int pages = Math.toIntExact(memory.size() / GuestMemory.PAGE_SIZE);
    watchers = new byte[pages];
    stores = new byte[pages];
    for (int hart = 0; hart < HartGroup.MOST_HARTS; hart++) {
      notes.add(new ArrayList<>());
    }
  }

  private int index(long gpa) {
    return (int) (gpa - base >>> 12);
  }

  /** Whether some hart watches the RAM page at {@code gpa}. */
  @Override
  public boolean watched(long gpa) {
    return (byte) BYTES.getVolatile(watchers, index(gpa)) != 0;
  }

  /**
   * Has a hart watch a page.
   *
   * @return whether it has only now begun to
   */
  synchronized boolean watch(long gpa, int hart) {
    int index = index(gpa);
    byte before = watchers[index];
    byte after = (byte) (before | 1 << hart);
    if (before == 0) {
      stores[index] = 0;
    }
    BYTES.setVolatile(watchers, index, after);
    return before != after;
  }

  /** A hart has no shadow of the page any more. */
  synchronized void forget(long gpa, int hart) {
    int index = index(gpa);
    BYTES.setVolatile(watchers, index, (byte) (watchers[index] & ~(1 << hart)));
  }

  @Override
  public void stored(long gpa, int bytes, MmuClient storer) {
    if (!watched(gpa)) {
      return;
    }
    if (storer != null) {
      storer.counters().count(MmuExit.TABLE_WRITE);
    }
    note(gpa, bytes);
  }

  private synchronized void note(long gpa, int bytes) {
    int index = index(gpa);
    int harts = watchers[index] & 0xff;
    boolean letGo = ++stores[index] >= PATIENCE;
    Note note = letGo ? new Note(gpa & Tlb.PAGE_MASK, GuestMemory.PAGE_SIZE) : new Note(gpa, bytes);
    for (int hart = 0; hart < HartGroup.MOST_HARTS; hart++) {
      if ((harts >>> hart & 1) != 0) {
        add(hart, note);
      }
    }
    if (letGo) {
      BYTES.setVolatile(watchers, index, (byte) 0);
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
