package atoll.scenario;

import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;

/** A scenario makes no sense; all that is wrong with it, one line each. */
public final class ScenarioException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final transient List<ScenarioProblem> problems;

  /**
   * @param problems at least one, in the order of the file
   */
  public ScenarioException(List<ScenarioProblem> problems) {
    super(problems.stream().map(ScenarioProblem::toString).collect(Collectors.joining("\n")));
    this.problems = List.copyOf(problems);
  }

  /** The same with problems in any order. */
  public static ScenarioException inOrder(List<ScenarioProblem> problems) {
    return new ScenarioException(
        problems.stream()
            .sorted(
                Comparator.comparingInt(ScenarioProblem::line)
                    .thenComparingInt(ScenarioProblem::column))
            .toList());
  }

  /** In the order of the file. */
  public List<ScenarioProblem> problems() {
    return problems;
  }
}
