package atoll.manager;

import atoll.scenario.VmDescription;
import atoll.vmm.PlannedBoot;
import java.util.Optional;

/**
 * The boot that the latest check of a VM has planned, for the life that is made of the same
 * description next: files are read once. Thread-safe.
 */
final class CheckedBoot {
  // Guarded by this.
  private Optional<VmDescription> checked = Optional.empty();
  private Optional<PlannedBoot> boot = Optional.empty();

  /** Keeps what a check has planned, in place of what an earlier one has. */
  synchronized void keep(VmDescription vm, Optional<PlannedBoot> planned) {
    drop();
    checked = Optional.of(vm);
    boot = planned;
  }

  /** Gives it away if it is for such a VM; who gets it closes it. */
  synchronized Optional<PlannedBoot> take(VmDescription vm) {
    if (!checked.equals(Optional.of(vm))) {
      return Optional.empty();
    }
    Optional<PlannedBoot> taken = boot;
    boot = Optional.empty();
    return taken;
  }

  /** Nobody wants it any more. */
  synchronized void drop() {
    boot.ifPresent(PlannedBoot::close);
    boot = Optional.empty();
  }
}
