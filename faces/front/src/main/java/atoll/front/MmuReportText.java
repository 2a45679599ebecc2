package atoll.front;

import atoll.engine.MmuStatistics;
import atoll.manager.MmuComparison;
import atoll.manager.MmuWorkload;
import atoll.scenario.MmuTechniques;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** A comparison of MMU techniques as a table in Markdown, which is for persons, too. */
final class MmuReportText {
  private static final List<String> HEADER =
      List.of(
          "workload",
          "technique",
          "ms",
          "beside auto",
          "exits",
          "TLB misses",
          "fills",
          "table walks",
          "references a miss",
          "KiB of tables",
          "flushes");

  /** Columns of words; numbers line up at the right. */
  private static final int WORDS = 2;

  private MmuReportText() {}

  static String of(MmuComparison comparison) {
    List<List<String>> rows = new ArrayList<>(List.of(HEADER));
    for (MmuComparison.Trial trial : comparison.trials()) {
      rows.add(row(trial, comparison.first(trial.workload())));
    }
    StringBuilder text = new StringBuilder();
    text.append("MMU techniques on the %s\n\n".formatted(comparison.engine()));
    for (int i = 0; i < rows.size(); i++) {
      line(text, rows, rows.get(i));
      if (i == 0) {
        rule(text, rows);
      }
    }
    text.append('\n');
    comparison.workloads().forEach(workload -> exits(text, comparison, workload));
    comparison.workloads().forEach(workload -> missing(text, workload));
    return text.toString();
  }

  private static List<String> row(MmuComparison.Trial trial, MmuComparison.Trial first) {
    MmuStatistics mmu = trial.mmu();
    double ratio = (double) trial.time().toNanos() / first.time().toNanos();
    return List.of(
        trial.equals(first) ? trial.workload().title() : "",
        trial.technique(),
        "%,.0f".formatted(trial.time().toNanos() / 1e6),
        "%.2f".formatted(ratio),
        "%,d".formatted(mmu.allExits()),
        "%,d".formatted(mmu.misses()),
        "%,d".formatted(mmu.fills()),
        "%,d".formatted(mmu.walks()),
        "%.2f".formatted(mmu.referencesPerMiss()),
        "%,d".formatted(mmu.tableBytes() >> 10),
        "%,d".formatted(mmu.flushes()));
  }

  /** The causes of the exits, where there are any. */
  private static void exits(StringBuilder text, MmuComparison comparison, MmuWorkload workload) {
    for (MmuComparison.Trial trial : comparison.trials()) {
      if (trial.workload() == workload && trial.mmu().allExits() > 0) {
        String causes =
            trial.mmu().exits().entrySet().stream()
                .filter(cause -> cause.getValue() > 0)
                .map(MmuReportText::cause)
                .collect(Collectors.joining(", "));
        text.append("- %s, %s: %s\n".formatted(workload.title(), trial.technique(), causes));
      }
    }
  }

  /** What cannot be compared. */
  private static void missing(StringBuilder text, MmuWorkload workload) {
    for (String technique : MmuTechniques.names()) {
      if (!workload.runsUnder(technique)) {
        text.append(
            "- %s, %s: not run, since its kernel does not register its page tables\n"
                .formatted(workload.title(), technique));
      }
    }
  }

  private static String cause(Map.Entry<String, Long> cause) {
    return "%,d for %s".formatted(cause.getValue(), cause.getKey());
  }

  private static void line(StringBuilder text, List<List<String>> rows, List<String> cells) {
    text.append('|');
    for (int column = 0; column < cells.size(); column++) {
      String padding = " ".repeat(width(rows, column) - cells.get(column).length());
      String cell = cells.get(column);
      text.append(column < WORDS ? " " + cell + padding : " " + padding + cell).append(" |");
    }
    text.append('\n');
  }

  private static void rule(StringBuilder text, List<List<String>> rows) {
    text.append('|');
    for (int column = 0; column < HEADER.size(); column++) {
      String dashes = "-".repeat(width(rows, column) + 1);
      text.append(column < WORDS ? dashes + "-|" : dashes + ":|");
    }
    text.append('\n');
  }

  private static int width(List<List<String>> rows, int column) {
    return rows.stream().mapToInt(row -> row.get(column).length()).max().orElseThrow();
  }
}
