package atoll.snapshot;

import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * What is known of a snapshot without restoring it.
 *
 * @param name by which it is restored
 * @param saved when
 * @param used when it was saved, or restored last
 * @param memory bytes of all regions of memory
 * @param stored bytes that its files have; those of its memory may be another one's too
 * @param regions names of the regions of memory, in order
 * @param disks names of the disks, in order
 * @param trouble why it cannot be used; then only its name and {@code used} are known
 */
public record SnapshotInfo(
    String name,
    Instant saved,
    Instant used,
    long memory,
    long stored,
    List<String> regions,
    List<String> disks,
    Optional<String> trouble) {
  public SnapshotInfo {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(saved, "saved");
    Objects.requireNonNull(used, "used");
    regions = List.copyOf(regions);
    disks = List.copyOf(disks);
    Objects.requireNonNull(trouble, "trouble");
  }
}
