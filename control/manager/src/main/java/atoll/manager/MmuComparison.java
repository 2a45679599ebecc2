package atoll.manager;

import atoll.engine.MmuStatistics;
import atoll.scenario.MmuTechniques;
import java.time.Duration;
import java.util.List;

/**
 * The same work under each way to translate addresses.
 *
 * @param engine what executed it
 * @param trials by workload, and for each the technique that {@code auto} takes first
 */
public record MmuComparison(String engine, List<Trial> trials) {
  /**
   * One run, the fastest of several.
   *
   * @param technique a name of {@link MmuTechniques}
   * @param time from the machine's start to its end
   * @param instructions that the guest executed
   */
  public record Trial(
      MmuWorkload workload,
      String technique,
      Duration time,
      long instructions,
      MmuStatistics mmu) {}

  public MmuComparison {
    trials = List.copyOf(trials);
  }

  /** The trial that the others of its workload are compared with. */
  public Trial first(MmuWorkload workload) {
    return trials.stream().filter(t -> t.workload() == workload).findFirst().orElseThrow();
  }

  /** The workloads that have been tried, in their order. */
  public List<MmuWorkload> workloads() {
    return trials.stream().map(Trial::workload).distinct().toList();
  }
}
