package atoll.bench;

import atoll.bench.DriverRun.Cost;
import atoll.bench.DriverRun.Costs;
import atoll.bench.DriverRun.Part;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/** What comes of all rounds: medians as a table in Markdown, and as a chart. */
final class DriverReport {
  private static final int WIDTH = 760;
  private static final int LABEL = 130;
  private static final int BAR = 16;
  private static final int GAP = 6;
  private static final int HEAD = 30;
  private static final String[] COLOURS = {"#06c", "#e80", "#999"};

  private final Map<DriverKind, List<Costs>> all;

  DriverReport(Map<DriverKind, List<Costs>> all) {
    this.all = all;
  }

  /**
   * A line of the table.
   *
   * @param parts of which its number is the sum
   */
  private record Row(String title, Part part, List<ToDoubleFunction<Cost>> parts) {
    static Row of(String title, Part part, ToDoubleFunction<Cost> value) {
      return new Row(title, part, List.of(value));
    }

    List<Double> medians(List<Costs> rounds) {
      return parts.stream()
          .map(value ->
              Statistics.median(
                  rounds.stream()
                      .map(costs -> value.applyAsDouble(costs.parts().get(part)))
                      .toList()))
          .toList();
    }

    double median(List<Costs> rounds) {
      return medians(rounds).stream().mapToDouble(Double::doubleValue).sum();
    }
  }

  private static final Row LATENCY =
      Row.of(
          "4 KiB reads, one by one: µs",
          Part.SMALL,
          cost -> cost.seconds() * 1e6 / Part.SMALL.count);
  private static final Row READS =
      Row.of("1 MiB reads: MiB/s", Part.READ, cost -> Part.READ.count / cost.seconds());
  private static final Row WRITES =
      Row.of("1 MiB writes: MiB/s", Part.WRITE, cost -> Part.WRITE.count / cost.seconds());
  private static final Row CPU =
      new Row(
          "CPU of a 4 KiB read, µs: client, server, rest",
          Part.SMALL,
          List.of(
              cost -> cost.client() * 1e6 / Part.SMALL.count,
              cost -> cost.server() * 1e6 / Part.SMALL.count,
              cost -> cost.rest() * 1e6 / Part.SMALL.count));

  private static final List<Row> ROWS =
      List.of(
          LATENCY,
          READS,
          WRITES,
          Row.of(
              "exits of the client for a 4 KiB read",
              Part.SMALL,
              cost -> (double) cost.clientExits() / Part.SMALL.count),
          Row.of(
              "exits of the server for a 4 KiB read",
              Part.SMALL,
              cost -> (double) cost.serverExits() / Part.SMALL.count),
          Row.of(
              "exits of both for 1 MiB read",
              Part.READ,
              cost -> (double) (cost.clientExits() + cost.serverExits()) / Part.READ.count),
          party("client", 0),
          party("server", 1),
          party("the rest of Atoll", 2),
          Row.of(
              "CPU of all for 1 MiB read, µs",
              Part.READ,
              cost -> (cost.client() + cost.server() + cost.rest()) * 1e6 / Part.READ.count),
          Row.of(
              "CPU of all for 1 MiB written, µs",
              Part.WRITE,
              cost -> (cost.client() + cost.server() + cost.rest()) * 1e6 / Part.WRITE.count));

  private static Row party(String who, int index) {
    return Row.of(
        "CPU of %s for a 4 KiB read, µs".formatted(who), Part.SMALL, CPU.parts().get(index));
  }

  /** Medians, each with its ratio to the disk in the monitor if that was measured. */
  String table() {
    StringBuilder table = new StringBuilder("| median |");
    all.keySet().forEach(kind -> table.append(" ").append(kind.title).append(" |"));
    table.append("\n|---|").append("---:|".repeat(all.size())).append('\n');
    for (Row row : ROWS) {
      table.append("| ").append(row.title()).append(" |");
      all.forEach((kind, rounds) -> table.append(cell(row, kind, rounds)));
      table.append('\n');
    }
    return table.toString();
  }

  /** What it takes longer to ask another machine than the monitor, and the bars for that. */
  String way() {
    List<Costs> base = all.get(DriverKind.MONITOR);
    StringBuilder lines = new StringBuilder();
    all.forEach((kind, rounds) -> {
      if (base != null && kind.served()) {
        lines.append(
            "%s: a 4 KiB read takes %.1f µs more than in the monitor%n"
                .formatted(kind.title, LATENCY.median(rounds) - LATENCY.median(base)));
      }
    });
    return lines.toString();
  }

  private String cell(Row row, DriverKind kind, List<Costs> rounds) {
    double value = row.median(rounds);
    List<Costs> first = all.get(DriverKind.MONITOR);
    double base = first == null || kind == DriverKind.MONITOR ? 0 : row.median(first);
    String ratio = base == 0 || value == 0 ? "" : " (%.2f)".formatted(value / base);
    return (value < 100 ? " %.1f%s |" : " %,.0f%s |").formatted(value, ratio);
  }

  /** Bars, one panel for each of four lines. */
  String chart() {
    List<Row> rows = List.of(LATENCY, READS, WRITES, CPU);
    int panel = HEAD + all.size() * (BAR + GAP) + GAP;
    List<String> parts = new ArrayList<>();
    for (int n = 0; n < rows.size(); n++) {
      parts.add(panel(rows.get(n), n * panel));
    }
    int height = rows.size() * panel;
    return """
    <svg xmlns="http://www.w3.org/2000/svg" width="%1$d" height="%2$d" viewBox="0 0 %1$d %2$d" font-family="sans-serif" font-size="11">
    <rect width="100%%" height="100%%" fill="white"/>
    %3$s
    </svg>
    """
        .formatted(WIDTH, height, String.join("\n", parts));
  }

  private String panel(Row row, int top) {
    double most = all.values().stream().mapToDouble(row::median).max().orElse(1);
    StringBuilder panel =
        new StringBuilder(
            "<text x=\"8\" y=\"%d\" font-weight=\"bold\">%s</text>"
                .formatted(top + 20, row.title()));
    int y = top + HEAD;
    for (Map.Entry<DriverKind, List<Costs>> entry : all.entrySet()) {
      panel.append(bar(entry.getKey().title, row.medians(entry.getValue()), most, y));
      y += BAR + GAP;
    }
    return panel.toString();
  }

  private static String bar(String title, List<Double> values, double most, int y) {
    StringBuilder bar = new StringBuilder();
    bar.append(
        "\n<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text>"
            .formatted(LABEL - 6, y + 12, title));
    double x = LABEL;
    double sum = 0;
    for (int n = 0; n < values.size(); n++) {
      double width = (WIDTH - LABEL - 60) * values.get(n) / most;
      bar.append(
          "<rect x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"%s\"/>"
              .formatted(x, y, width, BAR, COLOURS[n]));
      x += width;
      sum += values.get(n);
    }
    return bar.append(
            (sum < 100
                    ? "<text x=\"%.1f\" y=\"%d\">%.1f</text>"
                    : "<text x=\"%.1f\" y=\"%d\">%,.0f</text>")
                .formatted(x + 5, y + 12, sum))
        .toString();
  }
}
