package atoll.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The comparison as a table for people (Markdown) and for programs (JSON). */
final class Report {
  /**
   * A bar and whether it holds. Both ratios count, CPU and wall: the worse one is judged.
   *
   * @param got the measured ratio
   * @param bar what it may be at most
   */
  record Verdict(String what, double got, double bar) {
    boolean holds() {
      return got <= bar;
    }
  }

  private final Comparison comparison;
  private final String ours;
  private final boolean interpreter;
  private final Map<String, String> about;
  private final List<Verdict> verdicts = new ArrayList<>();

  /**
   * @param about what was compared and how, for the head of the report
   * @param interpreter whether issue 2's bars apply instead of the translator's
   */
  Report(Comparison comparison, String ours, boolean interpreter, Map<String, String> about) {
    this.comparison = comparison;
    this.ours = ours;
    this.interpreter = interpreter;
    this.about = about;
    judge();
  }

  private void judge() {
    if (comparison.bootRounds() > 0) {
      Comparison.Row boot = comparison.bootRow();
      verdicts.add(
          new Verdict(
              "cold boot to user space, whole process",
              boot.worse(),
              interpreter ? Group.INTERPRETER_BOOT : Group.BOOT));
      if (!interpreter) {
        verdicts.add(
            new Verdict("peak resident size", comparison.resident().ratio(), Group.RESIDENT));
      }
    }
    Map<String, Comparison.Row> rows = comparison.workRows();
    for (Group group : Group.values()) {
      List<Comparison.Row> members =
          group.workloads.stream().filter(rows::containsKey).map(rows::get).toList();
      if (members.size() < group.workloads.size()) {
        continue; // a mean over a part of the group would say nothing about the bar
      }
      double mean = worseMean(members);
      if (interpreter) {
        if (group == Group.INTEGER) {
          verdicts.add(
              new Verdict("integer and control, mean", mean, Group.INTERPRETER_INTEGER_MEAN));
        }
        continue;
      }
      if (members.size() > 1) {
        verdicts.add(new Verdict(group.title + ", mean", mean, group.meanBar));
      }
      for (Comparison.Row row : members) {
        verdicts.add(new Verdict(group.title + ", " + row.name(), row.worse(), group.eachBar));
      }
    }
  }

  private static double worseMean(List<Comparison.Row> rows) {
    return Math.max(
        Statistics.geometricMean(rows.stream().map(r -> r.cpu().ratio()).toList()),
        Statistics.geometricMean(rows.stream().map(r -> r.wall().ratio()).toList()));
  }

  String markdown() {
    StringBuilder out = new StringBuilder("# " + ours + " beside QEMU\n\n");
    about.forEach((k, v) -> out.append("* ").append(k).append(": ").append(v).append('\n'));
    out.append("\nRatios are ").append(ours).append(" / QEMU within a round, median over rounds; ");
    out.append("below 1 is faster than QEMU.\n\n");
    out.append("| work | n | QEMU s (CPU) | ").append(ours).append(" s (CPU) ");
    out.append("| ratio CPU | ratio wall |\n|---|---:|---:|---:|---:|---:|\n");
    if (comparison.bootRounds() > 0) {
      line(out, comparison.bootRow());
      line(out, comparison.wholeRow());
      Comparison.Ratio resident = comparison.resident();
      out.append(
          "| peak resident, MiB | | %.0f | %.0f | %.2f | |%n"
              .formatted(resident.theirs(), resident.ours(), resident.ratio()));
    }
    Map<String, Comparison.Row> rows = comparison.workRows();
    for (Group group : Group.values()) {
      List<Comparison.Row> members =
          group.workloads.stream().filter(rows::containsKey).map(rows::get).toList();
      members.forEach(r -> line(out, r));
      if (members.size() > 1) {
        out.append(
            "| **%s, geometric mean of %d** | | | | **%.2f** | **%.2f** |%n"
                .formatted(
                    group.title,
                    members.size(),
                    Statistics.geometricMean(members.stream().map(r -> r.cpu().ratio()).toList()),
                    Statistics.geometricMean(
                        members.stream().map(r -> r.wall().ratio()).toList())));
      }
    }
    if (!verdicts.isEmpty()) {
      out.append("\n| bar (the worse of CPU and wall) | at most | got | |\n|---|---:|---:|---|\n");
      for (Verdict v : verdicts) {
        out.append(
            "| %s | %.2f | %.2f | %s |%n"
                .formatted(v.what, v.bar, v.got, v.holds() ? "holds" : "**missed**"));
      }
    }
    List<String> differences = comparison.differences();
    out.append('\n');
    if (differences.isEmpty()) {
      out.append(
          "The sums of %d workloads, compared at equal n, are equal on both machines.%n"
              .formatted(comparison.compared().size()));
    } else {
      out.append("**Sums differ:**\n\n");
      differences.forEach(d -> out.append("* ").append(d).append('\n'));
    }
    return out.toString();
  }

  private static void line(StringBuilder out, Comparison.Row row) {
    out.append(
        "| %s | %s | %.3f | %.3f | %.2f | %.2f |%n"
            .formatted(
                row.name(),
                row.n() == 1 ? "" : Long.toString(row.n()),
                row.cpu().theirs(),
                row.cpu().ours(),
                row.cpu().ratio(),
                row.wall().ratio()));
  }

  void json(Path file) throws IOException {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("about", about);
    if (comparison.bootRounds() > 0) {
      document.put("boot", comparison.bootRow());
      document.put("bootAndPowerOff", comparison.wholeRow());
      document.put("peakResidentMib", comparison.resident());
    }
    document.put("workloads", comparison.workRows());
    List<Map<String, Object>> bars = new ArrayList<>();
    for (Verdict v : verdicts) {
      bars.add(Map.of("what", v.what, "atMost", v.bar, "got", v.got, "holds", v.holds()));
    }
    document.put("bars", bars);
    document.put("sumsDiffer", comparison.differences());
    new ObjectMapper()
        .enable(SerializationFeature.INDENT_OUTPUT)
        .writeValue(file.toFile(), document);
  }

  boolean allHold() {
    return comparison.differences().isEmpty() && verdicts.stream().allMatch(Verdict::holds);
  }
}
