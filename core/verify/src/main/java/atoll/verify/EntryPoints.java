package atoll.verify;

import java.util.Arrays;

/**
 * Where verified code may be entered from outside, and where its exits may be overwritten by jumps:
 * offsets in the order in which code is added to a segment.
 */
final class EntryPoints {
  private static final int FEW = 64;

  private final int[][] points;
  private final int[] counts;
  private final int segmentSize;

  EntryPoints(int segments, int segmentSize) {
    points = new int[segments][FEW];
    counts = new int[segments];
    this.segmentSize = segmentSize;
  }

  /** Adds a place behind all others of its segment. */
  void add(int offset, boolean entry) {
    int segment = offset / segmentSize;
    int count = counts[segment];
    int[] list = points[segment];
    if (count > 0 && list[count - 1] >>> 1 >= offset) {
      throw new RefusedCodeException(
          "a place of translated code out of order: 0x%x".formatted(offset));
    }
    if (count == list.length) {
      list = points[segment] = Arrays.copyOf(list, 2 * count);
    }
    list[count] = offset << 1 | (entry ? 1 : 0);
    counts[segment] = count + 1;
  }

  boolean isEntry(int offset) {
    return find(offset, 1);
  }

  /** Whether a jump may be written there: at an entry, or at an exit that links. */
  boolean isPatchable(int offset) {
    return find(offset, 1) || find(offset, 0);
  }

  private boolean find(int offset, int entry) {
    int segment = offset < 0 ? points.length : offset / segmentSize;
    return segment < points.length
        && Arrays.binarySearch(points[segment], 0, counts[segment], offset << 1 | entry) >= 0;
  }

  void forget(int segment) {
    counts[segment] = 0;
    points[segment] = new int[FEW];
  }

  /** What is there now, by segment. */
  int[][] read() {
    int[][] now = new int[points.length][];
    for (int i = 0; i < now.length; i++) {
      now[i] = Arrays.copyOf(points[i], counts[i]);
    }
    return now;
  }

  /** Has what {@link #read} has returned, which is not changed by this. */
  void begin(int[][] from) {
    for (int i = 0; i < from.length; i++) {
      points[i] =
          from[i].length == 0 ? new int[FEW] : from[i]; // a full one is copied to be added to
      counts[i] = from[i].length;
    }
  }
}
