package atoll.front;

import atoll.image.RefusedException;
import atoll.manager.Event;
import atoll.manager.Manager;
import atoll.manager.MigrationAction;
import atoll.manager.SystemAction;
import atoll.scenario.Scenario;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code atoll receive}. */
@Command(
    name = "receive",
    header = "Waits for a system that moves here from another host, and goes on with it.",
    description = {
      "",
      "The system comes by 'atoll migrate' at the other host, while it runs. Its consoles are then on"
          + " this terminal, as with 'atoll up'. Both hosts must trust each other's keys: 'atoll keys'.",
      ""
    },
    footer = {"", "Exit codes: as those of 'atoll up', for the system that has come."},
    sortOptions = false)
final class ReceiveCommand implements Callable<Integer> {
  private final Manager manager;
  private final PrintStream out;
  private final PrintStream err;

  @Spec private CommandSpec command;

  @Option(
      names = "--listen",
      paramLabel = "HOST:PORT",
      defaultValue = MigrationAction.OpenReception.USUAL,
      description =
          "where other hosts connect; port 0 is any that is free (default: ${DEFAULT-VALUE}, which only this host reaches)")
  private String listen;

  @Option(
      names = "--disks",
      paramLabel = "FOLDER",
      defaultValue = ".",
      description = "where disks go that come with it, as VM-diskN.img (default: this folder)")
  private Path disks;

  @Option(
      names = "--files",
      paramLabel = "FOLDER",
      description =
          "what is in this folder may be used by systems that come: kernels, shared folders, devices; may be repeated (default: nothing of this host)")
  private List<Path> files = List.of();

  @Mixin private final SystemOptions options;

  ReceiveCommand(Manager manager, SystemOptions options, PrintStream out, PrintStream err) {
    this.manager = manager;
    this.options = options;
    this.out = out;
    this.err = err;
  }

  @Override
  public Integer call() {
    options.requireSense(command.commandLine());
    String at =
        manager.perform(
            new MigrationAction.OpenReception(listen, disks.toAbsolutePath(), files), this::tell);
    out.printf("receiving at %s; at the other host: atoll migrate %s%n", at, at);
    out.flush();
    try {
      OptionalInt code = OptionalInt.empty();
      while (code.isEmpty()) {
        Optional<Scenario> offered = offered();
        if (offered.isEmpty()) {
          return ExitCode.SUCCESS;
        }
        code = take(offered.get());
      }
      return code.getAsInt();
    } finally {
      manager.perform(new MigrationAction.CloseReception());
    }
  }

  private void tell(Event event) {
    if (event instanceof Event.ServingNoticed(String text)) {
      err.println("atoll: " + text);
    }
  }

  /** Empty if a signal comes first. */
  private Optional<Scenario> offered() {
    OrderlyStop stop =
        OrderlyStop.begin(() -> manager.perform(new MigrationAction.CloseReception()));
    try {
      return manager.perform(new MigrationAction.AwaitArrival());
    } finally {
      stop.reported();
    }
  }

  /** Runs it to its end; empty if it does not come, after which another may. */
  private OptionalInt take(Scenario scenario) {
    options.prepare("what comes", scenario, command.commandLine());
    try {
      return OptionalInt.of(
          options.run(
              manager,
              scenario.vms().size() > 1,
              new SystemAction.TakeArrival(scenario, options.terminal(), Map.of()),
              options.progress()));
    } catch (RefusedException e) {
      err.println("atoll: " + e.getMessage());
      return OptionalInt.empty();
    }
  }
}
