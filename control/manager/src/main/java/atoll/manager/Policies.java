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
import atoll.scenario.PcpuDescription;
import atoll.scenario.PlatformDescription;
import atoll.scenario.Schedule;
import atoll.scenario.VmDescription;
import java.util.List;

/** The kernel's physical CPUs, policies and reservations for what a scenario says. */
final class Policies {
  private Policies() {}

  /** One for each physical CPU, in order. */
  static List<PcpuConfig> of(PlatformDescription machine) {
    SchedulingPolicy pool = FairPolicy.ofPool(CpuPolicy.Fair.USUAL.slice().toNanos());
    return machine.cpus().stream()
        .map(cpu -> new PcpuConfig(of(cpu.policy(), pool), cpu.hostCpu()))
        .toList();
  }

  /**
   * The machine with its vCPUs on no more CPUs of the pool than the host has processors: the others
   * have no thread then.
   */
  static VmDescription placed(VmDescription vm, PlatformDescription machine, int processors) {
    List<Integer> pool =
        machine.cpus().stream()
            .filter(cpu -> cpu.policy() instanceof CpuPolicy.Pool)
            .map(PcpuDescription::number)
            .toList();
    int used = Math.min(pool.size(), processors);
    List<Integer> affinity =
        vm.affinity().stream()
            .map(cpu -> pool.contains(cpu) ? pool.get(pool.indexOf(cpu) % used) : cpu)
            .toList();
    return vm.but().affinity(affinity).build();
  }

  private static SchedulingPolicy of(CpuPolicy policy, SchedulingPolicy pool) {
    return switch (policy) {
      case CpuPolicy.Pool any -> pool;
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
