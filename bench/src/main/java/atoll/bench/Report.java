package atoll.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The comparison as a table for people (Markdown) and for programs (JSON). */
final class Report {
  private final Comparison comparison;
  private final String ours;
  private final String theirs;
  private final Map<String, String> about;
  private final List<Verdict> verdicts;

  /**
   * @param ours the name of the machine that is judged
   * @param theirs the name of the one that it is compared with
   * @param about what was compared and how, for the head of the report
   */
  Report(
      Comparison comparison,
      String ours,
      String theirs,
      List<Verdict> verdicts,
      Map<String, String> about) {
    this.comparison = comparison;
    this.ours = ours;
    this.theirs = theirs;
    this.about = about;
    this.verdicts = verdicts;
  }

  String markdown() {
    StringBuilder out = new StringBuilder("# " + ours + " beside " + theirs + "\n\n");
    about.forEach((k, v) -> out.append("* ").append(k).append(": ").append(v).append('\n'));
    out.append(
        "%nRatios are %s / %s within a round, median over rounds; below 1 is faster than %s.%n%n"
            .formatted(ours, theirs, theirs));
    times(out);
    figures(out);
    bars(out);
    sums(out);
    return out.toString();
  }

  private void times(StringBuilder out) {
    out.append(
        "| work | n | %s s (CPU) | %s s (CPU) | ratio CPU | ratio wall |%n"
            .formatted(theirs, ours));
    out.append("|---|---:|---:|---:|---:|---:|\n");
    if (comparison.has(Part.BOOT)) {
      line(out, comparison.boot());
      line(out, comparison.bootAndPowerOff());
    }
    Map<String, Comparison.Row> rows = comparison.workloads();
    for (Group group : Group.values()) {
      List<Comparison.Row> members = Bars.rows(group, rows);
      members.forEach(row -> line(out, row));
      if (members.size() > 1) {
        out.append(
            "| **%s, geometric mean of %d** | | | | **%.2f** | **%.2f** |%n"
                .formatted(
                    group.title, members.size(), Bars.cpuMean(members), Bars.wallMean(members)));
      }
    }
    comparison.build().ifPresent(row -> line(out, row));
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

  /** What is no time of a workload. */
  private Map<String, Comparison.Ratio> figures() {
    Map<String, Comparison.Ratio> figures = new LinkedHashMap<>();
    if (comparison.has(Part.BOOT)) {
      figures.put("resident at the end of the boot, MiB", comparison.residentAtBoot());
      figures.put("resident at most, MiB", comparison.residentPeak());
    }
    comparison.mmioNanos().ifPresent(r -> figures.put("an MMIO exit, ns", r));
    comparison.ticks().ifPresent(r -> figures.put("ticks of a 10 kHz timer, a second", r));
    comparison.twoHarts().ifPresent(r -> figures.put("two busy harts, times the work of one", r));
    return figures;
  }

  private void figures(StringBuilder out) {
    Map<String, Comparison.Ratio> figures = figures();
    if (figures.isEmpty()) {
      return;
    }
    out.append("%n| figure | %s | %s | ratio |%n|---|---:|---:|---:|%n".formatted(theirs, ours));
    figures.forEach((what, r) ->
        out.append(
            "| %s | %s | %s | %.2f |%n"
                .formatted(what, digits(r.theirs()), digits(r.ours()), r.ratio())));
  }

  private static String digits(double value) {
    return (value < 10 ? "%.2f" : "%.0f").formatted(value);
  }

  private void bars(StringBuilder out) {
    if (!verdicts.isEmpty()) {
      out.append(Verdict.table("bar (the worse of CPU and wall)", verdicts));
    }
  }

  private void sums(StringBuilder out) {
    List<String> differences = comparison.differences();
    int compared = comparison.compared().size();
    if (!differences.isEmpty()) {
      out.append("\n**Sums differ:**\n\n");
      differences.forEach(d -> out.append("* ").append(d).append('\n'));
    } else if (compared > 0) {
      out.append(
          "%nSums compared at equal n, and equal on both machines: %d.%n".formatted(compared));
    }
  }

  void json(Path file) throws IOException {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("about", about);
    if (comparison.has(Part.BOOT)) {
      document.put("boot", comparison.boot());
      document.put("bootAndPowerOff", comparison.bootAndPowerOff());
    }
    document.put("workloads", comparison.workloads());
    comparison.build().ifPresent(row -> document.put("build", row));
    document.put("figures", figures());
    document.put("bars", verdicts.stream().map(Verdict::document).toList());
    document.put("allBarsHold", verdicts.stream().allMatch(Verdict::holds));
    document.put("sumsCompared", comparison.compared());
    document.put("sumsDiffer", comparison.differences());
    new ObjectMapper()
        .enable(SerializationFeature.INDENT_OUTPUT)
        .writeValue(file.toFile(), document);
  }
}
