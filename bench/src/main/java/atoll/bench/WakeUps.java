package atoll.bench;

import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How late the probe's wake-ups were, as the guest itself has measured it.
 *
 * @param counts wake-ups by whole microseconds of lateness; the guest's last bucket, 19,999, has
 *     everything beyond
 * @param missed periods that were over before the probe woke
 * @param max the longest, in microseconds
 */
record WakeUps(SortedMap<Integer, Long> counts, long missed, double max) {
  private static final Pattern SUMMARY =
      Pattern.compile("latency: .* max (\\d+\\.\\d); missed (\\d+)");
  private static final Pattern ROW = Pattern.compile("(?m)^ *(\\d+) +(\\d+)\r?$");

  /**
   * Reads what the guest {@code latency} has printed at {@code h}.
   *
   * @throws IllegalArgumentException if that is not a histogram
   */
  static WakeUps read(String printed) {
    Matcher summary = SUMMARY.matcher(printed);
    if (!summary.find()) {
      throw new IllegalArgumentException("the probe has printed no summary: " + printed);
    }
    SortedMap<Integer, Long> counts = new TreeMap<>();
    Matcher row = ROW.matcher(printed);
    while (row.find()) {
      counts.put(Integer.parseInt(row.group(1)), Long.parseLong(row.group(2)));
    }
    return new WakeUps(
        counts, Long.parseLong(summary.group(2)), Double.parseDouble(summary.group(1)));
  }

  long total() {
    return counts.values().stream().mapToLong(Long::longValue).sum();
  }

  /** Microseconds within which a share of the wake-ups came; not a number if there were none. */
  double percentile(double share) {
    long wanted = (long) Math.ceil(share * total());
    long seen = 0;
    for (var bucket : counts.entrySet()) {
      seen += bucket.getValue();
      if (seen >= wanted) {
        return Math.min(bucket.getKey() + 1, max);
      }
    }
    return Double.NaN;
  }

  /** Wake-ups that were at least {@code from} and less than {@code to} microseconds late. */
  long between(int from, int to) {
    return counts.subMap(from, to).values().stream().mapToLong(Long::longValue).sum();
  }
}
