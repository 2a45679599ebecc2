package atoll.vmm;

import atoll.state.Unsaved;
import java.util.ArrayList;
import java.util.List;

/**
 * The last exits of one hart that its monitor has served. Written by the hart's thread, in a few
 * stores; read by others while it stands still.
 */
@Unsaved("for people")
final class ExitLog {
  /** As many as a person looks at. */
  static final int LENGTH = 16;

  static final int LOAD = 1;
  static final int STORE = 2;
  static final int CALL = 3;

  /** Beside the kind: nothing has answered. */
  static final int REFUSED = 4;

  private static final int FIELDS = 4;
  private static final int DETAIL_SHIFT = 8;
  private static final int KIND = (1 << DETAIL_SHIFT) - 1;

  private final long[] entries = new long[LENGTH * FIELDS];

  /** Where the next one goes. */
  private int next;

  /**
   * An exit.
   *
   * @param kind {@link #LOAD}, {@link #STORE} or {@link #CALL}
   * @param detail bytes of the access; or the function that is called
   * @param address guest-physical; or the extension that is called
   * @param value what was read or written; or the first argument
   */
  record Entry(long nanos, int kind, boolean refused, int detail, long address, long value) {}

  /** Begins to serve one. */
  void begin(int kind, int detail, long nanos, long address, long value) {
    int at = next;
    entries[at] = nanos;
    entries[at + 1] = (long) detail << DETAIL_SHIFT | kind;
    entries[at + 2] = address;
    entries[at + 3] = value;
    next = at + FIELDS & entries.length - 1;
  }

  /** Forgets the last one. */
  void dropLast() {
    next = last();
    entries[next + 1] = 0;
  }

  private int last() {
    return next - FIELDS & entries.length - 1;
  }

  /** What the last one, a load, has found. */
  void found(long value) {
    entries[last() + 3] = value;
  }

  /** Nothing has answered the last one. */
  void refused() {
    entries[last() + 1] |= REFUSED;
  }

  /** All that there are, the oldest first. */
  List<Entry> entries() {
    List<Entry> all = new ArrayList<>();
    for (int i = 0; i < entries.length; i += FIELDS) {
      int at = next + i & entries.length - 1;
      int kind = (int) entries[at + 1] & KIND;
      if (kind != 0) {
        int detail = (int) (entries[at + 1] >> DETAIL_SHIFT);
        all.add(
            new Entry(
                entries[at],
                kind & ~REFUSED,
                (kind & REFUSED) != 0,
                detail,
                entries[at + 2],
                entries[at + 3]));
      }
    }
    return all;
  }
}
