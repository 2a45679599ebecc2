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
  private final List<String> theirs;
  private final Map<String, String> about;
  private final List<Verdict> verdicts;

  /**
   * @param ours the name of the machine that is judged
   * @param theirs the names of those that it is compared with
   * @param about what was compared and how, for the head of the report
   */
  Report(
      Comparison comparison,
      String ours,
      List<String> theirs,
      List<Verdict> verdicts,
      Map<String, String> about) {
    this.comparison = comparison;
    this.ours = ours;
    this.theirs = theirs;
    this.about = about;
    this.verdicts = verdicts;
  }

  String markdown() {
    String peers = String.join(" and ", theirs);
    StringBuilder out = new StringBuilder("# " + ours + " beside " + peers + "\n\n");
    about.forEach((k, v) -> out.append("* ").append(k).append(": ").append(v).append('\n'));
    out.append(
        "%nRatios are %s / %s within a round, median over rounds; below 1 is faster than %2$s.%n%n"
            .formatted(ours, theirs.size() == 1 ? peers : "the best of its peers in that row"));
    times(out);
    figures(out);
    bars(out);
    sums(out);
    return out.toString();
  }

  private void times(StringBuilder out) {
    out.append("| work | n |");
    theirs.forEach(peer -> out.append(" %s s (CPU) |".formatted(peer)));
    out.append(" %s s (CPU) |%s ratio CPU | ratio wall |%n".formatted(ours, best(" best peer |")));
    out.append("|---|---:|%s---:|%s---:|---:|%n".formatted(columns("---:|"), best("---|")));
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
            "| **%s, geometric mean of %d** | |%s |%s **%.2f** | **%.2f** |%n"
                .formatted(
                    group.title,
                    members.size(),
                    columns(" |"),
                    best(" |"),
                    Bars.cpuMean(members),
                    Bars.wallMean(members)));
      }
    }
    comparison.build().ifPresent(row -> line(out, row));
  }

  /** A piece of a table's line for each peer. */
  private String columns(String piece) {
    return piece.repeat(theirs.size());
  }

  /** What a line has only if there are several peers. */
  private String best(String piece) {
    return theirs.size() == 1 ? "" : piece;
  }

  private void line(StringBuilder out, Comparison.Row row) {
    out.append("| %s | %s |".formatted(row.name(), row.n() == 1 ? "" : Long.toString(row.n())));
    row.beside().values().forEach(t -> out.append(" %.3f |".formatted(t.cpu().theirs())));
    Comparison.Times times = row.times();
    out.append(
        " %.3f |%s %.2f | %.2f |%n"
            .formatted(
                times.cpu().ours(),
                best(" " + row.peer() + " |"),
                times.cpu().ratio(),
                times.wall().ratio()));
  }

  /** What is no time of a workload. */
  private Map<String, Comparison.Figure> figures() {
    Map<String, Comparison.Figure> figures = new LinkedHashMap<>();
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
    Map<String, Comparison.Figure> figures = figures();
    if (figures.isEmpty()) {
      return;
    }
    out.append("\n| figure |");
    theirs.forEach(peer -> out.append(" %s | ratio |".formatted(peer)));
    out.append(" %s |%n|---|%s---:|%n".formatted(ours, columns("---:|---:|")));
    figures.forEach((what, figure) -> {
      out.append("| %s |".formatted(what));
      figure
          .beside()
          .values()
          .forEach(r -> out.append(" %s | %.2f |".formatted(digits(r.theirs()), r.ratio())));
      out.append(" %s |%n".formatted(digits(figure.ours())));
    });
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
          "%nSums compared at equal n, and equal on all machines: %d.%n".formatted(compared));
    }
  }

  void json(Path file) throws IOException {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("about", about);
    if (comparison.has(Part.BOOT)) {
      document.put("boot", document(comparison.boot()));
      document.put("bootAndPowerOff", document(comparison.bootAndPowerOff()));
    }
    Map<String, Object> workloads = new LinkedHashMap<>();
    comparison.workloads().forEach((name, row) -> workloads.put(name, document(row)));
    document.put("workloads", workloads);
    comparison.build().ifPresent(row -> document.put("build", document(row)));
    document.put("figures", figures());
    document.put("bars", verdicts.stream().map(Verdict::document).toList());
    document.put("allBarsHold", verdicts.stream().allMatch(Verdict::holds));
    document.put("sumsCompared", comparison.compared());
    document.put("sumsDiffer", comparison.differences());
    new ObjectMapper()
        .enable(SerializationFeature.INDENT_OUTPUT)
        .writeValue(file.toFile(), document);
  }

  private static Map<String, Object> document(Comparison.Row row) {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("name", row.name());
    document.put("n", row.n());
    document.put("bestPeer", row.peer());
    document.put("ratio", row.worse());
    document.put("beside", row.beside());
    return document;
  }
}
