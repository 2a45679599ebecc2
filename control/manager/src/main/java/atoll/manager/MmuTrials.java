package atoll.manager;

import atoll.host.Clock;
import atoll.image.Progress;
import atoll.image.RefusedException;
import atoll.scenario.Engines;
import atoll.scenario.Guest;
import atoll.scenario.MmuTechniques;
import atoll.scenario.Scenario;
import atoll.scenario.VmDescription;
import atoll.vmm.Outcome;
import atoll.vmm.VmStatistics;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.IntStream;

/** Runs the workloads of an {@link MmuComparison}, one machine after another. */
final class MmuTrials {
  /** Longer than any of them takes anywhere. */
  private static final Duration PATIENCE = Duration.ofMinutes(10);

  private final PlanAction.CompareMmus action;
  private final Function<SystemAction.CreateSystem, RunningSystem> systems;
  private final Progress progress;
  private final Clock clock;
  private long done;

  /**
   * @param systems makes them, ready to start
   */
  MmuTrials(
      PlanAction.CompareMmus action,
      Function<SystemAction.CreateSystem, RunningSystem> systems,
      Progress progress,
      Clock clock) {
    this.action = action;
    this.systems = systems;
    this.progress = progress;
    this.clock = clock;
  }

  MmuComparison compare() {
    String engine = Engines.choose(action.engine()).name();
    progress.begin("comparing MMU techniques", runs(), Progress.Unit.RUNS);
    try {
      return new MmuComparison(
          engine, action.workloads().stream().flatMap(w -> trials(w).stream()).toList());
    } finally {
      progress.end();
    }
  }

  /** All that there are to do, with those that are not counted. */
  private long runs() {
    return action.workloads().stream()
        .mapToLong(workload -> 1 + (long) action.rounds() * techniques(workload).size())
        .sum();
  }

  private static List<String> techniques(MmuWorkload workload) {
    return MmuTechniques.names().stream().filter(workload::runsUnder).toList();
  }

  private List<MmuComparison.Trial> trials(MmuWorkload workload) {
    follow(workload, MmuTechniques.AUTO); // not counted: the JVM compiles what the others use
    return techniques(workload).stream().map(technique -> fastest(workload, technique)).toList();
  }

  private MmuComparison.Trial fastest(MmuWorkload workload, String technique) {
    return IntStream.range(0, action.rounds())
        .mapToObj(round -> follow(workload, technique))
        .min(Comparator.comparing(MmuComparison.Trial::time))
        .orElseThrow();
  }

  /** One run, of which is told that it is done. */
  private MmuComparison.Trial follow(MmuWorkload workload, String technique) {
    progress.doing(workload.title() + ", " + technique);
    MmuComparison.Trial trial = run(workload, technique);
    progress.advance(++done);
    return trial;
  }

  private MmuComparison.Trial run(MmuWorkload workload, String technique) {
    VmDescription vm = workload.vm(action.engine(), technique);
    SystemAction.CreateSystem create =
        new SystemAction.CreateSystem(Scenario.of(vm), Guest.Linux.NO_TERMINAL, Map.of());
    try (RunningSystem system = systems.apply(create)) {
      long start = clock.nanos();
      system.start();
      boolean ended = system.awaitEnd(PATIENCE);
      Duration time = Duration.ofNanos(clock.nanos() - start);
      VmReport report = system.statistics().vms().getFirst();
      if (!ended || !report.last().equals(Optional.of(new Outcome.Poweroff(0)))) {
        throw new RefusedException(
            "%s under %s did not end well: %s; the comparison would say nothing"
                .formatted(
                    workload.title(),
                    technique,
                    report.last().map(Object::toString).orElse("hangs")));
      }
      VmStatistics all = report.statistics();
      return new MmuComparison.Trial(workload, technique, time, all.instructions(), all.mmu());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new RefusedException("interrupted in the middle of a comparison; start it again", e);
    }
  }
}
