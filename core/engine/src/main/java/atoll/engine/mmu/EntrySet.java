package atoll.engine.mmu;

import java.util.Arrays;

/** A set of entries of a {@link Tlb}'s table, by number; few of many, as a rule. */
final class EntrySet {
  /** A bit for each entry. */
  private final long[] bits;

  /** A bit for each word of {@link #bits} that is not zero. */
  private final long[] words;

  private int size;

  /** The empty set; {@code entries} is a multiple of 4,096. */
  EntrySet(int entries) {
    bits = new long[entries / Long.SIZE];
    words = new long[bits.length / Long.SIZE];
  }

  int size() {
    return size;
  }

  /** Adds an entry; returns whether it was not there. */
  boolean add(int entry) {
    int word = entry / Long.SIZE;
    long bit = 1L << entry;
    if ((bits[word] & bit) != 0) {
      return false;
    }
    bits[word] |= bit;
    words[word / Long.SIZE] |= 1L << word;
    size++;
    return true;
  }

  /** The first entry from a number on; -1 if there is none. */
  int next(int from) {
    int word = from / Long.SIZE;
    if (word >= bits.length) {
      return -1;
    }
    long rest = bits[word] & -1L << from;
    if (rest == 0) {
      word = nextWord(word + 1);
      rest = word < 0 ? 0 : bits[word];
    }
    return rest == 0 ? -1 : word * Long.SIZE + Long.numberOfTrailingZeros(rest);
  }

  private int nextWord(int from) {
    int group = from / Long.SIZE;
    if (group >= words.length) {
      return -1;
    }
    long rest = words[group] & -1L << from;
    while (rest == 0 && ++group < words.length) {
      rest = words[group];
    }
    return rest == 0 ? -1 : group * Long.SIZE + Long.numberOfTrailingZeros(rest);
  }

  void clear() {
    if (size > 0) {
      Arrays.fill(bits, 0);
      Arrays.fill(words, 0);
      size = 0;
    }
  }
}
