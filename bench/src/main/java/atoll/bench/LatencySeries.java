package atoll.bench;

import atoll.engine.Engine;
import atoll.testkit.LinuxGuest;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Brings the probe into one situation after the other and keeps what it has measured. */
final class LatencySeries {
  /** For code to become hot, and for Linux to come to rest, or under load. */
  private static final Duration SETTLING = Duration.ofSeconds(2);

  private final Engine engine;
  private final LinuxGuest guest;
  private final Load load;
  private final Optional<Path> image;
  private final Duration span;
  private final List<LatencyRow> rows = new ArrayList<>();
  private final Map<String, WindowTrace.Findings> windows = new LinkedHashMap<>();

  /**
   * @param image the disk that the load needs
   * @param span of each situation
   */
  LatencySeries(Engine engine, LinuxGuest guest, Load load, Optional<Path> image, Duration span) {
    this.engine = engine;
    this.guest = guest;
    this.load = load;
    this.image = image;
    this.span = span;
  }

  /** Each place on a board of its own; the probe alone on the first of them. */
  void measure(Scheduler scheduler, List<Place> places) throws IOException, InterruptedException {
    for (Place place : places) {
      try (ProbedSystem system = new ProbedSystem(engine, scheduler)) {
        Thread.sleep(SETTLING);
        if (place == places.getFirst()) {
          add(system, scheduler, Optional.empty(), false);
        }
        measure(system, scheduler, place);
      }
    }
  }

  private void measure(ProbedSystem system, Scheduler scheduler, Place place)
      throws IOException, InterruptedException {
    system.addLinux(guest, place, load, image);
    Thread.sleep(SETTLING);
    add(system, scheduler, Optional.of(place), false);
    note(system, scheduler, place, "since power-on");
    system.loadLinux(load);
    Thread.sleep(SETTLING);
    note(system, scheduler, place, "load begins");
    add(system, scheduler, Optional.of(place), true);
    note(system, scheduler, place, "under load");
  }

  /** Keeps what has been traced, and begins again. */
  private void note(ProbedSystem system, Scheduler scheduler, Place place, String when) {
    if (scheduler == Scheduler.CYCLIC) {
      windows.put("the %s, %s".formatted(place.key, when), system.windows());
      system.traceAnew();
    }
  }

  private void add(ProbedSystem system, Scheduler scheduler, Optional<Place> place, boolean loaded)
      throws InterruptedException {
    LatencyRow row = new LatencyRow(scheduler, place, loaded, system.watch(span));
    System.err.printf("%s, %s%n", scheduler.key, row.neighbour());
    rows.add(row);
  }

  /** What was measured, in the order of measurement. */
  List<LatencyRow> rows() {
    return List.copyOf(rows);
  }

  /** What the dispatches under the cyclic scheduler have shown, by where Linux was, and when. */
  Map<String, WindowTrace.Findings> windows() {
    return windows;
  }
}
