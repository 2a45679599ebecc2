package atoll.manager;

import java.time.Duration;
import java.time.Instant;

/**
 * A system that has been saved.
 *
 * @param name of the snapshot
 * @param saved when
 * @param bytes of memory in its files
 * @param pause how long the system stood still
 */
public record SnapshotReport(String name, Instant saved, long bytes, Duration pause) {}
