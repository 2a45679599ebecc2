package atoll.manager;

import atoll.state.StateFormat;
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
 */
@SuppressWarnings("ArrayRecordComponent") // which nobody compares
record MovedSystem(int stateVersion, byte[] system, byte[] state) {
  /** How it is written. A change of any record in it makes a new version, with an upgrade. */
  static final StateFormat<MovedSystem> FORMAT =
      new StateFormat<>("ATOLL-MOVES", MovedSystem.class, 1, List.of());

  /** What the name of a disk's region begins with; that of memory is the memory's own. */
  static final String DISK = "disk/";

  MovedSystem {
    Objects.requireNonNull(system, "system");
    Objects.requireNonNull(state, "state");
  }
}
