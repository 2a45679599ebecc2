package atoll.manager;

import atoll.scenario.RestartPolicy;
import atoll.scenario.VmDescription;
import atoll.vmm.Outcome;
import atoll.vmm.VcpuReport;
import atoll.vmm.VirtualMachine;
import atoll.vmm.VmStatistics;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** What the lives of a VM have been, and have done in all. Guarded by its supervisor. */
final class LifeHistory {
  private int lives;
  private int restarts;
  private long resets;
  private VmStatistics past = VmStatistics.NONE;
  private List<VcpuReport> vcpus = List.of();
  private Optional<Outcome> last = Optional.empty();

  /** It is that of a VM that was saved; a life that goes on begins once more. */
  void goOnFrom(SavedSystem.Vm then) {
    lives = then.goesOn() ? then.lives() - 1 : then.lives();
    resets = then.resets();
  }

  /** What is to be kept of it. */
  SavedSystem.Vm saved(String name, VmStatus status, boolean spoken) {
    return new SavedSystem.Vm(name, status, lives, restarts, resets, spoken);
  }

  /** Lives that have begun. */
  int lives() {
    return lives;
  }

  /** Another life begins; returns its number. */
  int begins() {
    return ++lives;
  }

  /** So many of the lives since an operator's start have been restarts. */
  void restarted(int times) {
    restarts = times;
  }

  /** A machine is gone, and what it has done counts. */
  void count(VirtualMachine gone) {
    past = past.plus(gone.statistics());
    vcpus = gone.vcpus();
  }

  /** A life has ended. */
  void ended(Outcome outcome) {
    last = Optional.of(outcome);
  }

  /** How the last life has ended. */
  Optional<Outcome> last() {
    return last;
  }

  /** Another life follows; if the last one ended by a reset, that counts. */
  void countReset() {
    if (last.equals(Optional.of(new Outcome.Reset()))) {
      resets++;
    }
  }

  /** The restart that follows an end, if the policy wants one; it counts. */
  Optional<Event.Restart> restart(RestartPolicy policy, Outcome outcome) {
    if (!policy.restarts(outcome) || restarts == policy.max()) {
      return Optional.empty();
    }
    Duration backoff = policy.backoff(restarts);
    restarts++;
    return Optional.of(new Event.Restart(restarts, policy.max(), backoff));
  }

  /**
   * The VM with all its lives.
   *
   * @param machine of the present one, if there is any
   */
  VmReport report(
      VmDescription vm, VmStatus status, Optional<VirtualMachine> machine, List<DiskReport> disks) {
    return new VmReport(
        vm.name(),
        status,
        restarts,
        last,
        machine.isPresent() ? vm.memory() : 0,
        machine.map(VirtualMachine::vcpus).orElse(vcpus),
        disks,
        machine.map(life -> past.plus(life.statistics())).orElse(past).withResets(resets));
  }
}
