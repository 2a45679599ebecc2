package atoll.verify;

import java.util.Arrays;

/** Offsets in a piece of code, in the order in which they were found. */
final class OffsetList {
  private int[] offsets;
  private int count;

  OffsetList() {
    offsets = new int[256];
  }

  private OffsetList(int[] offsets) {
    this.offsets = offsets;
    count = offsets.length;
  }

  void clear() {
    count = 0;
  }

  void add(int offset) {
    if (count == offsets.length) {
      offsets = Arrays.copyOf(offsets, 2 * count);
    }
    offsets[count++] = offset;
  }

  int count() {
    return count;
  }

  int at(int number) {
    return offsets[number];
  }

  OffsetList copy() {
    return new OffsetList(Arrays.copyOf(offsets, count));
  }
}
