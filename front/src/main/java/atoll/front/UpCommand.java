package atoll.front;

import atoll.manager.Manager;
import atoll.manager.ScenarioPlan;
import atoll.manager.VmAction;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.UnaryOperator;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code atoll up}. */
@Command(
    name = "up",
    header = "Runs the VMs of a scenario side by side on this terminal.",
    description = {
      "",
      "On a terminal one VM's console is in front: Ctrl-a n shows the next, Ctrl-a l lists them,"
          + " Ctrl-a s shows what all do, Ctrl-a c asks for commands, Ctrl-a h helps, Ctrl-a x quits."
          + " In a pipe each line begins with its VM's name, as do lines of input.",
      ""
    },
    footer = {
      "",
      "Exit codes: 0 every VM switched itself off or you quit; else what the first VM that"
          + " failed would end 'atoll run' with; 2 wrong usage; 124 timeout; 125 host or scenario;"
          + " 141 output closed; 128+n signal n."
    },
    sortOptions = false)
final class UpCommand implements Callable<Integer> {
  private final Manager manager;
  private final UnaryOperator<String> environment;
  private final PrintStream out;
  private final PrintStream err;

  @Spec private CommandSpec command;

  @Parameters(paramLabel = "FILE", description = "the scenario, such as examples/cockpit.yaml")
  private Path file;

  @Option(
      names = "--dry-run",
      description = "print who would get what and reach whom, and start nothing")
  private boolean dryRun;

  @Option(names = "--json", description = "with --dry-run: as JSON")
  private boolean json;

  @Option(
      names = "--timeout",
      paramLabel = "TIME",
      converter = TimeSpan.class,
      description = "stop after a time such as 60s or 5m, with exit code 124")
  private Duration timeout;

  @Option(
      names = "--console-log",
      paramLabel = "FOLDER",
      description = "copies of what the VMs print, as NAME.log")
  private Path consoleLogs;

  @Mixin private EndReport endReport;

  UpCommand(Manager manager, UnaryOperator<String> environment, PrintStream out, PrintStream err) {
    this.manager = manager;
    this.environment = environment;
    this.out = out;
    this.err = err;
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (json && !dryRun) {
      throw new ParameterException(command.commandLine(), "--json goes only with --dry-run");
    }
    ScenarioPlan plan = manager.perform(new VmAction.Plan(file));
    plan.notes().forEach(err::println);
    if (dryRun) {
      out.print(json ? PlanJson.of(plan) : PlanText.of(plan));
      return ExitCode.SUCCESS;
    }
    if (consoleLogs != null) {
      Files.createDirectories(consoleLogs);
    }
    SystemSession session = new SystemSession(manager);
    OrderlyStop stop = OrderlyStop.begin(session::signalled);
    try {
      SystemSession.Result result =
          session.run(
              plan.scenario(),
              new TerminalKind(environment).name(),
              Optional.ofNullable(timeout),
              Optional.ofNullable(consoleLogs),
              ProgressBar.on(err, environment));
      report(result);
      return result.ending().code();
    } finally {
      stop.reported();
    }
  }

  private void report(SystemSession.Result result) throws IOException {
    endReport.write(
        result.ending().message(),
        () -> SystemText.of(result.statistics()),
        () -> SystemJson.of(result.statistics(), result.ending()),
        out,
        err);
  }
}
