package atoll.front;

import atoll.manager.VmReport;
import atoll.vmm.Outcome;
import java.util.List;

/** How the run of a whole system ended. */
final class SystemEnding {
  private SystemEnding() {}

  /**
   * The end of the first VM that failed, or success.
   *
   * @param several whether there are several VMs: the end of each was reported when it came, and a
   *     defect is told here in full
   */
  static Ending of(List<VmReport> vms, boolean several) {
    for (VmReport vm : vms) {
      Ending end = vm.last().map(Ending::of).orElse(Ending.QUIT);
      if (end.code() != ExitCode.SUCCESS) {
        return several ? named(vm, end) : end;
      }
    }
    return new Ending("poweroff", ExitCode.SUCCESS, "");
  }

  private static Ending named(VmReport vm, Ending end) {
    boolean failed = vm.last().filter(Outcome.Failed.class::isInstance).isPresent();
    return new Ending(end.name(), end.code(), failed ? vm.name() + ": " + end.message() : "");
  }
}
