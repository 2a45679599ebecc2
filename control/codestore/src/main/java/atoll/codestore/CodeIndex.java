package atoll.codestore;

import atoll.engine.CodeStore.Label;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/** The index of a file that is being written. */
final class CodeIndex {
  private static final int FEW = 1024;
  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;

  private long[] hash = new long[FEW];
  private long[] key = new long[FEW];
  private int[] place = new int[FEW];
  private int[] size = new int[FEW];
  private int[] next = new int[FEW];
  private int[] label = new int[FEW];
  private int[] first = new int[FEW];
  private int count;

  int count() {
    return count;
  }

  private static int word(Label of) {
    return of.kind() | of.length() << CodeForm.LENGTH_SHIFT;
  }

  /** Whether there is a piece with a key and a label. */
  boolean has(long of, Label by) {
    for (int i = first[CodeForm.bucket(of, first.length)]; i != 0; i = next[i - 1]) {
      if (key[i - 1] == of && hash[i - 1] == by.hash() && label[i - 1] == word(by)) {
        return true;
      }
    }
    return false;
  }

  /** Adds a piece, in front of others of the same key. */
  void add(long of, Label by, int at, int bytes) {
    if (count == key.length) {
      grow();
    }
    hash[count] = by.hash();
    key[count] = of;
    place[count] = at;
    size[count] = bytes;
    label[count] = word(by);
    link(count++);
  }

  private void link(int entry) {
    int bucket = CodeForm.bucket(key[entry], first.length);
    next[entry] = first[bucket];
    first[bucket] = entry + 1;
  }

  private void grow() {
    int more = 2 * count;
    hash = Arrays.copyOf(hash, more);
    key = Arrays.copyOf(key, more);
    place = Arrays.copyOf(place, more);
    size = Arrays.copyOf(size, more);
    next = Arrays.copyOf(next, more);
    label = Arrays.copyOf(label, more);
    first = new int[more];
    for (int i = 0; i < count; i++) {
      link(i);
    }
  }

  int buckets() {
    return first.length;
  }

  /** Bytes that it takes in a file. */
  long bytes() {
    return (long) Integer.BYTES * first.length + (long) CodeForm.ENTRY * count;
  }

  /** Writes it into {@link #bytes} bytes. */
  void write(MemorySegment to) {
    MemorySegment.copy(first, 0, to, INT, 0, first.length);
    long at = (long) Integer.BYTES * first.length;
    for (int i = 0; i < count; i++, at += CodeForm.ENTRY) {
      to.set(LONG, at + CodeForm.ENTRY_HASH, hash[i]);
      to.set(LONG, at + CodeForm.ENTRY_KEY, key[i]);
      to.set(INT, at + CodeForm.ENTRY_PLACE, place[i]);
      to.set(INT, at + CodeForm.ENTRY_SIZE, size[i]);
      to.set(INT, at + CodeForm.ENTRY_NEXT, next[i]);
      to.set(INT, at + CodeForm.ENTRY_LABEL, label[i]);
    }
  }
}
