package atoll.engine;

import atoll.host.HostMemory;
import atoll.host.RawMemory;
import java.util.Arrays;

/**
 * Where the translated code of a program counter is, for one address space and privilege: a
 * direct-mapped table outside the Java heap that translated code reads at indirect jumps and where
 * it leaves a page.
 *
 * <p>Pairs of 64 bits: the program counter and the host address of its code. An empty entry holds a
 * program counter that selects another, or an odd one.
 */
final class JumpCache {
  static final int ENTRIES = 8192;

  /** {@code pc ^ pc >>> HASH_SHIFT} selects an entry by its bits under {@link #HASH_MASK}. */
  static final int HASH_SHIFT = 12;

  /** The lowest bit of a program counter is always 0: an index is twice an entry's number. */
  static final int HASH_MASK = ENTRIES - 1 << 1;

  static final int BYTES = ENTRIES * 16;

  private static final int FILTER = 4096;

  final long address;

  private final short[] used = new short[ENTRIES];
  private int count;

  /** By a page's number, modulo: whether the table may hold entries of it. */
  private final boolean[] pages = new boolean[FILTER];

  /** Uses {@link #BYTES} bytes of {@code memory} from {@code offset} on, which are zero. */
  JumpCache(HostMemory memory, long offset) {
    address = memory.address() + offset;
    RawMemory.putLong(address, empty(0));
  }

  /**
   * What an empty entry holds: zero, so that memory need not be touched, where zero is no match.
   */
  private static long empty(int index) {
    return index == 0 ? 1 : 0;
  }

  private static int index(long pc) {
    return (int) ((pc ^ pc >>> HASH_SHIFT) & HASH_MASK) >> 1;
  }

  /** The code of {@code pc}; 0 if it is not known. */
  long lookup(long pc) {
    long entry = address + 16L * index(pc);
    return RawMemory.getLong(entry) == pc ? RawMemory.getLong(entry + 8) : 0;
  }

  void fill(long pc, long code) {
    int index = index(pc);
    long entry = address + 16L * index;
    if (RawMemory.getLong(entry) == empty(index)) {
      used[count++] = (short) index;
    }
    RawMemory.putLong(entry, pc);
    RawMemory.putLong(entry + 8, code);
    pages[page(pc)] = true;
    pages[page(pc + 2)] = true;
  }

  private static int page(long pc) {
    return (int) (pc >>> 12) & FILTER - 1;
  }

  void flush() {
    if (count == 0) {
      return;
    }
    for (int i = 0; i < count; i++) {
      RawMemory.putLong(address + 16L * used[i], empty(used[i]));
    }
    count = 0;
    Arrays.fill(pages, false);
  }

  /** Forgets what is in the page at {@code va}, or reaches into it from the page before. */
  void flushPage(long va) {
    if (!pages[page(va)]) {
      return;
    }
    int kept = 0;
    for (int i = 0; i < count; i++) {
      long entry = address + 16L * used[i];
      long pc = RawMemory.getLong(entry);
      if (pc >>> 12 == va >>> 12 || pc + 2 >>> 12 == va >>> 12) {
        RawMemory.putLong(entry, empty(used[i]));
      } else {
        used[kept++] = used[i];
      }
    }
    count = kept;
  }
}
