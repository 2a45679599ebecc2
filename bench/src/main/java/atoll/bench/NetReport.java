package atoll.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/**
 * What {@code bench/net} has measured, for people (Markdown) and for programs (JSON).
 *
 * @param about what was measured and how, for the head of the report
 * @param work what was measured
 */
record NetReport(Map<String, String> about, List<NetWork> work, List<Round> rounds) {
  /**
   * What ran one after the other.
   *
   * @param ours a VM of Atoll, if anything was compared
   * @param theirs one of QEMU
   * @param pair two VMs of Atoll on a switch
   */
  record Round(Optional<GuestRun> ours, Optional<GuestRun> theirs, Optional<GuestRun> pair) {}

  /**
   * A figure of both, medians over the rounds; of Atoll alone if the others are not numbers.
   *
   * @param ratio the median of the ratios within a round
   * @param cost CPU seconds for a gigabyte or for a thousand answers
   * @param costRatio of those
   */
  record Row(
      String key,
      String title,
      double theirs,
      double ours,
      double ratio,
      double cost,
      double costRatio) {
    /** For programs: without what is not a number. */
    private Map<String, Object> document() {
      Map<String, Object> document = new LinkedHashMap<>();
      document.put("key", key);
      document.put("title", title);
      put(document, "qemu", theirs);
      put(document, "atoll", ours);
      put(document, "ratio", ratio);
      put(document, "cpuSeconds", cost);
      put(document, "cpuRatio", costRatio);
      return document;
    }

    private static void put(Map<String, Object> document, String key, double value) {
      if (!Double.isNaN(value)) {
        document.put(key, value);
      }
    }
  }

  private List<Row> rows() {
    return work.stream().map(this::row).toList();
  }

  private Row row(NetWork work) {
    return new Row(
        work.key,
        work.title,
        median(round -> work.compared() ? round.theirs.map(work::of) : Optional.empty()),
        median(round -> mine(round, work).map(work::of)),
        ratio(work, work::of),
        work == NetWork.IDLE ? Double.NaN : median(round -> mine(round, work).map(work::cost)),
        work == NetWork.IDLE ? Double.NaN : ratio(work, work::cost));
  }

  private static Optional<GuestRun> mine(Round round, NetWork work) {
    return work.compared() ? round.ours : round.pair;
  }

  private double ratio(NetWork work, ToDoubleFunction<GuestRun> figure) {
    if (!work.compared()) {
      return Double.NaN;
    }
    return median(round ->
        round.ours.map(
            ours -> figure.applyAsDouble(ours) / figure.applyAsDouble(round.theirs.orElseThrow())));
  }

  private double median(Function<Round, Optional<Double>> figure) {
    return Statistics.median(rounds.stream().map(figure).flatMap(Optional::stream).toList());
  }

  private List<Verdict> verdicts() {
    List<Verdict> verdicts = new ArrayList<>();
    for (Row row : rows()) {
      switch (NetWork.of(List.of(row.key)).getFirst()) {
        case UP -> verdicts.add(Verdict.atLeast("to the host beside QEMU", row.ratio, 1.5));
        case DOWN -> verdicts.add(Verdict.atLeast("from the host beside QEMU", row.ratio, 1.5));
        case LATENCY ->
            verdicts.add(Verdict.atMost("4 KiB and its answer beside QEMU", row.ratio, 0.8));
        case IDLE -> verdicts.add(Verdict.atMost("idle", row.ours, 0.5, " %"));
        case SWITCH ->
            verdicts.add(new Verdict("from VM to VM", row.ours, 3_000, true, " Mbit/s", List.of()));
      }
    }
    return verdicts;
  }

  String markdown() {
    StringBuilder out = new StringBuilder("# Networks\n\n");
    about.forEach((k, v) -> out.append("* ").append(k).append(": ").append(v).append('\n'));
    out.append(
        "\nMedians over rounds; a ratio is Atoll / QEMU within a round. CPU is of the whole process,"
            + " for a gigabyte or for 1,000 answers.\n\n");
    out.append("| | QEMU | Atoll | ratio | CPU s | ratio of CPU |\n");
    out.append("|---|---:|---:|---:|---:|---:|\n");
    for (Row row : rows()) {
      out.append(
          "| %s | %s | %s | %s | %s | %s |%n"
              .formatted(
                  row.title,
                  number(row.theirs),
                  number(row.ours),
                  number(row.ratio),
                  number(row.cost),
                  number(row.costRatio)));
    }
    return out.append(Verdict.table("bar", verdicts())).toString();
  }

  private static String number(double value) {
    return Double.isNaN(value) ? "" : (value < 100 ? "%.2f" : "%.0f").formatted(value);
  }

  void json(Path file) throws IOException {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("about", about);
    document.put("figures", rows().stream().map(Row::document).toList());
    document.put("bars", verdicts().stream().map(Verdict::document).toList());
    document.put("allBarsHold", verdicts().stream().allMatch(Verdict::holds));
    new ObjectMapper()
        .enable(SerializationFeature.INDENT_OUTPUT)
        .writeValue(file.toFile(), document);
  }
}
