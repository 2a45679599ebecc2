package atoll.engine.mmu;

import atoll.engine.decode.CodePage;
import atoll.host.HostMemory;
import atoll.host.RawMemory;
import java.util.Arrays;

/**
 * Where the translated code of a program counter is, for one address space and privilege: a table
 * outside the Java heap that translated code reads at indirect jumps and where it leaves a page.
 *
 * <p>Entries of 64 bits each for the program counter and the host address of its code. A program
 * counter selects one, and can be in that or in its neighbour; what was put there last is where it
 * is looked for first. The table begins small, since most programs jump to few places and there are
 * many address spaces, and is made larger once if program counters have displaced one another many
 * times.
 *
 * <p>Kernels flush everything thousands of times a minute and change little by it. So a flush only
 * hides entries, by the lowest bit of their program counter, which translated code then does not
 * find. When the guest executes a page again, after the walk that a flush makes necessary, and it
 * is the same page of the guest's memory as before, all its entries are {@linkplain #fill shown}
 * again; if it is another one they go.
 */
public final class JumpCache {
  static final int FEWEST = 8192;
  static final int MOST = 65536;

  /** {@code pc ^ pc >>> HASH_SHIFT} selects an entry by its bits under {@link #mask}. */
  public static final int HASH_SHIFT = 12;

  /** Of the largest table; memory that was never used takes no place. */
  static final int BYTES = MOST * 16;

  /** What to change in the offset of an entry to get to its neighbour. */
  public static final int NEIGHBOUR = 16;

  /** Entries displaced, for each entry of the small table, before it is made larger. */
  private static final int PATIENCE = 8;

  private static final int BUCKETS = 4096;

  /**
   * Entries of a bucket that are followed one by one; if there are more, the whole table is
   * emptied, which takes some 100 us. A guest can put all entries into one bucket.
   */
  private static final int MOST_FOLLOWED = 512;

  /** Entries that {@link #flush} hides one by one; if there are more, it goes through the table. */
  private static final int MOST_SINGLY = 2048;

  /** In a program counter: the entry is not to be found. */
  private static final long HIDDEN = 1;

  public final long address;

  /** The lowest bit of a program counter is always 0: an index is twice an entry's number. */
  private int mask = FEWEST - 1 << 1;

  private int displaced;

  /** What is known of each bucket; null before the first entry. */
  private Buckets buckets;

  /** By entry that is in use: the next one of the same bucket, plus one. */
  private int[] next;

  /** By entry that is in use: the page of code that it leads into. */
  private int[] leadsTo;

  /** Entries in use that are not hidden. */
  private int shown;

  /** Counts flushes that hid something. */
  private int flushes;

  /** By a page's number, modulo. */
  private static final class Buckets {
    /** The first entry, plus one; 0 if there is none. */
    final int[] first = new int[BUCKETS];

    /** The last page that was filled, by the lower bits of its number. */
    final int[] page = new int[BUCKETS];

    /** Of {@link JumpCache#flushes}: as many as there were at that time. */
    final int[] flushes = new int[BUCKETS];

    /** A bit for each that may have entries that are not hidden. */
    final long[] shown = new long[BUCKETS / Long.SIZE];

    void shows(int bucket) {
      shown[bucket / Long.SIZE] |= 1L << bucket;
    }
  }

  /** Uses {@link #BYTES} bytes of {@code memory} from {@code offset} on, which are zero. */
  JumpCache(HostMemory memory, long offset) {
    address = memory.address() + offset;
    emptyFirst();
  }

  /** What selects an entry of the table as it is now; changes when {@link #fill} enlarges it. */
  public int mask() {
    return mask;
  }

  /**
   * What an empty entry holds: zero, so that memory need not be touched. Where zero is a match, it
   * is a hidden program counter that belongs elsewhere.
   */
  private static long empty(int index) {
    return index <= 1 ? 4 | HIDDEN : 0;
  }

  private void emptyFirst() {
    RawMemory.putLong(entry(0), empty(0));
    RawMemory.putLong(entry(1), empty(1));
  }

  private int index(long pc) {
    return (int) ((pc ^ pc >>> HASH_SHIFT) & mask) >> 1;
  }

  private long entry(int index) {
    return address + 16L * index;
  }

  /** The code of {@code pc}; 0 if it is not known. */
  public long lookup(long pc) {
    long entry = entry(index(pc));
    if (RawMemory.getLong(entry) != pc) {
      entry ^= NEIGHBOUR;
    }
    return RawMemory.getLong(entry) == pc ? RawMemory.getLong(entry + 8) : 0;
  }

  private boolean used(int index) {
    return RawMemory.getLong(entry(index)) != empty(index);
  }

  private boolean has(int index, long pc) {
    return used(index) && (RawMemory.getLong(entry(index)) & ~HIDDEN) == pc;
  }

  /**
   * Notes where the code of {@code pc} is, which may be executed now.
   *
   * @param page the {@link CodePage#serial} of the page of code that {@code pc} is in: what was
   *     known of it at these addresses before a flush is known again
   */
  public void fill(long pc, long code, int page) {
    if (next == null) {
      buckets = new Buckets();
      enlarge(FEWEST);
    }
    settle(pc, page);
    buckets.shows(bucket(pc));
    int index = index(pc);
    if (!has(index, pc)) {
      index = has(index ^ 1, pc) ? index ^ 1 : place(pc);
    }
    show(index, pc);
    leadsTo[index] = page;
    RawMemory.putLong(entry(index) + 8, code);
  }

  /** Takes an entry for a program counter that has none; the one before goes to its neighbour. */
  private int place(long pc) {
    int index = index(pc);
    if (used(index) && used(index ^ 1)) {
      unlink(index ^ 1);
      if (++displaced > PATIENCE * FEWEST && next.length == FEWEST) {
        empty();
        enlarge(MOST);
        index = index(pc);
      }
    }
    if (used(index)) {
      move(index, index ^ 1);
    }
    link(index, pc);
    return index;
  }

  private void move(int from, int to) {
    long pc = RawMemory.getLong(entry(from));
    long code = RawMemory.getLong(entry(from) + 8);
    unlink(from);
    link(to, pc & ~HIDDEN);
    shown += (pc & HIDDEN) == 0 ? 1 : 0;
    RawMemory.putLong(entry(to), pc);
    RawMemory.putLong(entry(to) + 8, code);
    leadsTo[to] = leadsTo[from];
  }

  private void show(int index, long pc) {
    shown += RawMemory.getLong(entry(index)) == pc ? 0 : 1;
    RawMemory.putLong(entry(index), pc);
  }

  /** What was hidden of a page is shown, or goes. */
  private void settle(long pc, int page) {
    int bucket = bucket(pc);
    int number = (int) (pc >>> 12);
    if (buckets.flushes[bucket] != flushes || buckets.page[bucket] != number) {
      buckets.flushes[bucket] = flushes;
      buckets.page[bucket] = number;
      settle(pc >>> 12, bucket, page);
    }
  }

  private void settle(long number, int bucket, int page) {
    int kept = 0;
    int i = buckets.first[bucket];
    for (int followed = 0; i != 0; followed++) {
      if (followed == MOST_FOLLOWED) {
        empty();
        return;
      }
      int index = i - 1;
      i = next[index];
      long pc = RawMemory.getLong(entry(index));
      boolean its = (pc & HIDDEN) != 0 && pc >>> 12 == number;
      if (its && !(leadsTo[index] == page && staysInPage(pc))) {
        RawMemory.putLong(entry(index), empty(index));
        continue;
      }
      if (its) {
        show(index, pc & ~HIDDEN);
      }
      next[index] = kept;
      kept = index + 1;
    }
    buckets.first[bucket] = kept;
  }

  /** Whether the instruction certainly does; nothing is known here of the page behind it. */
  private static boolean staysInPage(long pc) {
    return (pc & 0xffe) != 0xffe;
  }

  private void enlarge(int entries) {
    next = new int[entries];
    leadsTo = new int[entries];
    mask = entries - 1 << 1;
  }

  private static int bucket(long pc) {
    return (int) (pc >>> 12) & BUCKETS - 1;
  }

  private void link(int index, long pc) {
    int bucket = bucket(pc);
    next[index] = buckets.first[bucket];
    buckets.first[bucket] = index + 1;
  }

  /** Empties an entry. */
  private void unlink(int index) {
    long pc = RawMemory.getLong(entry(index));
    shown -= (pc & HIDDEN) == 0 ? 1 : 0;
    RawMemory.putLong(entry(index), empty(index));
    int bucket = bucket(pc);
    if (buckets.first[bucket] == index + 1) {
      buckets.first[bucket] = next[index];
      return;
    }
    int at = buckets.first[bucket] - 1;
    for (int followed = 0; next[at] != index + 1; followed++) {
      if (followed == MOST_FOLLOWED) {
        empty();
        return;
      }
      at = next[at] - 1;
    }
    next[at] = next[index];
  }

  /** Nothing is found any more until its page has been executed again. */
  void flush() {
    if (shown == 0) {
      return;
    }
    if (shown > MOST_SINGLY) {
      hideAll();
    } else {
      hideSingly();
    }
    Arrays.fill(buckets.shown, 0);
    shown = 0;
    flushes++;
  }

  private void hideAll() {
    for (int i = 0; i < next.length; i++) {
      hide(i);
    }
  }

  private void hide(int index) {
    long pc = RawMemory.getLong(entry(index));
    if (pc != empty(index)) {
      RawMemory.putLong(entry(index), pc | HIDDEN);
    }
  }

  /**
   * In the buckets that were used since the last time. A guest can have these full of entries that
   * are hidden already: then the table is gone through, which takes less.
   */
  private void hideSingly() {
    int followed = 0;
    for (int word = 0; word < buckets.shown.length; word++) {
      for (long bits = buckets.shown[word]; bits != 0; bits &= bits - 1) {
        int bucket = word * Long.SIZE + Long.numberOfTrailingZeros(bits);
        for (int i = buckets.first[bucket]; i != 0; i = next[i - 1]) {
          if (followed++ == 2 * MOST_SINGLY) {
            hideAll();
            return;
          }
          hide(i - 1);
        }
      }
    }
  }

  /** Forgets everything, the hidden entries as well: there is other code at their addresses. */
  void empty() {
    if (next != null) {
      RawMemory.zero(address, 16L * next.length);
      emptyFirst();
      Arrays.fill(buckets.first, 0);
      shown = 0;
    }
  }

  /** Forgets what is in the page at {@code va}, or reaches into it from the page before. */
  public void flushPage(long va) {
    if (next != null) {
      long page = va & Tlb.PAGE_MASK;
      flush(page, bucket(page));
      flush(page, bucket(page - 2));
    }
  }

  private void flush(long va, int bucket) {
    int kept = 0;
    int i = buckets.first[bucket];
    for (int followed = 0; i != 0; followed++) {
      if (followed == MOST_FOLLOWED) {
        empty();
        return;
      }
      int index = i - 1;
      i = next[index];
      long pc = RawMemory.getLong(entry(index));
      if (pc >>> 12 == va >>> 12 || (pc & ~HIDDEN) + 2 >>> 12 == va >>> 12) {
        shown -= (pc & HIDDEN) == 0 ? 1 : 0;
        RawMemory.putLong(entry(index), empty(index));
      } else {
        next[index] = kept;
        kept = index + 1;
      }
    }
    buckets.first[bucket] = kept;
  }
}
