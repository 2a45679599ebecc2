package atoll.manager;

import atoll.kernel.CyclicPolicy;
import atoll.kernel.DedicatedPolicy;
import atoll.kernel.FairPolicy;
import atoll.kernel.PcpuConfig;
import atoll.kernel.PriorityPolicy;
import atoll.kernel.RoundRobinPolicy;
import atoll.kernel.SchedulingContext.Reservation;
import atoll.kernel.SchedulingPolicy;
import atoll.scenario.CpuPolicy;
import atoll.scenario.PlatformDescription;
import atoll.scenario.Schedule;
import java.util.List;

/** The kernel's physical CPUs, policies and reservations for what a scenario says. */
final class Policies {
  private Policies() {}

  /** One for each physical CPU, in order. */
  static List<PcpuConfig> of(PlatformDescription machine) {
    return machine.cpus().stream()
        .map(cpu -> new PcpuConfig(of(cpu.policy()), cpu.hostCpu()))
        .toList();
  }

  private static SchedulingPolicy of(CpuPolicy policy) {
    return switch (policy) {
      case CpuPolicy.Dedicated whole -> new DedicatedPolicy();
      case CpuPolicy.RoundRobin turns -> new RoundRobinPolicy(turns.slice().toNanos());
      case CpuPolicy.Fair shares -> new FairPolicy(shares.slice().toNanos());
      case CpuPolicy.Priority ranks -> new PriorityPolicy();
      case CpuPolicy.Cyclic timetable ->
          new CyclicPolicy(
              timetable.frame().toNanos(),
              timetable.windows().stream().map(Policies::window).toList());
    };
  }

  /** A domain has its machine's name. */
  private static CyclicPolicy.Window window(CpuPolicy.Window window) {
    return new CyclicPolicy.Window(
        window.vm(), window.offset().toNanos(), window.duration().toNanos());
  }

  /** What each vCPU of a machine claims. */
  static Reservation reservation(Schedule schedule) {
    long budget = schedule.budget().map(b -> b.time().toNanos()).orElse(Long.MAX_VALUE);
    long period = schedule.budget().map(b -> b.period().toNanos()).orElse(Long.MAX_VALUE);
    return new Reservation(schedule.priority(), budget, period, schedule.weight());
  }
}
