package atoll.bench;

import atoll.engine.Engine;
import atoll.host.Clock;
import atoll.testkit.Engines;
import atoll.testkit.LinuxGuest;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * How late a real-time guest wakes up alone, beside an idle Linux and beside a loaded one, on the
 * other physical CPU and on its own, under each scheduler.
 */
@Command(
    name = "latency",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = "Measures wake-up latency under each scheduler; prints Markdown.")
final class Latency extends Measurement {

  @Option(
      names = "--seconds",
      defaultValue = "5",
      description = "of each situation: a thousand wake-ups each (${DEFAULT-VALUE})")
  private int seconds;

  @Option(
      names = "--only",
      split = ",",
      description =
          "schedulers: dedicated, round-robin, fair, priority, cyclic; where Linux is: other, same."
              + " If absent, all")
  private List<String> only = List.of();

  @Option(
      names = "--load",
      defaultValue = "stress-ng",
      description = "stress-ng, which needs bench/build-image, or busybox (${DEFAULT-VALUE})")
  private String load;

  @Option(names = "--json", description = "also write the figures there")
  private Path json;

  public static void main(String[] args) {
    System.exit(new CommandLine(new Latency()).execute(args));
  }

  @Override
  int measure() throws IOException, InterruptedException {
    try {
      return report();
    } catch (AssertionError e) { // which has what a guest printed last
      throw new IOException(e.getMessage(), e);
    }
  }

  private int report() throws IOException, InterruptedException {
    requireKnown();
    Set<Scheduler> schedulers = chosen(Scheduler.class, s -> s.key);
    Set<Place> places = chosen(Place.class, p -> p.key);
    Engine runs = engine == null ? Engines.shipped().getLast() : Engines.shipped(engine);
    Load busy = Load.named(load);
    LinuxGuest guest =
        LinuxGuest.find()
            .orElseThrow(
                () -> new IOException("no Debian kernel in the cache; try: ./atoll fetch"));
    LatencySeries series =
        new LatencySeries(runs, guest, busy, image(busy), Duration.ofSeconds(seconds));
    Map<String, String> about = about(runs, busy, guest);
    double others = HostNoise.busySeconds() - HostNoise.ownSeconds();
    Clock clock = Clock.host();
    long start = clock.nanos();
    WakeUps host = HostNoise.ofThread(Duration.ofSeconds(seconds));
    for (Scheduler scheduler : schedulers) {
      series.measure(scheduler, places.stream().filter(scheduler::admits).toList());
    }
    others = HostNoise.busySeconds() - HostNoise.ownSeconds() - others;
    about.put(
        "other processes meanwhile",
        "%.2f CPUs on average".formatted(others * 1e9 / (clock.nanos() - start)));
    LatencyReport report = new LatencyReport(about, host, series.rows(), series.windows());
    System.out.println(report.markdown());
    if (json != null) {
      report.json(json);
    }
    return 0;
  }

  /** Those of one kind that {@code --only} names; all if it names none. */
  private <E extends Enum<E>> Set<E> chosen(Class<E> kind, Function<E, String> key) {
    Set<E> named = EnumSet.noneOf(kind);
    EnumSet.allOf(kind).stream().filter(e -> only.contains(key.apply(e))).forEach(named::add);
    return named.isEmpty() ? EnumSet.allOf(kind) : named;
  }

  private void requireKnown() {
    Set<String> words = new LinkedHashSet<>();
    EnumSet.allOf(Scheduler.class).forEach(s -> words.add(s.key));
    EnumSet.allOf(Place.class).forEach(p -> words.add(p.key));
    for (String word : only) {
      if (!words.contains(word)) {
        throw new IllegalArgumentException(
            "nothing is called '%s'; there are %s".formatted(word, String.join(", ", words)));
      }
    }
    if (seconds < 1) {
      throw new IllegalArgumentException("--seconds must be at least 1, not " + seconds);
    }
  }

  private Optional<Path> image(Load busy) throws IOException {
    if (busy.image.isEmpty()) {
      return Optional.empty();
    }
    Path script = root.resolve("bench/build-image");
    try {
      return Optional.of(Path.of(Subprocess.output(script, busy.image.get()).strip()));
    } catch (IOException e) {
      throw new IOException(e.getMessage() + "; --load busybox needs no disk", e);
    }
  }

  private Map<String, String> about(Engine runs, Load busy, LinuxGuest guest) throws IOException {
    Map<String, String> about = new LinkedHashMap<>();
    about.put("date", HostFacts.today());
    about.put("commit", HostFacts.commit(root));
    about.put("engine", runs.name());
    about.put("host", HostFacts.host());
    about.put("host's load before", HostFacts.load());
    about.put("probe", "guests/latency, period 1 ms, %d s of each situation".formatted(seconds));
    about.put(
        "Linux",
        "1 hart, 256 MiB, %s; load: %s"
            .formatted(guest.kernel().getParent().getFileName(), busy.key));
    return about;
  }
}
