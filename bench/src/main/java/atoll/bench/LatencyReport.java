package atoll.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What {@code bench/latency} has measured, for people (Markdown) and for programs (JSON).
 *
 * @param about what was measured and how, for the head of the report
 * @param host what a thread of the host does without any guest
 * @param windows what the dispatches of each cyclic board have shown, by where Linux was and when
 */
record LatencyReport(
    Map<String, String> about,
    WakeUps host,
    List<LatencyRow> rows,
    Map<String, WindowTrace.Findings> windows) {
  /** Microseconds beyond its window in which an exit from guest code may still be under way. */
  private static final int BOUND = 50;

  private static final int[] BOUNDS = {
    0, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, Integer.MAX_VALUE
  };

  List<Verdict> verdicts() {
    List<Verdict> verdicts = new ArrayList<>();
    rows.stream().filter(LatencyRow::judged).map(LatencyRow::verdict).forEach(verdicts::add);
    windows.forEach((when, findings) -> {
      String where = "cyclic, Linux on %s: ".formatted(when);
      String of = " of " + findings.dispatches();
      verdicts.add(
          Verdict.atMost(
              where + "began outside a window", (double) findings.begunOutside(), 0, of));
      verdicts.add(
          Verdict.atMost(
              where + "guest code %d us beyond a window, by itself".formatted(BOUND),
              (double) findings.byItself().from(BOUND),
              0,
              of));
    });
    return verdicts;
  }

  String markdown() {
    StringBuilder out = new StringBuilder("# Wake-up latency\n\n");
    about.forEach((k, v) -> out.append("* ").append(k).append(": ").append(v).append('\n'));
    percentiles(out);
    histograms(out);
    if (!windows.isEmpty()) {
      timetables(out);
    }
    if (!verdicts().isEmpty()) {
      out.append(Verdict.table("bar", verdicts()));
    }
    return out.toString();
  }

  private void percentiles(StringBuilder out) {
    out.append(
        "\nHow late the probe's 1 ms timer was served, in microseconds, by the guest's clock; ");
    out.append(
        "*missed* are periods that were over before it woke; CPU is of each one's pCPU. \n\n");
    out.append("| scheduler | beside | on pCPU | wake-ups | missed | p50 | p99 | p99.9 | max ");
    out.append(
        "| probe CPU | Linux CPU |\n|---|---|---|---:|---:|---:|---:|---:|---:|---:|---:|\n");
    percentiles(out, "a thread of the host |  |  |", host);
    out.append(" | |\n");
    for (LatencyRow row : rows) {
      percentiles(out, situation(row), row.sample().wakeUps());
      String linux = row.place().map(p -> percent(row.sample().linuxShare())).orElse("");
      out.append(" %s | %s |%n".formatted(percent(row.sample().probeShare()), linux));
    }
  }

  private static void percentiles(StringBuilder out, String situation, WakeUps w) {
    out.append(
        "| %s %d | %d | %.0f | %.0f | %.0f | %.0f |"
            .formatted(
                situation,
                w.total(),
                w.missed(),
                w.percentile(0.5),
                w.percentile(0.99),
                w.percentile(0.999),
                w.max()));
  }

  private static String situation(LatencyRow row) {
    return "%s | %s | %s |".formatted(row.scheduler().key, row.neighbour(), place(row));
  }

  private static String place(LatencyRow row) {
    return row.place().map(p -> p == Place.SAME ? "the same" : "the other").orElse("");
  }

  private static String percent(double share) {
    return "%.1f %%".formatted(100 * share);
  }

  private void histograms(StringBuilder out) {
    out.append("\nWake-ups by lateness in microseconds:\n\n| scheduler | beside | on pCPU |");
    for (int i = 0; i + 1 < BOUNDS.length; i++) {
      out.append(i + 2 == BOUNDS.length ? " more |" : " < %d |".formatted(BOUNDS[i + 1]));
    }
    out.append("\n|---|---|---|").append("---:|".repeat(BOUNDS.length - 1)).append('\n');
    histogram(out, "a thread of the host |  |  |", host);
    for (LatencyRow row : rows) {
      histogram(out, situation(row), row.sample().wakeUps());
    }
  }

  private static void histogram(StringBuilder out, String situation, WakeUps wakeUps) {
    out.append("| ").append(situation);
    for (int i = 0; i + 1 < BOUNDS.length; i++) {
      long count = wakeUps.between(BOUNDS[i], BOUNDS[i + 1]);
      out.append(count == 0 ? " |" : " %d |".formatted(count));
    }
    out.append('\n');
  }

  private void timetables(StringBuilder out) {
    out.append("\nThe cyclic frame is %d us: ".formatted(Scheduler.FRAME / 1_000));
    out.append(
        Scheduler.WINDOWS.stream()
            .map(w -> "%s %d+%d".formatted(w.domain(), w.offset() / 1_000, w.duration() / 1_000))
            .collect(Collectors.joining(", ")));
    out.append(". When each dispatch left guest code for the last time, in microseconds after ");
    out.append("the end of its window; *by itself* is what is left when the time that the host ");
    out.append("took from the thread is deducted; *monitor* are those that left guest code in ");
    out.append("time and then served an exit beyond the end, by itself:\n\n");
    out.append("| Linux on | | dispatches | began outside | in time |");
    int from = 0;
    for (int bound : Lateness.BOUNDS) {
      out.append(from == 0 ? " < %d |".formatted(bound) : " %d–%d |".formatted(from, bound));
      from = bound;
    }
    out.append(" more | worst | time: probe | Linux |\n|---|---|");
    out.append("---:|".repeat(Lateness.BOUNDS.length + 7)).append('\n');
    windows.forEach((when, f) -> {
      String shares =
          " %s | %s |%n"
              .formatted(
                  percent(share(f, ProbedSystem.PROBE)), percent(share(f, ProbedSystem.LINUX)));
      lateness(out, when, "by the clock", f, f.byClock(), shares);
      lateness(out, when, "by itself", f, f.byItself(), " | |\n");
      lateness(out, when, "monitor", f, f.monitor(), " | |\n");
    });
  }

  private static void lateness(
      StringBuilder out,
      String when,
      String kind,
      WindowTrace.Findings findings,
      Lateness.Snapshot late,
      String end) {
    out.append(
        "| %s | %s | %d | %d | %d |"
            .formatted(
                when,
                kind,
                findings.dispatches(),
                findings.begunOutside(),
                findings.dispatches() - late.total()));
    late.counts().forEach(n -> out.append(n == 0 ? " |" : " %d |".formatted(n)));
    out.append(" %.0f |".formatted(late.greatest() / 1e3)).append(end);
  }

  private static double share(WindowTrace.Findings findings, String domain) {
    return (double) findings.used().getOrDefault(domain, 0L) / findings.nanos();
  }

  void json(Path file) throws IOException {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("about", about);
    document.put("host", host);
    document.put("situations", rows.stream().map(LatencyRow::document).toList());
    document.put("windows", windows);
    document.put("bars", verdicts().stream().map(Verdict::document).toList());
    document.put("allBarsHold", verdicts().stream().allMatch(Verdict::holds));
    new ObjectMapper()
        .enable(SerializationFeature.INDENT_OUTPUT)
        .writeValue(file.toFile(), document);
  }
}
