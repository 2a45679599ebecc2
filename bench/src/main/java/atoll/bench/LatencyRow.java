package atoll.bench;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * One situation of the probe and what was seen in it.
 *
 * @param place where Linux is; empty if the probe is alone
 * @param loaded whether Linux is busy
 */
record LatencyRow(
    Scheduler scheduler, Optional<Place> place, boolean loaded, ProbedSystem.Sample sample) {
  private static final double MILLISECOND = 1_000;

  /** Whether there is a bar for it: a wake-up within 1 ms at the 99.9th percentile. */
  boolean judged() {
    return scheduler == Scheduler.PRIORITY && place.filter(Place.SAME::equals).isPresent();
  }

  /** Of one that is {@link #judged}. */
  Verdict verdict() {
    return Verdict.atMost(
        "priority, beside %s on the same pCPU: p99.9".formatted(neighbour()),
        sample.wakeUps().percentile(0.999),
        MILLISECOND,
        " us");
  }

  /** Whom the probe has beside it. */
  String neighbour() {
    return place.isEmpty() ? "nobody" : loaded ? "a loaded Linux" : "an idle Linux";
  }

  /** For programs. */
  Map<String, Object> document() {
    WakeUps wakeUps = sample.wakeUps();
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("scheduler", scheduler.key);
    document.put("beside", place.isEmpty() ? "nothing" : loaded ? "loaded" : "idle");
    document.put("pcpu", place.map(p -> p.key).orElse("none"));
    document.put("wakeUps", wakeUps.total());
    document.put("missed", wakeUps.missed());
    document.put("p50Micros", wakeUps.percentile(0.5));
    document.put("p99Micros", wakeUps.percentile(0.99));
    document.put("p999Micros", wakeUps.percentile(0.999));
    document.put("maxMicros", wakeUps.max());
    document.put("probeShare", sample.probeShare());
    document.put("linuxShare", sample.linuxShare());
    document.put("histogramMicros", wakeUps.counts());
    return document;
  }
}
