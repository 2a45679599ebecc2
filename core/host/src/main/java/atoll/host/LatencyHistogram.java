package atoll.host;

import java.util.List;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * How often something took how long: eight buckets for each power of two nanoseconds, so that a
 * value is known to an eighth. Written by one thread at a time; any thread may take a snapshot.
 */
public final class LatencyHistogram {
  private static final int STEPS_SHIFT = 3;
  private static final int STEPS = 1 << STEPS_SHIFT;
  private static final int BUCKETS = (Long.SIZE - STEPS_SHIFT) * STEPS;

  private final AtomicLongArray counts = new AtomicLongArray(BUCKETS);
  private volatile long greatest;

  /**
   * A histogram as it was.
   *
   * @param counts by bucket; see {@link #bound}
   * @param total how many values
   * @param greatest the longest, exactly
   */
  public record Snapshot(List<Long> counts, long total, long greatest) {
    /**
     * The duration that a share of all values do not exceed, in nanoseconds, at most an eighth too
     * much; 0 if there are no values.
     *
     * @param share such as 0.99
     */
    public long percentile(double share) {
      long wanted = (long) Math.ceil(share * total);
      long seen = 0;
      for (int bucket = 0; bucket < counts.size(); bucket++) {
        seen += counts.get(bucket);
        if (seen >= wanted && seen > 0) {
          return Math.min(bound(bucket), greatest);
        }
      }
      return greatest;
    }
  }

  public void record(long nanos) {
    long value = Math.max(0, nanos);
    int bucket = bucket(value);
    counts.setOpaque(bucket, counts.getPlain(bucket) + 1);
    if (value > greatest) {
      greatest = value;
    }
  }

  /** What has been recorded so far; while more is, each number is a recent one. */
  public Snapshot snapshot() {
    Long[] copy = new Long[BUCKETS];
    long total = 0;
    for (int bucket = 0; bucket < BUCKETS; bucket++) {
      copy[bucket] = counts.getOpaque(bucket);
      total += copy[bucket];
    }
    return new Snapshot(List.of(copy), total, greatest);
  }

  private static int bucket(long value) {
    int exponent = Long.SIZE - 1 - Long.numberOfLeadingZeros(value | STEPS - 1);
    int shift = Math.max(0, exponent - STEPS_SHIFT);
    return shift * STEPS + (int) (value >>> shift);
  }

  /** The longest duration, in nanoseconds, that a bucket of {@link Snapshot#counts} stands for. */
  public static long bound(int bucket) {
    int shift = Math.max(0, bucket / STEPS - 1);
    long step = bucket - (long) shift * STEPS;
    return (step + 1 << shift) - 1;
  }
}
