package atoll.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.ToDoubleFunction;

/**
 * The rounds of one comparison and the ratios that follow. A ratio is ours over theirs within one
 * round, so that what disturbs the host for minutes disturbs both; the median is over rounds.
 */
final class Comparison {
  /** A quantity of both machines, median over the rounds; {@code ratio} is the median ratio. */
  record Ratio(double ours, double theirs, double ratio) {}

  /** The two ratios that every bar is about. */
  record Row(String name, long n, Ratio cpu, Ratio wall) {
    double worse() {
      return Math.max(cpu.ratio, wall.ratio);
    }
  }

  private record Round(GuestRun ours, GuestRun theirs) {}

  private final List<Round> boots = new ArrayList<>();
  private final List<Round> works = new ArrayList<>();
  private final List<String> differences = new ArrayList<>();
  private final Set<String> compared = new TreeSet<>();

  void boot(GuestRun ours, GuestRun theirs) {
    boots.add(new Round(ours, theirs));
  }

  void work(GuestRun ours, GuestRun theirs) {
    works.add(new Round(ours, theirs));
    sums(ours, theirs);
  }

  /** Compares the sums of what ran at equal n. */
  void sums(GuestRun ours, GuestRun theirs) {
    ours.workloads()
        .forEach((name, mine) -> {
          GuestRun.Workload other = theirs.workloads().get(name);
          if (other == null || mine.n() != other.n()) {
            return;
          }
          compared.add(name);
          if (!mine.sum().equals(other.sum())) {
            differences.add(
                "%s n=%d: %s here, %s there".formatted(name, mine.n(), mine.sum(), other.sum()));
          }
        });
  }

  /** Workloads whose sums differ at equal n: a wrong machine, whatever its speed. */
  List<String> differences() {
    return differences;
  }

  /** The workloads whose sums could be compared. */
  Set<String> compared() {
    return compared;
  }

  int bootRounds() {
    return boots.size();
  }

  int workRounds() {
    return works.size();
  }

  Row bootRow() {
    return row("boot to user space", boots, GuestRun::boot);
  }

  Row wholeRow() {
    return row("boot and power off", boots, GuestRun::whole);
  }

  Ratio resident() {
    return ratio(boots, r -> r.peakResidentKib() / 1024.0);
  }

  /** Every workload that ran on both machines, per round of its loop if n differs. */
  Map<String, Row> workRows() {
    Map<String, Row> rows = new LinkedHashMap<>();
    for (String name : Group.all()) {
      List<Round> both =
          works.stream()
              .filter(r ->
                  r.ours.workloads().containsKey(name) && r.theirs.workloads().containsKey(name))
              .toList();
      if (!both.isEmpty()) {
        GuestRun.Workload mine = both.getFirst().ours.workloads().get(name);
        GuestRun.Workload other = both.getFirst().theirs.workloads().get(name);
        double scale = (double) mine.n() / other.n(); // theirs as if it had run our n
        rows.put(
            name,
            new Row(
                name,
                mine.n(),
                ratio(both, name, scale, c -> c.cpu()),
                ratio(both, name, scale, c -> c.wall())));
      }
    }
    return rows;
  }

  private static Ratio ratio(
      List<Round> rounds, String name, double scale, ToDoubleFunction<GuestRun.Cost> field) {
    List<Double> ours = new ArrayList<>();
    List<Double> theirs = new ArrayList<>();
    for (Round r : rounds) {
      ours.add(field.applyAsDouble(r.ours.workloads().get(name).cost()));
      theirs.add(field.applyAsDouble(r.theirs.workloads().get(name).cost()) * scale);
    }
    return ratio(ours, theirs);
  }

  private interface CostOf {
    GuestRun.Cost of(GuestRun run);
  }

  private static Row row(String name, List<Round> rounds, CostOf cost) {
    return new Row(
        name, 1, ratio(rounds, r -> cost.of(r).cpu()), ratio(rounds, r -> cost.of(r).wall()));
  }

  private static Ratio ratio(List<Round> rounds, ToDoubleFunction<GuestRun> field) {
    return ratio(
        rounds.stream().map(r -> field.applyAsDouble(r.ours)).toList(),
        rounds.stream().map(r -> field.applyAsDouble(r.theirs)).toList());
  }

  private static Ratio ratio(List<Double> ours, List<Double> theirs) {
    List<Double> ratios = new ArrayList<>();
    for (int i = 0; i < ours.size(); i++) {
      ratios.add(ours.get(i) / theirs.get(i));
    }
    return new Ratio(Statistics.median(ours), Statistics.median(theirs), Statistics.median(ratios));
  }
}
