package atoll.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;

/** The bars, and which of them a comparison holds. The worse of CPU and wall time is judged. */
enum Bars {
  /** The portable engine's. */
  INTERPRETER {
    @Override
    List<Verdict> judge(Comparison comparison) {
      List<Verdict> verdicts = new ArrayList<>();
      if (comparison.has(Part.BOOT)) {
        verdicts.add(Verdict.atMost(BOOT, comparison.boot().worse(), 3.5));
      }
      List<Comparison.Row> integer = rows(Group.INTEGER, comparison.workloads());
      if (integer.size() == Group.INTEGER.workloads.size()) {
        verdicts.add(Verdict.atMost(Group.INTEGER.title + ", mean", worseMean(integer), 7.0));
      }
      return verdicts;
    }
  },

  /** The engine that is meant to be faster than QEMU. */
  TRANSLATOR {
    @Override
    List<Verdict> judge(Comparison comparison) {
      List<Verdict> verdicts = new ArrayList<>();
      if (comparison.has(Part.BOOT)) {
        verdicts.add(Verdict.atMost(BOOT, comparison.boot().worse(), 0.75));
        verdicts.add(
            Verdict.atMost(
                "resident size at the end of the boot",
                comparison.residentAtBoot().highest(),
                0.8));
      }
      Map<String, Comparison.Row> rows = comparison.workloads();
      for (Group group : Group.values()) {
        judge(group, rows(group, rows), verdicts);
      }
      List<Comparison.Row> changing =
          CHANGING.stream().map(rows::get).filter(Objects::nonNull).toList();
      if (!changing.isEmpty()) {
        verdicts.add(Verdict.each("code that changes, each of " + names(changing), changing, 0.6));
      }
      comparison
          .mmioNanos()
          .ifPresent(ns -> verdicts.add(Verdict.atMost("an MMIO exit", ns.ours(), 250, " ns")));
      comparison
          .twoHarts()
          .ifPresent(times ->
              verdicts.add(Verdict.atLeast("two busy harts beside one", times.ours(), 1.85)));
      comparison
          .build()
          .ifPresent(row -> verdicts.add(Verdict.atMost("a real build", row.worse(), 0.45)));
      return verdicts;
    }

    private void judge(Group group, List<Comparison.Row> members, List<Verdict> verdicts) {
      if (members.isEmpty()) {
        return;
      }
      boolean whole = members.size() == group.workloads.size();
      String which = members.size() == 1 ? members.getFirst().name() : "each of " + members.size();
      verdicts.add(Verdict.each(group.title + ", " + which, members, group.eachBar));
      // A mean over a part of the group would say nothing about the bar.
      if (whole && group.meanBar != Group.NO_BAR) {
        verdicts.add(Verdict.atMost(group.title + ", mean", worseMean(members), group.meanBar));
      }
    }
  };

  /** Of the hard cases, those that make or change code while they run: theirs is the bar of smc. */
  private static final List<String> CHANGING = List.of("jit", "fencei");

  private static final String BOOT = "cold boot to user space, whole process";

  abstract List<Verdict> judge(Comparison comparison);

  /** The rows of a group's workloads that ran. */
  static List<Comparison.Row> rows(Group group, Map<String, Comparison.Row> rows) {
    return group.workloads.stream().filter(rows::containsKey).map(rows::get).toList();
  }

  private static String names(List<Comparison.Row> rows) {
    return rows.stream().map(Comparison.Row::name).collect(Collectors.joining(", "));
  }

  static double cpuMean(List<Comparison.Row> rows) {
    return Statistics.geometricMean(rows.stream().map(r -> r.times().cpu().ratio()).toList());
  }

  static double wallMean(List<Comparison.Row> rows) {
    return Statistics.geometricMean(rows.stream().map(r -> r.times().wall().ratio()).toList());
  }

  private static double worseMean(List<Comparison.Row> rows) {
    return Math.max(cpuMean(rows), wallMean(rows));
  }
}
