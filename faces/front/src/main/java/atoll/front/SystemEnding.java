package atoll.front;

import atoll.manager.VmSnapshot;
import atoll.vmm.Outcome;
import java.util.List;

/** How the run of a whole system ended. */
final class SystemEnding {
  private SystemEnding() {}

  /**
   * The end of the first machine that failed, or success. The end of each VM was reported when it
   * came; a defect is told here in full.
   */
  static Ending of(List<VmSnapshot> vms) {
    for (VmSnapshot vm : vms) {
      Ending end = vm.last().map(Ending::of).orElse(Ending.QUIT);
      if (end.code() != ExitCode.SUCCESS) {
        String message =
            vm.last().get() instanceof Outcome.Failed ? vm.name() + ": " + end.message() : "";
        return new Ending(end.name(), end.code(), message);
      }
    }
    return new Ending("poweroff", ExitCode.SUCCESS, "");
  }
}
