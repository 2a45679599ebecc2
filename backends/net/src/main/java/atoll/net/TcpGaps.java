package atoll.net;

/**
 * What has come before its turn: ranges of a stream, by their distance from what comes next. They
 * lie in the ring behind its end. Few are kept; what is not will be sent again.
 */
final class TcpGaps {
  private static final int MOST = 8;

  private final int[] from = new int[MOST];
  private final int[] to = new int[MOST];
  private int count;

  boolean any() {
    return count > 0;
  }

  /** Notes a range; false if there are too many. */
  boolean add(int start, int end) {
    int first = start;
    int last = end;
    int kept = 0;
    for (int i = 0; i < count; i++) {
      if (from[i] <= last && first <= to[i]) {
        first = Math.min(first, from[i]);
        last = Math.max(last, to[i]);
      } else {
        from[kept] = from[i];
        to[kept++] = to[i];
      }
    }
    count = kept;
    if (count == MOST) {
      return false;
    }
    from[count] = first;
    to[count++] = last;
    return true;
  }

  /**
   * The stream goes on by so many bytes.
   *
   * @return how many more follow without a gap
   */
  int advance(int bytes) {
    int more = 0;
    int kept = 0;
    for (int i = 0; i < count; i++) {
      if (from[i] <= bytes) {
        more = Math.max(more, to[i] - bytes);
      } else {
        from[kept] = from[i] - bytes;
        to[kept++] = to[i] - bytes;
      }
    }
    count = kept;
    return more == 0 ? 0 : more + advance(more);
  }

  void clear() {
    count = 0;
  }
}
