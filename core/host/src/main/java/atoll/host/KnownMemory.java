package atoll.host;

import java.lang.ref.Cleaner;
import java.util.Arrays;

/**
 * What {@link RawMemory} may touch: memory that this module has given out and not taken back. It is
 * asked only if the system property {@code atoll.checkedMemory} is true, as it is in tests;
 * otherwise it costs nothing.
 */
final class KnownMemory {
  static final boolean CHECKED = Boolean.getBoolean("atoll.checkedMemory");

  private static final Cleaner CLEANER = CHECKED ? Cleaner.create() : null;

  /** Ranges that were found last, by some bits of the address: so that few look-ups search. */
  private static final int RECENT = 256;

  private static final int RECENT_SHIFT = 16;

  private static final Range[] RECENT_RANGES = new Range[RECENT];

  /** In the order of their addresses; replaced when one comes or goes. */
  private static volatile Range[] ranges = new Range[0];

  private KnownMemory() {}

  /** Some bytes; they are known until they are taken back. */
  static final class Range {
    private final long from;
    private final long bytes;
    private volatile boolean gone;

    private Range(long from, long bytes) {
      this.from = from;
      this.bytes = bytes;
    }

    private boolean has(long address, long size) {
      return address - from >= 0 && address - from <= bytes - size && !gone;
    }

    /** Takes it back. */
    void remove() {
      gone = true;
      KnownMemory.remove(this);
    }
  }

  /** Makes memory known. */
  static synchronized Range add(long address, long bytes) {
    Range added = new Range(address, bytes);
    if (CHECKED) {
      int at = 0;
      while (at < ranges.length && ranges[at].from < address) {
        at++;
      }
      Range[] more = Arrays.copyOf(ranges, ranges.length + 1);
      System.arraycopy(ranges, at, more, at + 1, ranges.length - at);
      more[at] = added;
      ranges = more;
    }
    return added;
  }

  private static synchronized void remove(Range range) {
    ranges = Arrays.stream(ranges).filter(r -> r != range).toArray(Range[]::new);
  }

  /** The same for as long as an object lives. */
  static void addWith(Object owner, long address, long bytes) {
    if (CHECKED) {
      CLEANER.register(owner, add(address, bytes)::remove);
    }
  }

  /**
   * Looks whether all bytes of an access are known.
   *
   * @throws AssertionError if they are not
   */
  static void check(long address, long size) {
    int recent = (int) (address >>> RECENT_SHIFT) & RECENT - 1;
    Range range = RECENT_RANGES[recent];
    if (range == null || !range.has(address, size)) {
      RECENT_RANGES[recent] = find(address, size);
    }
  }

  private static Range find(long address, long size) {
    Range[] all = ranges;
    int low = 0;
    int high = all.length;
    while (low < high) { // to the last that begins at or before the address
      int middle = (low + high) >>> 1;
      if (all[middle].from <= address) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    // What the host has given out anew may lie where something is that is not known to be gone yet.
    for (int i = low - 1; i >= 0; i--) {
      if (all[i].has(address, size)) {
        return all[i];
      }
    }
    throw new AssertionError(
        "an access to %d bytes at 0x%x, which is no memory of ours".formatted(size, address));
  }
}
