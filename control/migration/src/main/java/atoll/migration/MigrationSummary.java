package atoll.migration;

import java.time.Duration;
import java.util.Objects;

/**
 * A migration that has succeeded.
 *
 * @param rounds while the system ran
 * @param pages that were looked at, in all
 * @param bytes that went over the connection
 * @param time from the first word to the last
 * @param downtime from the moment at which the system was to stop here to the word that it runs
 *     there
 * @param rehearsal for how long it stood still at the beginning, for its state alone
 * @param throttle the largest part of the time, in percent, for which its processors were held
 */
public record MigrationSummary(
    int rounds,
    long pages,
    long bytes,
    Duration time,
    Duration downtime,
    Duration rehearsal,
    int throttle) {
  public MigrationSummary {
    Objects.requireNonNull(time, "time");
    Objects.requireNonNull(downtime, "downtime");
    Objects.requireNonNull(rehearsal, "rehearsal");
  }
}
