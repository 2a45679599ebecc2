package atoll.manager;

import atoll.state.StateFormat;
import atoll.state.Value;
import java.util.List;
import java.util.Objects;

/**
 * What two managers say of a system that moves, beside its pages: before, {@code state} is empty,
 * and {@code system} tells what memory and disks will come; at the end both are of the moment at
 * which it stood still.
 *
 * @param stateVersion of {@link atoll.vmm.SystemState}, so that it is known before whether it can
 *     be read
 * @param system a {@link SavedSystem}
 * @param state a {@link atoll.vmm.SystemState}
 * @param shared disks in files that both hosts reach by the same path, which are not copied
 */
@SuppressWarnings("ArrayRecordComponent") // which nobody compares
record MovedSystem(int stateVersion, byte[] system, byte[] state, List<Shared> shared) {
  /** How it is written. A change of any record in it makes a new version, with an upgrade. */
  static final StateFormat<MovedSystem> FORMAT =
      new StateFormat<>(
          "ATOLL-MOVES",
          MovedSystem.class,
          1,
          List.of(older -> older.with("shared", new Value.Listing(List.of(), 0)))); // to 2

  /** What the name of a disk's region begins with; that of memory is the memory's own. */
  static final String DISK = "disk/";

  MovedSystem {
    Objects.requireNonNull(system, "system");
    Objects.requireNonNull(state, "state");
    shared = List.copyOf(shared);
  }

  /**
   * A disk that is not copied.
   *
   * @param disk as {@link DiskBay#name} has it
   * @param mark the name of a file beside it that was made for this move: who finds it there sees
   *     the same folder
   */
  record Shared(String disk, String mark) {
    Shared {
      Objects.requireNonNull(disk, "disk");
      if (!SharedDisks.MARK.matcher(mark).matches()) {
        throw new IllegalArgumentException("no mark of a folder");
      }
    }
  }
}
