package atoll.bench;

import java.util.ArrayList;
import java.util.Comparator;
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
 * The rounds of one comparison with one or several peers, and the ratios that follow. A ratio is
 * ours over a peer's within one round, so that what disturbs the host for minutes disturbs both;
 * the median is over rounds.
 */
final class Comparison {
  /**
   * A quantity of ours and of a peer, median over the rounds; {@code ratio} is the median ratio.
   */
  record Ratio(double ours, double theirs, double ratio) {}

  /** The two ratios to one peer that every bar is about. */
  record Times(Ratio cpu, Ratio wall) {
    double worse() {
      return Math.max(cpu.ratio, wall.ratio);
    }
  }

  /**
   * What one piece of work took.
   *
   * @param n the rounds of its loop that the times are for
   * @param beside the times beside each peer, by its name; never empty
   */
  record Row(String name, long n, Map<String, Times> beside) {
    /** The peer that is hardest to beat at this: the worse of our two ratios to it is the worst. */
    String peer() {
      return beside.entrySet().stream()
          .max(Comparator.comparingDouble(entry -> entry.getValue().worse()))
          .orElseThrow()
          .getKey();
    }

    /** The times beside that peer. */
    Times times() {
      return beside.get(peer());
    }

    double worse() {
      return times().worse();
    }
  }

  /**
   * A quantity that is no time of a piece of work.
   *
   * @param beside the quantity beside each peer, by its name; never empty
   */
  record Figure(Map<String, Ratio> beside) {
    double ours() {
      return beside.values().iterator().next().ours;
    }

    /** The highest ratio to a peer: the worst where less is better. */
    double highest() {
      return beside.values().stream().mapToDouble(Ratio::ratio).max().orElseThrow();
    }
  }

  private record Round(GuestRun ours, Map<String, GuestRun> theirs) {}

  private final Map<Part, List<Round>> rounds = new EnumMap<>(Part.class);
  private final List<String> differences = new ArrayList<>();
  private final Set<String> compared = new TreeSet<>();

  /**
   * @param theirs the runs of the peers by name, the same ones in each round
   */
  void add(Part part, GuestRun ours, Map<String, GuestRun> theirs) {
    rounds.computeIfAbsent(part, p -> new ArrayList<>()).add(new Round(ours, theirs));
    theirs.forEach((peer, run) -> sums(ours, peer, run));
  }

  /** Compares the sums of what ran at equal n. */
  void sums(GuestRun ours, String peer, GuestRun theirs) {
    ours.workloads()
        .forEach((name, mine) -> {
          GuestRun.Workload other = theirs.workloads().get(name);
          if (other == null || mine.n() != other.n()) {
            return;
          }
          compared.add(name);
          if (!mine.sum().equals(other.sum())) {
            differences.add(
                "%s n=%d: %s here, %s on %s"
                    .formatted(name, mine.n(), mine.sum(), other.sum(), peer));
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
    return row(Part.BOOT, "boot to user space", 1, GuestRun::boot);
  }

  Row bootAndPowerOff() {
    return row(Part.BOOT, "boot and power off", 1, GuestRun::whole);
  }

  /** MiB resident when user space was reached. */
  Figure residentAtBoot() {
    return figure(Part.BOOT, r -> r.bootResidentKib() / 1024.0);
  }

  /** MiB resident at most, until the machine was off. */
  Figure residentPeak() {
    return figure(Part.BOOT, r -> r.peakResidentKib() / 1024.0);
  }

  /** Every workload of a group that ran, per round of its loop if n differs. */
  Map<String, Row> workloads() {
    Map<String, Row> rows = new LinkedHashMap<>();
    for (Group group : Group.values()) {
      for (String name : group.workloads) {
        workload(group.part, name).ifPresent(row -> rows.put(name, row));
      }
    }
    return rows;
  }

  Optional<Row> build() {
    return workload(Part.BUILD, Part.BUILD.key);
  }

  /**
   * Nanoseconds for one MMIO exit, the worse of CPU and wall time; the loop around it is not in.
   */
  Optional<Figure> mmioNanos() {
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
  Optional<Figure> twoHarts() {
    return figure(
        Part.HARTS,
        Part.BUSY_TWO,
        run ->
            2
                * run.workloads().get(Part.BUSY_ONE).cost().wall()
                / run.workloads().get(Part.BUSY_TWO).cost().wall());
  }

  /** Timer interrupts a second that the guest has seen, of 10,000. */
  Optional<Figure> ticks() {
    return figure(
        Part.WORK,
        "timer10k",
        run -> {
          GuestRun.Workload timer = run.workloads().get("timer10k");
          return timer.events() / timer.cost().wall();
        });
  }

  private Optional<Figure> figure(Part part, String workload, ToDoubleFunction<GuestRun> field) {
    return ran(part, workload) ? Optional.of(figure(part, field)) : Optional.empty();
  }

  private Figure figure(Part part, ToDoubleFunction<GuestRun> field) {
    return new Figure(beside(part, peer -> ratio(part, peer, field)));
  }

  private boolean ran(Part part, String workload) {
    return has(part) && rounds.get(part).getFirst().ours.workloads().containsKey(workload);
  }

  private Optional<Row> workload(Part part, String name) {
    if (!ran(part, name)) {
      return Optional.empty();
    }
    long n = rounds.get(part).getFirst().ours.workloads().get(name).n();
    return Optional.of(row(part, name, n, run -> scaled(run, name, n)));
  }

  /** What it would have cost to run n rounds. */
  private static GuestRun.Cost scaled(GuestRun run, String name, long n) {
    GuestRun.Workload workload = run.workloads().get(name);
    double times = (double) n / workload.n();
    return new GuestRun.Cost(workload.cost().wall() * times, workload.cost().cpu() * times);
  }

  private Row row(Part part, String name, long n, Function<GuestRun, GuestRun.Cost> cost) {
    return new Row(
        name,
        n,
        beside(
            part,
            peer ->
                new Times(
                    ratio(part, peer, run -> cost.apply(run).cpu()),
                    ratio(part, peer, run -> cost.apply(run).wall()))));
  }

  private <T> Map<String, T> beside(Part part, Function<String, T> ofPeer) {
    Map<String, T> beside = new LinkedHashMap<>();
    rounds.get(part).getFirst().theirs.keySet().forEach(p -> beside.put(p, ofPeer.apply(p)));
    return beside;
  }

  private Ratio ratio(Part part, String peer, ToDoubleFunction<GuestRun> field) {
    List<Double> ours = new ArrayList<>();
    List<Double> theirs = new ArrayList<>();
    List<Double> ratios = new ArrayList<>();
    for (Round round : rounds.get(part)) {
      double mine = field.applyAsDouble(round.ours);
      double other = field.applyAsDouble(round.theirs.get(peer));
      ours.add(mine);
      theirs.add(other);
      ratios.add(mine / other);
    }
    return new Ratio(Statistics.median(ours), Statistics.median(theirs), Statistics.median(ratios));
  }
}
