package atoll.front;

import atoll.console.HostConsole;
import atoll.console.LogFile;
import atoll.manager.Manager;
import atoll.manager.SystemAction;
import java.io.PrintStream;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** How a system is run on this process's console, whatever it is made from. */
final class SessionOptions {
  private final UnaryOperator<String> environment;
  private final Supplier<HostConsole.Streams> streams;
  private final PrintStream out;
  private final PrintStream err;

  @Option(
      names = "--timeout",
      paramLabel = "TIME",
      converter = TimeSpan.class,
      description = "stop after a time such as 60s or 5m, with exit code 124")
  private Duration timeout;

  @Mixin private final InputOption input = new InputOption();

  @Mixin private final ControlOption control;

  @Mixin private final CodeOption code = new CodeOption();

  @Mixin private final EndReport endReport = new EndReport();

  /**
   * What is watched meanwhile.
   *
   * @param logs where copies of consoles go, by the VM's name
   * @param expected ends the run once all of it is printed
   * @param forbidden ends it once one is
   * @param album pictures that are taken of a display
   */
  record Watched(
      Map<String, LogFile> logs,
      List<VmPattern> expected,
      List<VmPattern> forbidden,
      ScreenAlbum album) {}

  /**
   * The statistics at the end.
   *
   * @param text for people
   * @param json for programs
   */
  record Statistics(Function<Session.Result, String> text, Function<Session.Result, String> json) {}

  SessionOptions(
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

  /** Has options read from a line that is plain. */
  void offer(PlainLine plain) {
    plain.value("--timeout", new TimeSpan(), value -> timeout = value);
    input.offer(plain);
  }

  void requireSense(Supplier<CommandLine> command) {
    control.requireSense(command);
  }

  /** The report at the end. */
  EndReport endReport() {
    return endReport;
  }

  /** Whether a person sees what is printed. */
  boolean onTerminal() {
    return streams.get().terminal();
  }

  /** The kind of terminal that shells talk to. */
  String terminalKind() {
    return new TerminalKind(environment).name();
  }

  /** Shows a person what takes long. */
  ProgressBar progress() {
    return ProgressBar.on(err, environment);
  }

  /**
   * Runs a system to its end.
   *
   * @return the exit code
   */
  int run(
      Manager manager,
      Session session,
      SystemAction.MakeSystem make,
      Watched watched,
      ProgressBar progress,
      Statistics statistics) {
    code.tell(manager);
    return session.run(
        make,
        new Session.Connection(
            streams,
            Optional.ofNullable(timeout),
            watched.logs,
            watched.expected,
            watched.forbidden,
            input.atEnd(),
            watched.album,
            control),
        progress,
        result ->
            endReport.write(
                result,
                () -> statistics.text.apply(result),
                () -> statistics.json.apply(result),
                out,
                err,
                environment.apply("TERM")));
  }
}
