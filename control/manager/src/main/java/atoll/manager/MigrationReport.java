package atoll.manager;

import atoll.migration.MigrationSummary;
import java.time.Duration;
import java.util.Objects;

/**
 * VMs that have moved to another host.
 *
 * @param rounds in which they were copied while they ran
 * @param pages that were copied, in all; some more than once
 * @param bytes that went over the connection
 * @param time that all of it took
 * @param downtime from the moment at which they were to stop here to the word that they run there
 * @param rehearsal for how long they stood still at the beginning, for their state alone
 * @param throttle the largest part of the time, in percent, for which their vCPUs were held
 */
public record MigrationReport(
    int rounds,
    long pages,
    long bytes,
    Duration time,
    Duration downtime,
    Duration rehearsal,
    int throttle) {
  public MigrationReport {
    Objects.requireNonNull(time, "time");
    Objects.requireNonNull(downtime, "downtime");
    Objects.requireNonNull(rehearsal, "rehearsal");
  }

  static MigrationReport of(MigrationSummary summary) {
    return new MigrationReport(
        summary.rounds(),
        summary.pages(),
        summary.bytes(),
        summary.time(),
        summary.downtime(),
        summary.rehearsal(),
        summary.throttle());
  }
}
