package atoll.bench;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A bar and whether it holds.
 *
 * @param what is judged
 * @param got what was measured; of several, the worst
 * @param bar what it may be at most, or with {@code atLeast} must be at least
 * @param unit of both; empty for a ratio
 * @param misses those that the bar is about and that miss it, with what they got
 */
record Verdict(
    String what, double got, double bar, boolean atLeast, String unit, List<String> misses) {
  static Verdict atMost(String what, double got, double bar) {
    return new Verdict(what, got, bar, false, "", List.of());
  }

  static Verdict atMost(String what, double got, double bar, String unit) {
    return new Verdict(what, got, bar, false, unit, List.of());
  }

  static Verdict atLeast(String what, double got, double bar) {
    return new Verdict(what, got, bar, true, "", List.of());
  }

  /** One bar for each of {@code rows}. */
  static Verdict each(String what, List<Comparison.Row> rows, double bar) {
    double worst = rows.stream().mapToDouble(Comparison.Row::worse).max().orElse(Double.NaN);
    List<String> misses =
        rows.stream()
            .filter(row -> !(row.worse() <= bar))
            .map(row -> "%s %.2f".formatted(row.name(), row.worse()))
            .toList();
    return new Verdict(what, worst, bar, false, "", misses);
  }

  /** What is not a number holds no bar. */
  boolean holds() {
    return atLeast ? got >= bar : got <= bar;
  }

  /** What was asked for, such as {@code ≤ 0.50}. */
  String wanted() {
    return (atLeast ? "≥ " : "≤ ") + number(bar);
  }

  /** What was measured, with its unit. */
  String measured() {
    return number(got);
  }

  private String number(double value) {
    boolean whole = value >= 100 || !unit.isEmpty() && value == Math.rint(value);
    return (whole ? "%.0f" : "%.2f").formatted(value) + unit;
  }

  /** A table for people, in Markdown, and how many hold. */
  static String table(String title, List<Verdict> verdicts) {
    StringBuilder out =
        new StringBuilder("\n| " + title + " | wanted | got | |\n|---|---:|---:|---|\n");
    for (Verdict v : verdicts) {
      String misses = v.misses.isEmpty() ? "" : " by " + String.join(", ", v.misses);
      out.append(
          "| %s | %s | %s | %s |%n"
              .formatted(
                  v.what, v.wanted(), v.measured(), v.holds() ? "holds" : "**missed**" + misses));
    }
    long held = verdicts.stream().filter(Verdict::holds).count();
    out.append("%n%d of %d bars hold.%n".formatted(held, verdicts.size()));
    return out.toString();
  }

  /** The same for programs. */
  Map<String, Object> document() {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("what", what);
    document.put(atLeast ? "atLeast" : "atMost", bar);
    document.put("got", got);
    document.put("unit", unit.strip());
    document.put("holds", holds());
    document.put("misses", misses);
    return document;
  }
}
