package atoll.manager;

import atoll.snapshot.Snapshot;
import java.time.Duration;

/**
 * A system that has been saved.
 *
 * @param snapshot which is open
 * @param pause how long its machines stood still
 */
record SystemSaved(Snapshot snapshot, Duration pause) {}
