package atoll.bench;

import atoll.kernel.CyclicPolicy;
import atoll.kernel.CyclicPolicy.Window;
import atoll.kernel.DedicatedPolicy;
import atoll.kernel.FairPolicy;
import atoll.kernel.PriorityPolicy;
import atoll.kernel.RoundRobinPolicy;
import atoll.kernel.SchedulingPolicy;
import java.util.List;

/** A scheduling policy as {@code bench/latency} sets it up: with what a scenario has by default. */
enum Scheduler {
  DEDICATED("dedicated") {
    @Override
    SchedulingPolicy policy() {
      return new DedicatedPolicy();
    }
  },
  ROUND_ROBIN("round-robin") {
    @Override
    SchedulingPolicy policy() {
      return new RoundRobinPolicy(SLICE);
    }
  },
  FAIR("fair") {
    @Override
    SchedulingPolicy policy() {
      return new FairPolicy(SLICE);
    }
  },
  PRIORITY("priority") {
    @Override
    SchedulingPolicy policy() {
      return new PriorityPolicy();
    }
  },
  CYCLIC("cyclic") {
    @Override
    SchedulingPolicy policy() {
      return new CyclicPolicy(FRAME, WINDOWS);
    }
  };

  /** Nanoseconds after which {@link #CYCLIC} begins again: the probe's period. */
  static final long FRAME = 1_000_000;

  /** Who has which part of the frame; the last tenth belongs to nobody. */
  static final List<Window> WINDOWS =
      List.of(
          new Window(ProbedSystem.PROBE, 0, 300_000),
          new Window(ProbedSystem.LINUX, 300_000, 600_000));

  private static final long SLICE = 4_000_000;

  /** What {@code --only} calls it. */
  final String key;

  Scheduler(String key) {
    this.key = key;
  }

  /** A policy object for one physical CPU. */
  abstract SchedulingPolicy policy();

  /** Whether both machines can be there. */
  boolean admits(Place place) {
    return this != DEDICATED || place != Place.SAME;
  }
}
