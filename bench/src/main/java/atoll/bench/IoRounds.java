package atoll.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What both machines did with their disks in each round, and the ratios that follow. */
final class IoRounds {
  /** What each ratio of throughput, and their mean, must be at least. */
  private static final double EACH = 1.2;

  private static final double MEAN = 1.5;

  /**
   * A job on a disk of one format; medians over the rounds.
   *
   * @param unit of the throughputs
   * @param ratio ours over theirs within a round
   * @param cpu the same of the host's CPU time for each request
   */
  record Row(
      String format,
      String job,
      String unit,
      double ours,
      double theirs,
      double ratio,
      double cpu) {}

  private record Key(IoFormat format, IoJob job) {}

  private record Pair(GuestRun.Workload ours, GuestRun.Workload theirs) {}

  private final Map<Key, List<Pair>> rounds = new LinkedHashMap<>();

  /** Adds a round of some jobs on disks of one format. */
  void add(IoFormat format, List<String> jobs, GuestRun ours, GuestRun theirs) {
    for (IoJob job : IoJob.values()) {
      if (jobs.contains(job.key())) {
        rounds
            .computeIfAbsent(new Key(format, job), none -> new ArrayList<>())
            .add(new Pair(ours.workloads().get(job.key()), theirs.workloads().get(job.key())));
      }
    }
  }

  List<Row> rows() {
    return rounds.entrySet().stream().map(e -> row(e.getKey(), e.getValue())).toList();
  }

  private static Row row(Key key, List<Pair> pairs) {
    IoJob job = key.job;
    return new Row(
        key.format.key(),
        job.title,
        job.requests ? "requests/s" : "MiB/s",
        median(pairs, pair -> job.throughput(pair.ours)),
        median(pairs, pair -> job.throughput(pair.theirs)),
        median(pairs, pair -> job.throughput(pair.ours) / job.throughput(pair.theirs)),
        median(pairs, pair -> cpu(job, pair.ours) / cpu(job, pair.theirs)));
  }

  /** CPU seconds of the host by what was done; the start of fio is in it. */
  private static double cpu(IoJob job, GuestRun.Workload done) {
    return done.cost().cpu() / done.cost().wall() / job.throughput(done);
  }

  @FunctionalInterface
  private interface Figure {
    double of(Pair pair);
  }

  private static double median(List<Pair> pairs, Figure figure) {
    return Statistics.median(pairs.stream().map(figure::of).toList());
  }

  /** The bars; the mean is judged only if every job ran on every format. */
  static List<Verdict> judge(List<Row> rows) {
    double worst = rows.stream().mapToDouble(Row::ratio).min().orElse(Double.NaN);
    List<String> misses =
        rows.stream()
            .filter(row -> !(row.ratio >= EACH))
            .map(row -> "%s %s %.2f".formatted(row.format, row.job, row.ratio))
            .toList();
    List<Verdict> verdicts = new ArrayList<>();
    verdicts.add(new Verdict("each of " + rows.size(), worst, EACH, true, "", misses));
    if (rows.size() == IoJob.values().length * IoFormat.values().length) {
      double mean = Statistics.geometricMean(rows.stream().map(Row::ratio).toList());
      verdicts.add(Verdict.atLeast("geometric mean", mean, MEAN));
    }
    return verdicts;
  }
}
