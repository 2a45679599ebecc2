package atoll.front;

import atoll.manager.ImageAction;
import atoll.manager.Manager;
import atoll.manager.PlanAction;
import atoll.manager.SnapshotAction;
import atoll.manager.SystemAction;
import atoll.scenario.Scenario;
import atoll.scenario.ScenarioPlan;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
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
          + " Ctrl-a 1 to 9 one of them, Ctrl-a s what all do, Ctrl-a c asks for commands, Ctrl-a h"
          + " helps, Ctrl-a x quits."
          + " In a pipe each line begins with its VM's name, as do lines of input.",
      ""
    },
    footer = {
      "",
      "Exit codes: 0 every VM switched itself off or you quit, or all that --expect looks for has"
          + " been printed; else what the first VM that failed would end 'atoll run' with; 2 wrong"
          + " usage; 123 a guest printed what --fail looks for, or not all that --expect does;"
          + " 124 timeout; 125 a problem with the host or the scenario;"
          + " 141 output closed; 128+n signal n."
    },
    sortOptions = false)
final class UpCommand implements Callable<Integer> {
  private final Manager manager;
  private final PrintStream out;
  private final PrintStream err;

  @Spec private CommandSpec command;

  @Parameters(paramLabel = "FILE", description = "the scenario, such as examples/cockpit.yaml")
  private Path file;

  @Option(
      names = "--dry-run",
      description =
          "print the memory and CPU time that each VM would get, and which VMs could reach each"
              + " other; start nothing")
  private boolean dryRun;

  @Option(names = "--json", description = "with --dry-run: as JSON")
  private boolean json;

  @Option(
      names = "--fresh",
      description =
          "of VMs that start from an image: begin with the image again; what was on their disks is"
              + " lost")
  private boolean fresh;

  @Mixin private final SystemOptions options;

  @Mixin private final VerifyOptions verify = new VerifyOptions();

  UpCommand(Manager manager, SystemOptions options, PrintStream out, PrintStream err) {
    this.manager = manager;
    this.options = options;
    this.out = out;
    this.err = err;
  }

  @Override
  public Integer call() {
    if (json && !dryRun) {
      throw new ParameterException(command.commandLine(), "--json goes only with --dry-run");
    }
    options.requireSense(command.commandLine());
    if (fresh && dryRun) {
      throw new ParameterException(command.commandLine(), "--fresh does not go with --dry-run");
    }
    verify
        .obstacle()
        .ifPresent(why -> {
          throw new ParameterException(command.commandLine(), why);
        });
    ScenarioPlan plan = manager.perform(new PlanAction.Plan(file));
    plan.notes().forEach(err::println);
    if (dryRun) {
      out.print(json ? PlanJson.of(plan) : PlanText.of(plan));
      return ExitCode.SUCCESS;
    }
    Scenario scenario = verify.of(plan.scenario());
    options.prepare(file.toString(), scenario, command.commandLine());
    ProgressBar progress = options.progress();
    manager.perform(new ImageAction.PrepareImages(scenario, fresh), progress);
    Session session = new Session(manager, true).whenMade(() -> verify.write(manager));
    return options.run(manager, session, make(scenario), progress);
  }

  /** From the snapshot that the scenario names, if that is there and fits. */
  private SystemAction.MakeSystem make(Scenario scenario) {
    SystemAction.MakeSystem anew =
        new SystemAction.CreateSystem(scenario, options.terminal(), Map.of());
    if (scenario.snapshot().isEmpty() || fresh || scenario.verify().required()) {
      return anew;
    }
    String name = scenario.snapshot().get();
    Optional<String> unfit = manager.perform(new SnapshotAction.FitSnapshot(name, scenario));
    unfit.ifPresent(
        why -> err.println("atoll: the snapshot %s is not used: %s".formatted(name, why)));
    return unfit.isPresent()
        ? anew
        : new SystemAction.RestoreSystem(
            name,
            manager.perform(new SnapshotAction.ReadSnapshot(name)),
            options.terminal(),
            Map.of());
  }
}
