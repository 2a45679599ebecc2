package atoll.engine.mmu;

import atoll.host.HostMemory;
import atoll.host.RawMemory;
import java.util.Arrays;

/**
 * Where the translated code of a program counter is, for one address space and privilege: a
 * direct-mapped table outside the Java heap that translated code reads at indirect jumps and where
 * it leaves a page.
 *
 * <p>Pairs of 64 bits: the program counter and the host address of its code. An empty entry holds a
 * program counter that selects another, or an odd one. The table begins small, since most programs
 * jump to few places and there are many address spaces, and is made larger once if program counters
 * have displaced one another many times.
 */
public final class JumpCache {
  static final int FEWEST = 8192;
  static final int MOST = 32768;

  /** {@code pc ^ pc >>> HASH_SHIFT} selects an entry by its bits under {@link #mask}. */
  public static final int HASH_SHIFT = 12;

  /** Of the largest table; memory that was never used takes no place. */
  static final int BYTES = MOST * 16;

  /** Entries displaced, for each entry of the small table, before it is made larger. */
  private static final int PATIENCE = 8;

  private static final int BUCKETS = 4096;

  /**
   * Entries of a bucket that are followed one by one; if there are more, the whole table is
   * emptied, which takes some 50 us. A guest can put all entries into one bucket.
   */
  private static final int MOST_FOLLOWED = 512;

  /** Entries that {@link #flush} empties one by one; if there are more, the table as a whole. */
  private static final int MOST_SINGLY = 2048;

  public final long address;

  /** The lowest bit of a program counter is always 0: an index is twice an entry's number. */
  private int mask = FEWEST - 1 << 1;

  private int displaced;

  /** By a page's number, modulo: the first entry for it, plus one; 0 if there is none. */
  private final char[] first = new char[BUCKETS];

  /** By entry that is in use: the next one of the same bucket, plus one. */
  private char[] next = new char[FEWEST];

  /** Entries in use. */
  private int used;

  /** Uses {@link #BYTES} bytes of {@code memory} from {@code offset} on, which are zero. */
  JumpCache(HostMemory memory, long offset) {
    address = memory.address() + offset;
    RawMemory.putLong(address, empty(0));
  }

  /** What selects an entry of the table as it is now; changes when {@link #fill} enlarges it. */
  public int mask() {
    return mask;
  }

  /**
   * What an empty entry holds: zero, so that memory need not be touched, where zero is not a match.
   */
  private static long empty(int index) {
    return index == 0 ? 1 : 0;
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
    return RawMemory.getLong(entry) == pc ? RawMemory.getLong(entry + 8) : 0;
  }

  public void fill(long pc, long code) {
    int index = index(pc);
    long old = RawMemory.getLong(entry(index));
    if (old != pc) {
      if (old != empty(index)) {
        unlink(index, old);
        if (++displaced > PATIENCE * FEWEST && next.length == FEWEST) {
          RawMemory.putLong(entry(index), empty(index)); // it is in no bucket any more
          enlarge();
          index = index(pc);
        }
      }
      link(index, pc);
      RawMemory.putLong(entry(index), pc);
    }
    RawMemory.putLong(entry(index) + 8, code);
  }

  private void enlarge() {
    flush();
    next = new char[MOST];
    mask = MOST - 1 << 1;
  }

  private static int bucket(long pc) {
    return (int) (pc >>> 12) & BUCKETS - 1;
  }

  private void link(int index, long pc) {
    int bucket = bucket(pc);
    next[index] = first[bucket];
    first[bucket] = (char) (index + 1);
    used++;
  }

  private void unlink(int index, long pc) {
    int bucket = bucket(pc);
    used--;
    if (first[bucket] == index + 1) {
      first[bucket] = next[index];
      return;
    }
    int at = first[bucket] - 1;
    for (int followed = 0; next[at] != index + 1; followed++) {
      if (followed == MOST_FOLLOWED) {
        empty();
        return;
      }
      at = next[at] - 1;
    }
    next[at] = next[index];
  }

  void flush() {
    if (used == 0) {
      return;
    }
    if (used > MOST_SINGLY) {
      empty();
      return;
    }
    for (char chain : first) {
      for (int i = chain; i != 0; i = next[i - 1]) {
        RawMemory.putLong(entry(i - 1), empty(i - 1));
      }
    }
    forgetAll();
  }

  private void empty() {
    RawMemory.zero(address, 16L * next.length);
    RawMemory.putLong(address, empty(0));
    forgetAll();
  }

  private void forgetAll() {
    Arrays.fill(first, (char) 0);
    used = 0;
  }

  /** Forgets what is in the page at {@code va}, or reaches into it from the page before. */
  public void flushPage(long va) {
    long page = va & Tlb.PAGE_MASK;
    flush(page, bucket(page));
    flush(page, bucket(page - 2));
  }

  private void flush(long va, int bucket) {
    int kept = 0;
    int i = first[bucket];
    for (int followed = 0; i != 0; followed++) {
      if (followed == MOST_FOLLOWED) {
        empty();
        return;
      }
      int index = i - 1;
      i = next[index];
      long pc = RawMemory.getLong(entry(index));
      if (pc >>> 12 == va >>> 12 || pc + 2 >>> 12 == va >>> 12) {
        RawMemory.putLong(entry(index), empty(index));
        used--;
      } else {
        next[index] = (char) kept;
        kept = index + 1;
      }
    }
    first[bucket] = (char) kept;
  }
}
