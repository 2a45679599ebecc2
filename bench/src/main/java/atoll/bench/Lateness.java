package atoll.bench;

import java.util.Arrays;
import java.util.List;

/** A coarse histogram of how much too late something was. */
final class Lateness {
  /** Microseconds at which the next class begins; the first begins at more than 0. */
  static final int[] BOUNDS = {10, 20, 50, 100, 200, 500, 1_000};

  private final Long[] counts = new Long[BOUNDS.length + 1];
  private long greatest;

  /**
   * A histogram as it was.
   *
   * @param counts by class; the last has everything from the last of {@link #BOUNDS} on
   * @param greatest nanoseconds
   */
  record Snapshot(List<Long> counts, long greatest) {
    long total() {
      return counts.stream().mapToLong(Long::longValue).sum();
    }

    /** Those that were late by at least one of {@link #BOUNDS}. */
    long from(int micros) {
      int begin = Arrays.binarySearch(BOUNDS, micros) + 1;
      return counts.stream().skip(begin).mapToLong(Long::longValue).sum();
    }
  }

  Lateness() {
    Arrays.fill(counts, 0L);
  }

  /** Counts one; what is not positive was in time. */
  void add(long nanos) {
    if (nanos <= 0) {
      return;
    }
    int at = 0;
    while (at < BOUNDS.length && nanos >= BOUNDS[at] * 1_000L) {
      at++;
    }
    counts[at]++;
    greatest = Math.max(greatest, nanos);
  }

  Snapshot snapshot() {
    return new Snapshot(List.of(counts), greatest);
  }
}
