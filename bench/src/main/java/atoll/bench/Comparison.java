package atoll.bench;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/**
 * The rounds of one comparison and the ratios that follow. A ratio is ours over theirs within one
 * round, so that what disturbs the host for minutes disturbs both; the median is over rounds.
 */
final class Comparison {
  /** A quantity of both machines, median over the rounds; {@code ratio} is the median ratio. */
  record Ratio(double ours, double theirs, double ratio) {}

  /**
   * The two ratios that every bar is about.
   *
   * @param n the rounds of its loop that the times are for
   */
  record Row(String name, long n, Ratio cpu, Ratio wall) {
    double worse() {
      return Math.max(cpu.ratio, wall.ratio);
    }
  }

  private record Round(GuestRun ours, GuestRun theirs) {}

  private final Map<Part, List<Round>> rounds = new EnumMap<>(Part.class);
  private final List<String> differences = new ArrayList<>();
  private final Set<String> compared = new TreeSet<>();

  void add(Part part, GuestRun ours, GuestRun theirs) {
    rounds.computeIfAbsent(part, p -> new ArrayList<>()).add(new Round(ours, theirs));
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

  boolean has(Part part) {
    return rounds.containsKey(part);
  }

  Row boot() {
    return row("boot to user space", GuestRun::boot);
  }

  Row bootAndPowerOff() {
    return row("boot and power off", GuestRun::whole);
  }

  /** MiB resident when user space was reached. */
  Ratio residentAtBoot() {
    return ratio(Part.BOOT, r -> r.bootResidentKib() / 1024.0);
  }

  /** MiB resident at most, until the machine was off. */
  Ratio residentPeak() {
    return ratio(Part.BOOT, r -> r.peakResidentKib() / 1024.0);
  }

  /** Every workload of a group that ran, per round of its loop if n differs. */
  Map<String, Row> workloads() {
    Map<String, Row> rows = new LinkedHashMap<>();
    for (String name : Group.all()) {
      workload(Part.WORK, name).ifPresent(row -> rows.put(name, row));
    }
    return rows;
  }

  Optional<Row> build() {
    return workload(Part.BUILD, Part.BUILD.key);
  }

  /**
   * Nanoseconds for one MMIO exit, the worse of CPU and wall time; the loop around it is not in.
   */
  Optional<Ratio> mmioNanos() {
    return figure(Part.WORK, Part.MMIO, Comparison::mmioNanos);
  }

  private static double mmioNanos(GuestRun run) {
    GuestRun.Workload exits = run.workloads().get(Part.MMIO);
    GuestRun.Workload loop = run.workloads().get(Part.MMIO_LOOP);
    double reads = 1000.0; // in each round of either loop
    double wall = exits.cost().wall() / exits.n() - loop.cost().wall() / loop.n();
    double cpu = exits.cost().cpu() / exits.n() - loop.cost().cpu() / loop.n();
    return Math.max(wall, cpu) / reads * 1e9;
  }

  /** How many times the work of one busy process two of them do in the same time. */
  Optional<Ratio> twoHarts() {
    return figure(
        Part.HARTS,
        Part.BUSY_TWO,
        run ->
            2
                * run.workloads().get(Part.BUSY_ONE).cost().wall()
                / run.workloads().get(Part.BUSY_TWO).cost().wall());
  }

  /** Timer interrupts a second that the guest has seen, of 10,000. */
  Optional<Ratio> ticks() {
    return figure(
        Part.WORK,
        "timer10k",
        run -> {
          GuestRun.Workload timer = run.workloads().get("timer10k");
          return timer.events() / timer.cost().wall();
        });
  }

  private Optional<Ratio> figure(Part part, String workload, ToDoubleFunction<GuestRun> field) {
    boolean ran = has(part) && rounds.get(part).getFirst().ours.workloads().containsKey(workload);
    return ran ? Optional.of(ratio(part, field)) : Optional.empty();
  }

  private Optional<Row> workload(Part part, String name) {
    if (!has(part) || !rounds.get(part).getFirst().ours.workloads().containsKey(name)) {
      return Optional.empty();
    }
    Round first = rounds.get(part).getFirst();
    long n = first.ours.workloads().get(name).n();
    return Optional.of(
        new Row(
            name,
            n,
            ratio(part, run -> scaled(run, name, n, GuestRun.Cost::cpu)),
            ratio(part, run -> scaled(run, name, n, GuestRun.Cost::wall))));
  }

  /** What it would have cost to run n rounds. */
  private static double scaled(
      GuestRun run, String name, long n, ToDoubleFunction<GuestRun.Cost> field) {
    GuestRun.Workload workload = run.workloads().get(name);
    return field.applyAsDouble(workload.cost()) * n / workload.n();
  }

  private Row row(String name, Function<GuestRun, GuestRun.Cost> cost) {
    return new Row(
        name,
        1,
        ratio(Part.BOOT, r -> cost.apply(r).cpu()),
        ratio(Part.BOOT, r -> cost.apply(r).wall()));
  }

  private Ratio ratio(Part part, ToDoubleFunction<GuestRun> field) {
    List<Double> ours = new ArrayList<>();
    List<Double> theirs = new ArrayList<>();
    List<Double> ratios = new ArrayList<>();
    for (Round round : rounds.get(part)) {
      double mine = field.applyAsDouble(round.ours);
      double other = field.applyAsDouble(round.theirs);
      ours.add(mine);
      theirs.add(other);
      ratios.add(mine / other);
    }
    return new Ratio(Statistics.median(ours), Statistics.median(theirs), Statistics.median(ratios));
  }
}
