package atoll.front;

import atoll.scenario.CpuPolicy;
import atoll.scenario.CpuPolicy.Window;
import atoll.scenario.CpuTable;
import atoll.scenario.CpuTable.Claim;
import atoll.scenario.CpuTable.Cpu;
import atoll.scenario.TimeAmount;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** The table of which vCPU gets which CPU's time, for a person. */
final class CpuText {
  private static final List<String> NOTHING = List.of("", "", "");

  private CpuText() {}

  /** A table of all CPUs, and a timetable of each that has one. */
  static String of(CpuTable cpus) {
    TextTable table =
        new TextTable(
            ">CPU",
            "policy",
            "host CPU",
            "vCPU",
            ">priority",
            ">weight",
            "budget",
            ">share",
            "promise");
    StringBuilder timetables = new StringBuilder();
    for (Cpu cpu : cpus.cpus()) {
      add(table, cpu);
      if (cpu.description().policy() instanceof CpuPolicy.Cyclic policy) {
        timetables.append(timetable(cpu, policy));
      }
    }
    return table.under("CPUs") + timetables;
  }

  private static void add(TextTable table, Cpu cpu) {
    List<String> start =
        List.of(
            String.valueOf(cpu.description().number()),
            policy(cpu.description().policy()),
            cpu.description().hostCpu().isPresent()
                ? String.valueOf(cpu.description().hostCpu().getAsInt())
                : "any");
    if (cpu.claims().isEmpty()) {
      table.row(joined(start, List.of("-", "-", "-", "-", "-", "idle")));
    }
    for (int n = 0; n < cpu.claims().size(); n++) {
      List<String> claim = claim(cpu.description().policy(), cpu.claims().get(n));
      table.row(joined(n == 0 ? start : NOTHING, claim));
    }
  }

  private static List<String> joined(List<String> start, List<String> rest) {
    return Stream.concat(start.stream(), rest.stream()).toList();
  }

  private static String policy(CpuPolicy policy) {
    return switch (policy) {
      case CpuPolicy.RoundRobin turns -> policy.name() + " " + TimeAmount.format(turns.slice());
      case CpuPolicy.Fair shares -> policy.name() + " " + TimeAmount.format(shares.slice());
      case CpuPolicy.Cyclic windows -> policy.name() + " " + TimeAmount.format(windows.frame());
      case CpuPolicy.Dedicated whole -> policy.name();
      case CpuPolicy.Pool any -> policy.name();
      case CpuPolicy.Priority ranks -> policy.name();
    };
  }

  private static List<String> claim(CpuPolicy policy, Claim claim) {
    boolean ranked = policy instanceof CpuPolicy.Priority;
    boolean weighed = policy instanceof CpuPolicy.Fair || policy instanceof CpuPolicy.Pool;
    return List.of(
        claim.vm() + "." + claim.vcpu(),
        ranked ? String.valueOf(claim.schedule().priority()) : "-",
        weighed ? String.valueOf(claim.schedule().weight()) : "-",
        claim
            .schedule()
            .budget()
            .map(b -> TimeAmount.format(b.time()) + " in " + TimeAmount.format(b.period()))
            .orElse("-"),
        claim.share().isPresent() ? "%.1f%%".formatted(claim.share().getAsDouble() * 100) : "-",
        promise(policy, claim));
  }

  private static String promise(CpuPolicy policy, Claim claim) {
    return switch (policy) {
      case CpuPolicy.Dedicated whole -> "alone";
      case CpuPolicy.RoundRobin turns -> "at least its share";
      case CpuPolicy.Fair shares -> "at least its share";
      case CpuPolicy.Pool any -> "at least its share, on any CPU of the pool";
      case CpuPolicy.Cyclic windows -> "its windows only";
      case CpuPolicy.Priority ranks -> budget(claim);
    };
  }

  private static String budget(Claim claim) {
    if (claim.schedule().budget().isEmpty()) {
      return "what the others leave, by priority";
    }
    if (claim.within().isEmpty()) {
      return "not sure: a vCPU of the same or a higher priority has no budget";
    }
    String time = TimeAmount.format(claim.within().get());
    return claim.kept()
        ? "whole budget within " + time
        : "not sure: the worst case takes %s or more".formatted(time);
  }

  private static String timetable(Cpu cpu, CpuPolicy.Cyclic policy) {
    TextTable table = new TextTable(">from", ">to", "VM");
    Duration at = Duration.ZERO;
    for (Window window :
        policy.windows().stream().sorted(Comparator.comparing(Window::offset)).toList()) {
      addNobody(table, at, window.offset());
      table.row(TimeAmount.format(window.offset()), TimeAmount.format(window.end()), window.vm());
      at = window.end();
    }
    addNobody(table, at, policy.frame());
    return table.under(
        "Timetable of CPU %d, repeated every %s"
            .formatted(cpu.description().number(), TimeAmount.format(policy.frame())));
  }

  private static void addNobody(TextTable table, Duration from, Duration to) {
    if (from.compareTo(to) < 0) {
      table.row(TimeAmount.format(from), TimeAmount.format(to), "nobody");
    }
  }
}
