package atoll.migration;

import java.time.Duration;
import java.util.Objects;

/**
 * How a migration is to go.
 *
 * @param downtime how long the system may stand still, as far as that can be told before
 * @param limit how long all of it may take before it is given up
 */
public record MigrationSettings(Duration downtime, Duration limit) {
  /** For how long a system may stand still unless it is told otherwise. */
  public static final Duration USUAL_DOWNTIME = Duration.ofMillis(60);

  /** No longer than a day. */
  public static final Duration LONGEST = Duration.ofDays(1);

  public MigrationSettings {
    Objects.requireNonNull(downtime, "downtime");
    Objects.requireNonNull(limit, "limit");
    if (downtime.isNegative() || downtime.isZero() || downtime.compareTo(LONGEST) > 0) {
      throw new IllegalArgumentException("a downtime of " + downtime);
    }
  }
}
