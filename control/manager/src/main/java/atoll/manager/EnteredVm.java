package atoll.manager;

import atoll.scenario.Guest;
import atoll.scenario.VmDescription;
import java.util.Objects;

/**
 * A VM as a machine is entered with it: if it starts from an image, the disk that it has of that is
 * the first of its disks.
 *
 * @param guest the VM's own
 */
record EnteredVm(VmDescription vm, Guest.Entered guest) {
  EnteredVm {
    Objects.requireNonNull(vm, "vm");
    Objects.requireNonNull(guest, "guest");
  }
}
