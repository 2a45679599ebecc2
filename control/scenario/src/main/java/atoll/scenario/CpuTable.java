package atoll.scenario;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/** Which vCPUs each physical CPU executes, and what each of them can count on. */
public record CpuTable(List<Cpu> cpus) {
  /** Sums of fractions may come out so much too large. */
  static final double ROUNDING = 1e-9;

  /**
   * A physical CPU.
   *
   * @param claims its vCPUs, in the order of the file
   */
  public record Cpu(PcpuDescription description, List<Claim> claims) {
    public Cpu {
      claims = List.copyOf(claims);
    }

    /** The part of its time that is promised, 0 to 1. */
    public double promised() {
      return claims.stream().mapToDouble(claim -> claim.share().orElse(0)).sum();
    }
  }

  /**
   * A vCPU's claim.
   *
   * @param share the part of the CPU's time that it gets if all want to run; empty if that depends
   *     on what others leave
   * @param within after which time in each period its whole budget has been given at the latest;
   *     empty without a budget, and if a vCPU without one has the same or a higher priority
   */
  public record Claim(
      String vm, int vcpu, Schedule schedule, OptionalDouble share, Optional<Duration> within) {
    /** Whether it gets its whole budget in each period, whatever others do. */
    public boolean kept() {
      return within.isPresent()
          && within.get().compareTo(schedule.budget().orElseThrow().period()) <= 0;
    }
  }

  /** One vCPU. */
  private record Place(VmDescription vm, int vcpu) {}

  static CpuTable of(Scenario scenario) {
    Pool pool = Pool.of(scenario);
    return new CpuTable(
        scenario.platform().cpus().stream()
            .map(cpu -> new Cpu(cpu, claims(cpu, places(scenario, cpu.number()), pool)))
            .toList());
  }

  private static List<Place> places(Scenario scenario, int cpu) {
    List<Place> places = new ArrayList<>();
    for (VmDescription vm : scenario.vms()) {
      for (int vcpu = 0; vcpu < vm.vcpus(); vcpu++) {
        if (vm.affinity().get(vcpu) == cpu) {
          places.add(new Place(vm, vcpu));
        }
      }
    }
    return places;
  }

  /**
   * The CPUs of the pool, all together.
   *
   * @param weights the sum of those of its vCPUs
   */
  private record Pool(int cpus, long weights) {
    static Pool of(Scenario scenario) {
      List<Integer> numbers =
          scenario.platform().cpus().stream()
              .filter(cpu -> cpu.policy() instanceof CpuPolicy.Pool)
              .map(PcpuDescription::number)
              .toList();
      long weights =
          numbers.stream()
              .flatMap(cpu -> places(scenario, cpu).stream())
              .mapToLong(place -> place.vm().schedule().weight())
              .sum();
      return new Pool(numbers.size(), weights);
    }

    /** Of one CPU's time: no vCPU runs on two at once. */
    double share(VmDescription vm) {
      return Math.min(1, (double) cpus * vm.schedule().weight() / weights);
    }
  }

  private static List<Claim> claims(PcpuDescription cpu, List<Place> places, Pool pool) {
    List<Claim> claims = new ArrayList<>();
    for (Place place : places) {
      Schedule schedule = place.vm().schedule();
      Optional<Duration> within =
          cpu.policy() instanceof CpuPolicy.Priority
              ? responseTime(place, places)
              : Optional.empty();
      OptionalDouble share =
          cpu.policy() instanceof CpuPolicy.Pool
              ? OptionalDouble.of(pool.share(place.vm()))
              : share(cpu.policy(), place, places);
      claims.add(new Claim(place.vm().name(), place.vcpu(), schedule, share, within));
    }
    return claims;
  }

  private static OptionalDouble share(CpuPolicy policy, Place place, List<Place> places) {
    Schedule schedule = place.vm().schedule();
    return switch (policy) {
      case CpuPolicy.Dedicated whole -> OptionalDouble.of(1);
      case CpuPolicy.RoundRobin turns -> OptionalDouble.of(1.0 / places.size());
      case CpuPolicy.Fair weights -> {
        int sum = places.stream().mapToInt(p -> p.vm().schedule().weight()).sum();
        yield OptionalDouble.of((double) schedule.weight() / sum);
      }
      case CpuPolicy.Pool any -> OptionalDouble.empty();
      case CpuPolicy.Priority ranks ->
          schedule.budget().stream().mapToDouble(Schedule.Budget::utilisation).findFirst();
      case CpuPolicy.Cyclic(Duration frame, List<CpuPolicy.Window> windows) -> {
        long time =
            windows.stream()
                .filter(window -> window.vm().equals(place.vm().name()))
                .mapToLong(window -> window.duration().toNanos())
                .sum();
        long sharers = places.stream().filter(p -> p.vm().equals(place.vm())).count();
        yield OptionalDouble.of((double) time / frame.toNanos() / sharers);
      }
    };
  }

  private static Optional<Duration> responseTime(Place place, List<Place> places) {
    Schedule own = place.vm().schedule();
    List<Schedule> before =
        places.stream()
            .filter(other -> !other.equals(place))
            .map(other -> other.vm().schedule())
            .filter(other -> other.priority() >= own.priority())
            .toList();
    boolean unlimited = before.stream().anyMatch(other -> other.budget().isEmpty());
    return unlimited
        ? Optional.empty()
        : own.budget()
            .map(budget ->
                ResponseTime.of(
                    budget, before.stream().map(other -> other.budget().orElseThrow()).toList()));
  }
}
