package atoll.front;

import atoll.console.HostConsole;
import atoll.console.LogFile;
import atoll.console.OutputFile;
import atoll.host.HostException;
import atoll.image.Words;
import atoll.manager.Manager;
import atoll.manager.VmAction;
import atoll.scenario.Scenario;
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
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** How the VMs of a system are shown and watched, wherever the system comes from. */
final class SystemOptions {
  private final UnaryOperator<String> environment;
  private final Supplier<HostConsole.Streams> streams;
  private final PrintStream out;
  private final PrintStream err;
  private Map<String, LogFile> logs = Map.of();

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
          "write a copy of what each VM prints, as NAME.log and the older NAME.log.1, at most 64M"
              + " together by default")
  private LogArgument consoleLogs;

  @Option(
      names = "--expect",
      paramLabel = "VM:REGEX",
      converter = VmPattern.Converter.class,
      description =
          "end with 0 once the VM has printed this, and with 123 if all VMs end before that; may be"
              + " repeated: all must be printed, for each VM in the order given")
  private List<VmPattern> expected = List.of();

  @Option(
      names = "--fail",
      paramLabel = "VM:REGEX",
      converter = VmPattern.Converter.class,
      description = "end with 123 once the VM has printed this; may be repeated")
  private List<VmPattern> forbidden = List.of();

  @Mixin private InputOption input;

  @Mixin private final ControlOption control;

  @Mixin private EndReport endReport;

  @Mixin private CodeOption code;

  SystemOptions(
      UnaryOperator<String> environment,
      Supplier<HostConsole.Streams> streams,
      ControlOption control,
      PrintStream out,
      PrintStream err) {
    this.environment = environment;
    this.streams = streams;
    this.control = control;
    this.out = out;
    this.err = err;
  }

  void requireSense(CommandLine command) {
    control.requireSense(() -> command);
  }

  ProgressBar progress() {
    return ProgressBar.on(err, environment);
  }

  /** The kind of terminal that shells talk to. */
  String terminal() {
    return new TerminalKind(environment).name();
  }

  /**
   * Checks what fits only some systems, and opens what is written.
   *
   * @param source what the system is made from, for messages
   */
  void prepare(String source, Scenario scenario, CommandLine command) {
    requireConsoles(source, scenario, command);
    logs = logs(scenario);
    requireDistinctFiles(source, scenario, command);
    endReport.open();
  }

  /**
   * Runs the system to its end.
   *
   * @param several whether messages tell VMs apart
   * @return the exit code
   */
  int run(Manager manager, boolean several, VmAction.MakeSystem make, ProgressBar progress) {
    if (consoleLogs != null) {
      makeFolder(consoleLogs.path());
    }
    code.tell(manager);
    return new Session(manager, several)
        .run(
            make,
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
  private void requireConsoles(String source, Scenario scenario, CommandLine command) {
    List<String> names = Session.shown(scenario).stream().map(VmDescription::name).toList();
    Stream.concat(expected.stream(), forbidden.stream())
        .map(VmPattern::vm)
        .filter(vm -> !names.contains(vm))
        .findFirst()
        .ifPresent(vm -> {
          throw new ParameterException(
              command,
              "%s has no VM '%s' with a console%s"
                  .formatted(source, vm, Words.nearestOf(vm, names)));
        });
  }

  private void requireDistinctFiles(String source, Scenario scenario, CommandLine command) {
    OutputClaims claims = new OutputClaims(() -> command);
    logs.forEach((vm, log) -> claims.writes("the console log of " + vm, log));
    claims.writes("--stats-json", endReport.file());
    claims.reads("'atoll " + command.getCommandName() + "'", Path.of(source));
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
