package atoll.front;

import atoll.manager.MmuComparison;
import atoll.manager.MmuWorkload;
import java.util.List;
import java.util.Locale;

/** The times of a comparison of MMU techniques as bars, relative to the technique of auto. */
final class MmuReportChart {
  private static final int LEFT = 170;
  private static final int WIDTH = 760;
  private static final int BAR = 16;
  private static final int GAP = 14;
  private static final int TOP = 46;

  /** Room for a bar's number behind the longest one. */
  private static final int RIGHT = 120;

  /** Where longer bars are cut, so that the others can be told apart. */
  private static final double LONGEST = 4;

  /** Told apart by all kinds of eyes, on white and on black. */
  private static final List<String> COLOURS =
      List.of("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9");

  private final StringBuilder svg = new StringBuilder();
  private final MmuComparison comparison;
  private final double most;

  private MmuReportChart(MmuComparison comparison) {
    this.comparison = comparison;
    double longest = comparison.trials().stream().mapToDouble(this::ratio).max().orElse(1);
    most = Math.min(longest, LONGEST);
  }

  /** A whole SVG document. */
  static String of(MmuComparison comparison) {
    return new MmuReportChart(comparison).draw();
  }

  private double ratio(MmuComparison.Trial trial) {
    long first = comparison.first(trial.workload()).time().toNanos();
    return (double) trial.time().toNanos() / first;
  }

  private String draw() {
    int y = TOP;
    StringBuilder body = new StringBuilder();
    for (MmuWorkload workload : comparison.workloads()) {
      y = group(workload, y) + GAP;
    }
    body.append(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\"".formatted(WIDTH, y));
    body.append(" font-family=\"sans-serif\" font-size=\"12\" fill=\"#777\">\n");
    body.append(
        text(8, 22, "start", "Time under each MMU technique, auto = 1, on the " + engine()));
    return body.append(svg).append("</svg>\n").toString();
  }

  private String engine() {
    return comparison.engine();
  }

  /** Draws one workload's bars; returns where they end. */
  private int group(MmuWorkload workload, int top) {
    List<MmuComparison.Trial> trials =
        comparison.trials().stream().filter(trial -> trial.workload() == workload).toList();
    int middle = top + trials.size() * BAR / 2 + 4;
    svg.append(text(LEFT - 10, middle, "end", workload.title()));
    int y = top;
    for (int i = 0; i < trials.size(); i++) {
      MmuComparison.Trial trial = trials.get(i);
      boolean cut = ratio(trial) > most;
      long length = Math.round(Math.min(ratio(trial) / most, 1) * (WIDTH - LEFT - RIGHT));
      svg.append(
          "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"%s\"/>\n"
              .formatted(LEFT, y, length, BAR - 3, COLOURS.get(i % COLOURS.size())));
      String remark =
          String.format(Locale.ROOT, "%s%s %.2f", cut ? "… " : "", trial.technique(), ratio(trial));
      svg.append(text(LEFT + length + 6, y + 11, "start", remark));
      y += BAR;
    }
    return y;
  }

  private static String text(long x, int y, String anchor, String words) {
    return "<text x=\"%d\" y=\"%d\" text-anchor=\"%s\">%s</text>\n".formatted(x, y, anchor, words);
  }
}
