package atoll.manager;

import atoll.kernel.DedicatedPolicy;
import atoll.kernel.SchedulingContext.Reservation;
import atoll.kernel.SchedulingPolicy;
import java.util.Iterator;

/** The kernel's scheduling policies and reservations for what a scenario says. */
final class Policies {
  private Policies() {}

  /** One for each physical CPU, in order. */
  static Iterator<SchedulingPolicy> of(MachineDescription machine) {
    return machine.cpus().stream().map(cpu -> of(cpu.policy())).iterator();
  }

  private static SchedulingPolicy of(CpuPolicy policy) {
    return new DedicatedPolicy();
  }

  static Reservation reservation(Schedule schedule) {
    return schedule
        .budget()
        .map(budget ->
            new Reservation(
                schedule.priority(), budget.time().toNanos(), budget.period().toNanos()))
        .orElseGet(() -> new Reservation(schedule.priority(), Long.MAX_VALUE, Long.MAX_VALUE));
  }
}
