package atoll.front;

import atoll.console.HostConsole;
import atoll.console.LogFile;
import atoll.console.OutputFile;
import atoll.host.HostException;
import atoll.image.Words;
import atoll.manager.Manager;
import atoll.manager.VmAction;
import atoll.scenario.Scenario;
import atoll.scenario.ScenarioPlan;
import atoll.scenario.VmDescription;
import atoll.server.SystemJson;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
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
  private final UnaryOperator<String> environment;
  private final Supplier<HostConsole.Streams> streams;
  private final PrintStream out;
  private final PrintStream err;

  @Spec private CommandSpec command;

  @Parameters(paramLabel = "FILE", description = "the scenario, such as examples/cockpit.yaml")
  private Path file;

  @Option(
      names = "--dry-run",
      description =
          "print the memory and CPU time that each VM would get, and which VMs could reach each other; start nothing")
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
      paramLabel = "FOLDER[,max=SIZE]",
      converter = LogArgument.Converter.class,
      description =
          "write a copy of what each VM prints, as NAME.log and the older NAME.log.1, at most 64M together by default")
  private LogArgument consoleLogs;

  @Option(
      names = "--expect",
      paramLabel = "VM:REGEX",
      converter = VmPattern.Converter.class,
      description =
          "end with 0 once the VM has printed this, and with 123 if all VMs end before that; may be repeated: all must be printed, for each VM in the order given")
  private List<VmPattern> expected = List.of();

  @Option(
      names = "--fail",
      paramLabel = "VM:REGEX",
      converter = VmPattern.Converter.class,
      description = "end with 123 once the VM has printed this; may be repeated")
  private List<VmPattern> forbidden = List.of();

  @Option(
      names = "--fresh",
      description =
          "of VMs that start from an image: begin with the image again; what was on their disks is lost")
  private boolean fresh;

  @Mixin private InputOption input;

  @Mixin private final ControlOption control;

  @Mixin private EndReport endReport;

  UpCommand(
      Manager manager,
      UnaryOperator<String> environment,
      Supplier<HostConsole.Streams> streams,
      ControlOption control,
      PrintStream out,
      PrintStream err) {
    this.manager = manager;
    this.environment = environment;
    this.streams = streams;
    this.control = control;
    this.out = out;
    this.err = err;
  }

  @Override
  public Integer call() {
    if (json && !dryRun) {
      throw new ParameterException(command.commandLine(), "--json goes only with --dry-run");
    }
    control.requireSense(command.commandLine());
    if (fresh && dryRun) {
      throw new ParameterException(command.commandLine(), "--fresh does not go with --dry-run");
    }
    ScenarioPlan plan = manager.perform(new VmAction.Plan(file));
    plan.notes().forEach(err::println);
    if (dryRun) {
      out.print(json ? PlanJson.of(plan) : PlanText.of(plan));
      return ExitCode.SUCCESS;
    }
    requireConsoles(plan.scenario());
    Map<String, LogFile> logs = logs(plan.scenario());
    requireDistinctFiles(plan.scenario(), logs);
    endReport.open();
    ProgressBar progress = ProgressBar.on(err, environment);
    manager.perform(new VmAction.PrepareImages(plan.scenario(), fresh), progress);
    return run(plan.scenario(), logs, progress);
  }

  private int run(Scenario scenario, Map<String, LogFile> logs, ProgressBar progress) {
    if (consoleLogs != null) {
      makeFolder(consoleLogs.path());
    }
    return new Session(manager, true)
        .run(
            new VmAction.CreateSystem(scenario, new TerminalKind(environment).name(), Map.of()),
            new Session.Connection(
                streams,
                Optional.ofNullable(timeout),
                logs,
                expected,
                forbidden,
                input.atEnd(),
                ScreenAlbum.none(),
                control),
            progress,
            this::report);
  }

  private static void makeFolder(Path folder) {
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw new HostException(
          "the folder %s for console logs cannot be made: %s; give another"
              .formatted(folder, OutputFile.reason(folder, e)),
          e);
    }
  }

  /** Where copies of consoles go: all to the folder that is given, or each as the scenario says. */
  private Map<String, LogFile> logs(Scenario scenario) {
    Map<String, LogFile> logs = new LinkedHashMap<>();
    for (VmDescription vm : Session.shown(scenario)) {
      Optional<LogFile> log =
          consoleLogs == null
              ? vm.consoleLog()
              : Optional.of(consoleLogs.file(vm.name() + ".log", LogFile.USUAL));
      log.ifPresent(file -> logs.put(vm.name(), file));
    }
    return logs;
  }

  /** Expressions can only be expected of VMs that have a console. */
  private void requireConsoles(Scenario scenario) {
    List<String> names = Session.shown(scenario).stream().map(VmDescription::name).toList();
    Stream.concat(expected.stream(), forbidden.stream())
        .map(VmPattern::vm)
        .filter(vm -> !names.contains(vm))
        .findFirst()
        .ifPresent(vm -> {
          throw new ParameterException(
              command.commandLine(),
              "%s has no VM '%s' with a console%s".formatted(file, vm, Words.nearestOf(vm, names)));
        });
  }

  private void requireDistinctFiles(Scenario scenario, Map<String, LogFile> logs) {
    OutputClaims claims = new OutputClaims(command.commandLine());
    logs.forEach((vm, log) -> claims.writes("the console log of " + vm, log));
    claims.writes("--stats-json", endReport.file());
    claims.reads("'atoll up'", file);
    for (VmDescription vm : scenario.vms()) {
      vm.disks()
          .forEach(disk -> disk.image().file().ifPresent(file -> claims.reads(vm.name(), file)));
      vm.files().values().forEach(read -> claims.reads(vm.name(), read));
      vm.symbols().forEach(read -> claims.reads(vm.name(), read));
      vm.report().ifPresent(file -> claims.writes("the report of " + vm.name(), file));
    }
  }

  private void report(Session.Result result) {
    endReport.write(
        result,
        () -> SystemText.of(result.statistics()),
        () -> SystemJson.of(result.statistics(), result.ending().name(), result.ending().code()),
        out,
        err,
        environment.apply("TERM"));
  }
}
