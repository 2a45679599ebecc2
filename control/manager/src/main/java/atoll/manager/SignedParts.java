package atoll.manager;

import atoll.image.RefusedException;
import atoll.scenario.VmDescription;
import atoll.trust.VerifiedSystem;

/**
 * Keeps a system that was verified as it was signed while it runs. What the scenario excepts was
 * not verified, and may change.
 */
final class SignedParts {
  private SignedParts() {}

  /** Before a device's code is replaced. */
  static void requireDevice(RunningSystem system, VmDescription vm, String device) {
    system
        .verified()
        .ifPresent(how -> require(how, "vms.%s.devices[%s]".formatted(vm.name(), device)));
  }

  /**
   * Before a disk gets another image; that there is none of that number is said by others.
   *
   * @param disk its number, from 0; that of an image comes first
   */
  static void requireDisk(RunningSystem system, VmDescription vm, int disk) {
    int number = vm.image().isPresent() ? disk - 1 : disk;
    if (disk >= 0 && number < vm.disks().size()) {
      String part = number < 0 ? "image" : "disks[%d]".formatted(number);
      system.verified().ifPresent(how -> require(how, "vms.%s.%s".formatted(vm.name(), part)));
    }
  }

  private static void require(VerifiedSystem how, String part) {
    if (!how.scenario().verify().except().contains(part)) {
      throw refused(
          how, part, "except it in the scenario, as in verify: {except: [\"%s\"]}".formatted(part));
    }
  }

  /** Before somebody can change its memory; a debugger that the scenario has was signed. */
  static void requireMemory(RunningSystem system, String vm) {
    system
        .verified()
        .ifPresent(how -> {
          throw refused(
              how,
              "vms.%s in memory".formatted(vm),
              "only debuggers that the scenario has may change it");
        });
  }

  private static RefusedException refused(VerifiedSystem how, String part, String otherwise) {
    return new RefusedException(
        "%s was verified, and %s would no longer be what was signed; %s"
            .formatted(how.scenario().name(), part, otherwise));
  }
}
