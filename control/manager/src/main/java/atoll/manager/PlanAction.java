package atoll.manager;

import atoll.scenario.Engines;
import atoll.scenario.Finding;
import atoll.scenario.ScenarioException;
import atoll.scenario.ScenarioPlan;
import atoll.scenario.VmDescription;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/**
 * What can be asked before there is a system, of a description and of this installation.
 *
 * @param <R> what comes of it
 */
public sealed interface PlanAction<R> extends VmAction<R> {
  /**
   * Makes the plan of a scenario, without starting anything.
   *
   * @param file a YAML file; {@link ScenarioException} says all that is wrong with it
   */
  record Plan(Path file) implements PlanAction<ScenarioPlan> {
    public Plan {
      Objects.requireNonNull(file, "file");
    }
  }

  /**
   * Looks at the files that a VM is to be made from: what is wrong with each, and what the user may
   * want to know. Nothing is fetched or made.
   */
  record Check(VmDescription vm) implements PlanAction<List<Finding>> {
    public Check {
      Objects.requireNonNull(vm, "vm");
    }
  }

  /** The device tree blob that a VM without channels would find, without running it. */
  record DescribeTree(VmDescription vm) implements PlanAction<byte[]> {
    public DescribeTree {
      Objects.requireNonNull(vm, "vm");
    }
  }

  /**
   * Does the same work under each way to translate addresses; takes a while.
   *
   * @param engine a name of {@link Engines}, or {@code auto}
   * @param workloads in the order of the result
   * @param rounds runs of each, of which the fastest counts
   */
  record CompareMmus(String engine, List<MmuWorkload> workloads, int rounds)
      implements PlanAction<MmuComparison> {
    public CompareMmus {
      Objects.requireNonNull(engine, "engine");
      workloads = List.copyOf(workloads);
    }
  }

  /** What this installation is and can do. */
  record DescribeInstallation() implements PlanAction<Installation> {}
}
