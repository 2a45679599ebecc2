package atoll.manager;

import atoll.image.RefusedException;
import atoll.image.Words;
import atoll.scenario.Secrecy;
import atoll.scenario.VmDescription;
import atoll.vmm.Outcome;
import java.util.Collection;
import java.util.List;

/** Keeps what is in a secret machine from those who manage it (docs/verified-boot.md). */
final class Secrets {
  private Secrets() {}

  /**
   * Something would show what is in a machine.
   *
   * @param what it is
   * @throws RefusedException if the machine is secret, and its scenario does not allow that
   */
  static void require(VmDescription vm, Secrecy.Leave what) {
    if (!vm.secrecy().allows(what)) {
      throw new RefusedException(
          "what is in %s is secret: its scenario does not allow %s (vms.%s.secret)"
              .formatted(vm.name(), Words.of(what), vm.name()));
    }
  }

  /** The same of several machines. */
  static void require(Collection<VmDescription> vms, Secrecy.Leave what) {
    vms.forEach(vm -> require(vm, what));
  }

  /** Whether all allow something. */
  static boolean allow(Collection<VmDescription> vms, Secrecy.Leave what) {
    return vms.stream().allMatch(vm -> vm.secrecy().allows(what));
  }

  /** How a life ended, without the registers of a machine that is secret. */
  static Outcome shown(VmDescription vm, Outcome outcome) {
    return outcome instanceof Outcome.Failed failed && !vm.secrecy().allows(Secrecy.Leave.REPORT)
        ? new Outcome.Failed(failed.reason(), List.of(), failed.cause())
        : outcome;
  }
}
