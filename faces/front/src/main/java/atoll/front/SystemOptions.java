package atoll.front;

import atoll.console.HostConsole;
import atoll.console.LogFile;
import atoll.console.OutputFile;
import atoll.host.HostException;
import atoll.image.Words;
import atoll.manager.Manager;
import atoll.manager.SystemAction;
import atoll.scenario.Scenario;
import atoll.scenario.VmDescription;
import atoll.server.SystemJson;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
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
  private Map<String, LogFile> logs = Map.of();

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

  @Mixin private final SessionOptions session;

  SystemOptions(
      UnaryOperator<String> environment,
      Supplier<HostConsole.Streams> streams,
      ControlOption control,
      PrintStream out,
      PrintStream err) {
    session = new SessionOptions(environment, streams, control, out, err);
  }

  void requireSense(CommandLine command) {
    session.requireSense(() -> command);
  }

  ProgressBar progress() {
    return session.progress();
  }

  /** The kind of terminal that shells talk to. */
  String terminal() {
    return session.terminalKind();
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
    session.endReport().open();
  }

  /**
   * Runs the system to its end.
   *
   * @param several whether messages tell VMs apart
   * @return the exit code
   */
  int run(Manager manager, boolean several, SystemAction.MakeSystem make, ProgressBar progress) {
    return run(manager, new Session(manager, several), make, progress);
  }

  /** The same in a session that was made for it. */
  int run(Manager manager, Session made, SystemAction.MakeSystem make, ProgressBar progress) {
    if (consoleLogs != null) {
      makeFolder(consoleLogs.path());
    }
    return session.run(
        manager,
        made,
        make,
        new SessionOptions.Watched(logs, expected, forbidden, ScreenAlbum.none()),
        progress,
        new SessionOptions.Statistics(
            result -> SystemText.of(result.statistics()),
            result ->
                SystemJson.of(
                    result.statistics(), result.ending().name(), result.ending().code())));
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
    claims.writes("--stats-json", session.endReport().file());
    claims.reads("'atoll " + command.getCommandName() + "'", Path.of(source));
    for (VmDescription vm : scenario.vms()) {
      vm.disks()
          .forEach(disk -> disk.image().file().ifPresent(file -> claims.reads(vm.name(), file)));
      vm.files().values().forEach(read -> claims.reads(vm.name(), read));
      vm.symbols().forEach(read -> claims.reads(vm.name(), read));
      vm.report().ifPresent(file -> claims.writes("the report of " + vm.name(), file));
    }
  }
}
