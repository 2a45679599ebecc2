package atoll.front;

import atoll.manager.Manager;
import atoll.manager.PlanAction;
import atoll.scenario.ScenarioException;
import atoll.scenario.ScenarioPlan;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code atoll validate}. */
@Command(
    name = "validate",
    header =
        "Checks scenario files, and prints a summary of each or everything that is wrong with it.",
    description = {
      "",
      "Nothing is started. For the details of a scenario: atoll up FILE --dry-run",
      ""
    },
    footer = {"", "Exit codes: 0 all can be run; 2 at least one cannot be run."},
    sortOptions = false)
final class ValidateCommand implements Callable<Integer> {
  private final Manager manager;
  private final PrintStream out;
  private final PrintStream err;

  @Parameters(arity = "1..*", paramLabel = "FILE", description = "scenarios, in YAML")
  private List<Path> files;

  ValidateCommand(Manager manager, PrintStream out, PrintStream err) {
    this.manager = manager;
    this.out = out;
    this.err = err;
  }

  @Override
  public Integer call() {
    int code = ExitCode.SUCCESS;
    for (Path file : files) {
      try {
        ScenarioPlan plan = manager.perform(new PlanAction.Plan(file));
        plan.notes().forEach(err::println);
        out.println(file + ": " + PlanText.summary(plan));
      } catch (ScenarioException e) {
        err.println(e.getMessage());
        code = ExitCode.USAGE;
      }
    }
    return code;
  }
}
