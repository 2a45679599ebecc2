package atoll.engine.mmu;

import atoll.memory.GuestMemory;
import atoll.memory.PageGuards;
import atoll.state.Unsaved;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;

/**
 * The use of each page of a machine's RAM, like Xen's page types: a table of one level, or
 * something that is written to, or neither; never both. A table has as many users as there are
 * entries that lead to it, any other page as many as there are ways to write to it.
 *
 * <p>Changed under the monitor of {@link ValidatedTables}. Whether a page is a table, and pinned,
 * can be read at any time.
 */
final class PageTypes {
  /** Levels of superpages that are counted as a whole: 2 MiB, 1 GiB, 512 GiB. */
  private static final int LARGEST = 3;

  private static final int PINNED = 0x80;
  private static final int LEVEL = 0x7f;

  /** Instead of a level: the page is not a table. */
  static final int NO_TABLE = -1;

  private static final VarHandle BYTES = MethodHandles.arrayElementVarHandle(byte[].class);

  /** By page: a table's level plus one, and whether it is pinned; 0 is not a table. */
  private byte[] states;

  @Unsaved("counted again as tables are registered")
  private int[] users;

  /** By level and superpage in machine memory: entries that map it writable; tables in it. */
  private final BlockCounts writable = new BlockCounts();

  private final BlockCounts tables = new BlockCounts();

  /** Stops whatever else would write to a table. */
  private final PageGuards guards;

  PageTypes(GuestMemory memory) {
    guards = memory.guards();
    states = new byte[memory.map().frames()];
    users = new int[memory.map().frames()];
  }

  /** There are pages up to another number; those that have gone were nothing. */
  void resize(int frames) {
    states = Arrays.copyOf(states, Math.max(frames, states.length));
    users = Arrays.copyOf(users, states.length);
  }

  private int state(int frame) {
    return (byte) BYTES.getVolatile(states, frame) & 0xff;
  }

  private void state(int frame, int value) {
    BYTES.setVolatile(states, frame, (byte) value);
  }

  /** The level of the table that a page is, or {@link #NO_TABLE}. */
  int level(int frame) {
    return (state(frame) & LEVEL) - 1;
  }

  boolean pinned(int frame) {
    return (state(frame) & PINNED) != 0;
  }

  void pin(int frame) {
    state(frame, state(frame) | PINNED);
  }

  void unpin(int frame) {
    state(frame, state(frame) & ~PINNED);
  }

  /** Whether nothing needs the page to be what it is. */
  boolean unused(int frame) {
    return users[frame] == 0 && !pinned(frame);
  }

  /** Whether a page is not a table, and cannot be written to. */
  boolean mayBecomeTable(int frame, long hpa) {
    if (level(frame) != NO_TABLE || users[frame] != 0) {
      return false;
    }
    for (int level = 1; level <= LARGEST; level++) {
      if (writable.get(level, hpa) != 0) {
        return false;
      }
    }
    return true;
  }

  /** Makes a page at {@code hpa} a table, to which nothing leads yet. */
  void makeTable(int frame, long hpa, int level) {
    for (int block = 1; block <= LARGEST; block++) {
      tables.add(block, hpa, 1);
    }
    state(frame, level + 1);
    guards.guard(frame, PageGuards.REGISTERED);
  }

  /** Makes a table of which nothing is left an ordinary page. */
  void dropTable(int frame, long hpa) {
    for (int block = 1; block <= LARGEST; block++) {
      tables.add(block, hpa, -1);
    }
    state(frame, 0);
    guards.unguard(frame, PageGuards.REGISTERED);
  }

  /** Adds an entry that leads to a table; false if there are too many. */
  boolean addReference(int frame) {
    return add(frame);
  }

  void dropReference(int frame) {
    users[frame]--;
  }

  /** Adds a way to write to a page; false if it is a table. */
  boolean addWriter(int frame) {
    return level(frame) == NO_TABLE && add(frame);
  }

  void dropWriter(int frame) {
    users[frame]--;
  }

  private boolean add(int frame) {
    if (users[frame] == Integer.MAX_VALUE) {
      return false;
    }
    users[frame]++;
    return true;
  }

  /**
   * Adds a way to write to a superpage of a level; false if there is a table in it.
   *
   * @param level 1 or more, no more than the machine's memory can have
   */
  boolean addBlockWriter(int level, long hpa) {
    if (tables.get(level, hpa) != 0 || writable.get(level, hpa) == Integer.MAX_VALUE) {
      return false;
    }
    writable.add(level, hpa, 1);
    return true;
  }

  void dropBlockWriter(int level, long hpa) {
    writable.add(level, hpa, -1);
  }
}
