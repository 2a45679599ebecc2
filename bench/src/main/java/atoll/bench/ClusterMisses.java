package atoll.bench;

import atoll.host.Clock;
import atoll.kernel.PlatformStatistics;
import atoll.testkit.TestSystem;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * How many of its periods the instrument cluster of an example misses, while the other machines
 * rest and while they load what it shares with them.
 */
@Command(
    name = "cluster",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = "Counts the periods of 1 ms that an example's cluster misses; prints Markdown.")
final class ClusterMisses extends Measurement {
  private static final Duration LIMIT = Duration.ofMinutes(10);
  private static final String CLUSTER = "cluster";
  private static final String PROMPT = ":~# ";
  private static final int PERIODS_A_LINE = 1_000;
  private static final double BAR = 0.1;

  /** A line that the cluster prints each second of its own. */
  private static final Pattern LINE = Pattern.compile("cluster: .*; (\\d+) loops, .*missed (\\d+)");

  /** An example, and what loads it. */
  private record Example(String busiest, List<String> linux, String load) {}

  private static final Map<String, Example> EXAMPLES =
      Map.of(
          "acrn",
          new Example("service", List.of("infotainment", "rear-seat"), "busy &"),
          "cockpit",
          new Example(
              "infotainment",
              List.of("infotainment"),
              "yes >/dev/null & while :; do coolant >/dev/null; done &"));

  /** What the cluster has told of so far. */
  private record Told(long lines, long loops, long late) {
    /** Loops that began in their own period. */
    long punctual() {
      return loops - late;
    }
  }

  @Parameters(
      arity = "0..1",
      defaultValue = "acrn",
      description =
          "acrn: the service VM's disk is read without rest; cockpit: the cluster's thermometer is,"
              + " by Linux with a busy CPU (${DEFAULT-VALUE})")
  private String example;

  @Option(
      names = "--seconds",
      defaultValue = "30",
      description = "at rest, and again under load (${DEFAULT-VALUE})")
  private int seconds;

  public static void main(String[] args) {
    System.exit(new CommandLine(new ClusterMisses()).execute(args));
  }

  @Override
  int measure() throws IOException, InterruptedException {
    Example of = chosen();
    if (seconds < 1) {
      throw new IllegalArgumentException("--seconds must be at least 1, not " + seconds);
    }
    try (TestSystem system =
        TestSystem.start(root.resolve("examples").resolve(example + ".yaml"))) {
      for (String vm : of.linux()) {
        system.console(vm).await(PROMPT, LIMIT);
      }
      System.out.printf(
          "| %s, %d s each | periods | missed | of all | CPU of %s | other processes |%n|---|---:|---:|---:|---:|---:|%n",
          example, seconds, of.busiest());
      double rest = row("at rest", system, of);
      for (String vm : of.linux()) {
        system.console(vm).type(of.load() + "\n");
      }
      settle(system);
      double loaded = row("loaded", system, of);
      System.out.printf(
          "%n%s: %.3f %% at rest, %.3f %% loaded; the bar is %.1f %%%n",
          loaded <= BAR ? "kept" : "missed", rest, loaded, BAR);
      return 0;
    } catch (AssertionError e) { // which has what a guest printed last
      throw new IOException(e.getMessage(), e);
    }
  }

  private Example chosen() {
    Example of = EXAMPLES.get(example);
    if (of == null) {
      throw new IllegalArgumentException(
          "there is no example '%s' with a cluster; choose acrn or cockpit".formatted(example));
    }
    return of;
  }

  /** Code of the load is translated, which is not what is to be measured. */
  private void settle(TestSystem system) throws InterruptedException {
    Told now = told(system);
    await(system, now.lines + 5);
  }

  private double row(String what, TestSystem system, Example of)
      throws IOException, InterruptedException {
    await(system, told(system).lines + 1); // from the beginning of a second on
    Told before = told(system);
    PlatformStatistics then = system.statistics().platform();
    double others = HostNoise.busySeconds() - HostNoise.ownSeconds();
    long start = Clock.host().nanos();
    await(system, before.lines + seconds);
    Told after = told(system);
    PlatformStatistics now = system.statistics().platform();
    double span = (Clock.host().nanos() - start) / 1e9;
    others = HostNoise.busySeconds() - HostNoise.ownSeconds() - others;
    long periods = (after.lines - before.lines) * PERIODS_A_LINE;
    long missed = Math.max(0, periods - (after.punctual() - before.punctual()));
    double percent = 100.0 * missed / periods;
    System.out.printf(
        "| %s | %,d | %,d | %.3f %% | %.0f %% | %.2f CPUs |%n",
        what,
        periods,
        missed,
        percent,
        100 * now.share(of.busiest() + "/cpu0", then),
        others / span);
    return percent;
  }

  /** Until the cluster has printed so many lines. */
  private static void await(TestSystem system, long lines) throws InterruptedException {
    long end = Clock.host().nanos() + LIMIT.toNanos();
    while (told(system).lines < lines) {
      if (Clock.host().nanos() > end) {
        throw new AssertionError("the cluster prints nothing: " + system.console(CLUSTER).text());
      }
      Thread.sleep(20);
    }
  }

  private static Told told(TestSystem system) {
    Matcher line = LINE.matcher(system.console(CLUSTER).text());
    List<Told> all = new ArrayList<>(List.of(new Told(0, 0, 0)));
    while (line.find()) {
      all.add(new Told(all.size(), Long.parseLong(line.group(1)), Long.parseLong(line.group(2))));
    }
    return all.getLast();
  }
}
