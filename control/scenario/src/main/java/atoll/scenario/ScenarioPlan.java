package atoll.scenario;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;

/**
 * The plan of a scenario: the memory and CPU time of each VM, and which VMs can reach each other.
 * Nothing is started or allocated for it.
 *
 * @param notes what a user may want to know, and no reason not to run it
 */
public record ScenarioPlan(
    Scenario scenario,
    MemoryMap memory,
    CpuTable cpus,
    FlowMatrix flows,
    List<ScenarioProblem> notes) {
  public ScenarioPlan {
    notes = List.copyOf(notes);
  }

  /**
   * Plans a scenario.
   *
   * @throws ScenarioException if its parts do not fit together: references that lead nowhere,
   *     memory or time that is not there, one thing given to two
   */
  public static ScenarioPlan of(Scenario scenario) {
    List<ScenarioProblem> problems = new ArrayList<>();
    BiConsumer<String, String> report =
        (key, message) -> problems.add(scenario.problem(key, message));
    List<String> names = scenario.vms().stream().map(VmDescription::name).distinct().toList();
    new ReferenceRules(report)
        .check(Optional.of(scenario.platform()), names, scenario.vms(), scenario.channels());
    new NetworkRules(scenario.vms(), report)
        .check(
            scenario.networks(),
            scenario.networks().stream().map(NetworkDescription::name).toList());
    new VsockRules(scenario.vms(), report).check(Set.copyOf(names));
    new ServiceRules(scenario.vms(), report).check(scenario.channels(), scenario.networks());
    if (problems.isEmpty()) {
      MemoryRules memory = new MemoryRules(scenario, report);
      memory.checkPlatform();
      memory.checkBoards();
      new CpuRules(scenario, report).check();
    }
    if (!problems.isEmpty()) {
      throw new ScenarioException(problems);
    }
    return new ScenarioPlan(
        scenario,
        MemoryMap.of(scenario),
        CpuTable.of(scenario),
        FlowMatrix.of(scenario),
        List.of());
  }

  /** The same with other notes. */
  public ScenarioPlan withNotes(List<ScenarioProblem> others) {
    return new ScenarioPlan(scenario, memory, cpus, flows, others);
  }
}
