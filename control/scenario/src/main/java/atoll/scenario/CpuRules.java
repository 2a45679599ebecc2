package atoll.scenario;

import atoll.scenario.CpuPolicy.Window;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Checks that a physical CPU has the time that virtual machines claim of it. */
final class CpuRules {
  private final Scenario scenario;
  private final BiConsumer<String, String> report;

  /**
   * @param report told the key and what is wrong with it
   */
  CpuRules(Scenario scenario, BiConsumer<String, String> report) {
    this.scenario = scenario;
    this.report = report;
  }

  void check() {
    for (PcpuDescription cpu : scenario.platform().cpus()) {
      switch (cpu.policy()) {
        case CpuPolicy.Dedicated dedicated -> requireOne(cpu);
        case CpuPolicy.Priority priority -> requireCapacity(cpu);
        case CpuPolicy.Cyclic cyclic -> timetable(cpu, cyclic);
        case CpuPolicy.RoundRobin turns -> {}
        case CpuPolicy.Fair shares -> {}
        case CpuPolicy.Pool any -> {}
      }
    }
    scenario.vms().forEach(this::requireBudgetsKept);
  }

  private void requireOne(PcpuDescription cpu) {
    List<String> vcpus = vcpus(cpu);
    if (vcpus.size() > 1) {
      report.accept(
          key(cpu, "policy"),
          "dedicated CPU %d has the vCPUs %s, expected one; give others another affinity, or the CPU another policy"
              .formatted(cpu.number(), String.join(", ", vcpus)));
    }
  }

  private void requireCapacity(PcpuDescription cpu) {
    double sum = 0;
    for (VmDescription vm : scenario.vms()) {
      long here = vm.affinity().stream().filter(n -> n == cpu.number()).count();
      if (here == 0 || vm.schedule().budget().isEmpty()) {
        continue;
      }
      double before = sum;
      sum += here * vm.schedule().budget().get().utilisation();
      if (before <= 1 + CpuTable.ROUNDING && sum > 1 + CpuTable.ROUNDING) {
        report.accept(
            "vms.%s.schedule.budget".formatted(vm.name()),
            "the reservations on CPU %d come to %.0f%% of its time, of which %.0f%% by VMs before this one, expected at most 100%%; give a smaller budget, a longer period or another affinity"
                .formatted(cpu.number(), utilisation(cpu) * 100, before * 100));
      }
    }
  }

  private double utilisation(PcpuDescription cpu) {
    return scenario.vms().stream()
        .filter(vm -> vm.schedule().budget().isPresent())
        .mapToDouble(vm ->
            vm.affinity().stream().filter(n -> n == cpu.number()).count()
                * vm.schedule().budget().get().utilisation())
        .sum();
  }

  /** A budget that would not be enforced must not look as if it were. */
  private void requireBudgetsKept(VmDescription vm) {
    if (vm.schedule().budget().isEmpty()) {
      return;
    }
    vm.affinity().stream()
        .distinct()
        .map(scenario.platform().cpus()::get)
        .filter(cpu -> !(cpu.policy() instanceof CpuPolicy.Priority))
        .forEach(cpu ->
            report.accept(
                "vms.%s.schedule.budget".formatted(vm.name()),
                "CPU %d is %s, which keeps no budgets, expected a CPU that is priority, or no budget"
                    .formatted(cpu.number(), cpu.policy().name())));
  }

  private void timetable(PcpuDescription cpu, CpuPolicy.Cyclic policy) {
    List<Window> windows = policy.windows();
    List<Integer> order =
        IntStream.range(0, windows.size())
            .boxed()
            .sorted(Comparator.comparing(n -> windows.get(n).offset()))
            .toList();
    Duration free = Duration.ZERO;
    for (int n : order) {
      Window window = windows.get(n);
      String key = key(cpu, "windows[%d]".formatted(n));
      if (window.end().compareTo(policy.frame()) > 0) {
        report.accept(
            key,
            "the window of %s ends at %s, beyond the frame, expected at most %s"
                .formatted(
                    window.vm(),
                    TimeAmount.format(window.end()),
                    TimeAmount.format(policy.frame())));
      }
      if (window.offset().compareTo(free) < 0) {
        report.accept(
            key,
            "the window of %s begins at %s, inside a window that ends at %s, expected windows that do not overlap"
                .formatted(
                    window.vm(), TimeAmount.format(window.offset()), TimeAmount.format(free)));
      }
      free = window.end().compareTo(free) > 0 ? window.end() : free;
      requireVcpu(cpu, key, window.vm());
    }
    requireWindows(cpu, windows);
  }

  /** A VM that is not there, or has other faults, is reported elsewhere. */
  private void requireVcpu(PcpuDescription cpu, String key, String name) {
    boolean elsewhere =
        scenario.vm(name).filter(vm -> !vm.affinity().contains(cpu.number())).isPresent();
    if (elsewhere) {
      report.accept(
          key,
          "%s has no vCPU on CPU %d, expected affinity: %d there, or no window"
              .formatted(name, cpu.number(), cpu.number()));
    }
  }

  private void requireWindows(PcpuDescription cpu, List<Window> windows) {
    for (VmDescription vm : scenario.vms()) {
      if (vm.affinity().contains(cpu.number())
          && windows.stream().noneMatch(window -> window.vm().equals(vm.name()))) {
        report.accept(
            "vms.%s.affinity".formatted(vm.name()),
            "%s has a vCPU on CPU %d and no window in its timetable, expected one, or another CPU"
                .formatted(vm.name(), cpu.number()));
      }
    }
  }

  private List<String> vcpus(PcpuDescription cpu) {
    return scenario.vms().stream()
        .flatMap(vm ->
            IntStream.range(0, vm.vcpus())
                .filter(n -> vm.affinity().get(n) == cpu.number())
                .mapToObj(n -> vm.name() + "." + n))
        .collect(Collectors.toList());
  }

  private static String key(PcpuDescription cpu, String rest) {
    return "machine.cpus[%d].%s".formatted(cpu.number(), rest);
  }
}
