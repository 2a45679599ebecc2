package atoll.migration;

import java.time.Duration;
import java.util.Objects;

/**
 * Pages that were copied while the system ran.
 *
 * @param round its number, from 1
 * @param pages how many were looked at
 * @param bytes that went over the connection
 * @param time from its first page to the word that all are there
 * @param left pages that were written to meanwhile
 * @param expected how long the system would stand still if it was stopped now
 * @param throttle the part of the time, in percent, for which its processors are held
 */
public record MigrationRound(
    int round, long pages, long bytes, Duration time, long left, Duration expected, int throttle) {
  public MigrationRound {
    Objects.requireNonNull(time, "time");
    Objects.requireNonNull(expected, "expected");
  }

  /** Bytes of pages in a second. */
  public long bytesPerSecond() {
    return perSecond(pages * Region.PAGE, time.toNanos());
  }

  static long perSecond(long bytes, long nanos) {
    return nanos <= 0 ? 0 : (long) (bytes * 1e9 / nanos);
  }
}
