package atoll.front;

import atoll.console.HostConsole;
import atoll.debug.DebugAddress;
import atoll.debug.DebugAddress.OnSocket;
import atoll.disk.DiskLocation;
import atoll.host.Clock;
import atoll.host.Effects;
import atoll.host.HostException;
import atoll.host.PlatformClock;
import atoll.host.Timers;
import atoll.image.RefusedException;
import atoll.image.Words;
import atoll.server.ControlClient;
import atoll.server.ControlClient.RefusalException;
import atoll.server.ControlCommand;
import atoll.server.JsonText;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code atoll ctl}. */
@Command(
    name = "ctl",
    header = "Looks at, operates and talks to a system that is running.",
    description = {
      "",
      "Without a COMMAND it lists the systems that run. PATH is a control socket, as --control of"
          + " 'atoll run' and 'atoll up' has made it; it is not needed if only one system runs.",
      "",
      "The commands are those of the monitor (Ctrl-a c), which 'atoll ctl help' lists, and:",
      "  console VM                shows the console, and types; Ctrl-a d goes away again",
      "  send VM TEXT              types TEXT, in which \\r"
          + " is Enter; with --expect, waits until the",
      "                            VM has printed that afterwards",
      "  wait VM [STATE]           waits until the VM has ended, or is in a state such as running;",
      "                            with --expect, until it has printed that",
      "  screenshot VM FILE        writes what a display shows into a PNG file",
      "  dump VM FILE              writes a paused VM into an ELF core",
      "  events [VM]               prints what happens, a line of JSON each",
      ""
    },
    footer = {
      "",
      "Exit codes: 0 it is done; 1 the system refuses it; 2 wrong usage; 123 the VM has ended and"
          + " has not printed what --expect looks for; 124 timeout; 125 there is no such system, or"
          + " a problem with the host; 'wait VM' ends as 'atoll run' would have ended for that VM."
    },
    sortOptions = false)
final class CtlCommand implements Callable<Integer> {
  private static final String EVENTS = "events";
  private static final String WAIT = "wait";

  private final SystemFinder finder;
  private final Clock clock;
  private final Effects effects;
  private final Supplier<HostConsole.Streams> streams;
  private final PrintStream out;
  private final PrintStream err;
  private final AtomicBoolean late = new AtomicBoolean();

  @Spec private CommandSpec command;

  @Parameters(
      arity = "0..*",
      paramLabel = "[PATH] COMMAND",
      description = "which system, and what to do; see above")
  private List<String> words = List.of();

  @Option(names = "--json", description = "print the answer as JSON, for programs")
  private boolean json;

  @Option(
      names = "--timeout",
      paramLabel = "TIME",
      converter = TimeSpan.class,
      description = "give up after a time such as 10s, with exit code 124")
  private Duration timeout;

  @Option(
      names = "--expect",
      paramLabel = "REGEX",
      converter = PatternArgument.class,
      description =
          "with wait and send: what the VM must print; may be repeated: all, in the order given")
  private List<Pattern> expected = List.of();

  @Option(names = "--enter", description = "with send: press Enter behind the text")
  private boolean enter;

  @Option(
      names = "--only",
      paramLabel = "EVENT",
      split = ",",
      description = "with events: those alone, such as life-ended,printed")
  private List<String> only;

  CtlCommand(
      UnaryOperator<String> environment,
      Clock clock,
      Effects effects,
      Supplier<HostConsole.Streams> streams,
      PrintStream out,
      PrintStream err) {
    finder = new SystemFinder(environment);
    this.clock = clock;
    this.effects = effects;
    this.streams = streams;
    this.out = out;
    this.err = err;
  }

  @Override
  public Integer call() {
    if (words.isEmpty()) {
      finder.list().forEach(out::println);
      return ExitCode.SUCCESS;
    }
    Optional<Path> path = path();
    List<String> said = path.isEmpty() ? words : words.subList(1, words.size());
    if (said.isEmpty()) {
      throw usage(
          "say what to do with %s, such as: atoll ctl %s list"
              .formatted(path.get(), words.getFirst()));
    }
    requireSense(said.getFirst());
    try (ControlClient client = finder.connect(path);
        Timers timers = effects.timers().apply(new PlatformClock(clock))) {
      limit(client, timers);
      return perform(client, path, said);
    } catch (RefusalException e) {
      err.println("atoll: " + e.getMessage());
      return ExitCode.REFUSED;
    } catch (HostException e) {
      if (late.get()) {
        err.println("atoll: the time of --timeout is over");
        return ExitCode.TIMEOUT;
      }
      throw e;
    }
  }

  /** The first word, if it is a socket and no command. */
  private Optional<Path> path() {
    String first = words.getFirst();
    if (isCommand(first)) {
      return Optional.empty();
    }
    if (first.contains("/") || first.endsWith(".sock") || Files.exists(Path.of(first))) {
      return Optional.of(new FileName().convert(first));
    }
    List<String> known = new ArrayList<>(MonitorPrompt.words());
    known.addAll(List.of("console", "send", WAIT, EVENTS));
    throw usage(
        "there is no command '%s', and no socket of that name%s"
            .formatted(first, Words.nearestOrAll(first, known)));
  }

  private static boolean isCommand(String word) {
    String lower = word.toLowerCase(Locale.ROOT);
    return lower.equals(WAIT)
        || ControlCommand.find(lower).isPresent()
        || MonitorPrompt.words().contains(lower);
  }

  private void requireSense(String what) {
    boolean waits = List.of(WAIT, "send").contains(what);
    if (!expected.isEmpty() && !waits) {
      throw usage("--expect goes with wait and send");
    }
    if (enter && !what.equals("send")) {
      throw usage("--enter goes with send");
    }
    if (only != null && !what.equals(EVENTS)) {
      throw usage("--only goes with events");
    }
  }

  private ParameterException usage(String message) {
    return new ParameterException(command.commandLine(), message);
  }

  /** A connection that is closed ends what is waited for. */
  private void limit(ControlClient client, Timers timers) {
    if (timeout != null) {
      Timers.Armed ignored =
          timers.at(
              timeout.toNanos(),
              () -> {
                late.set(true);
                client.close();
              });
    }
  }

  private int perform(ControlClient client, Optional<Path> path, List<String> said)
      throws RefusalException {
    List<String> rest = said.subList(1, said.size());
    return switch (said.getFirst().toLowerCase(Locale.ROOT)) {
      case "console" -> console(client, path, rest);
      case "send" -> send(client, rest);
      case WAIT -> await(client, rest);
      case "screenshot" -> screenshot(client, rest);
      case EVENTS -> events(client, rest);
      case "quit" -> print(client.ask(ControlCommand.QUIT.request(rest)));
      default -> json ? structured(client, said) : typed(client, said);
    };
  }

  /** As it would be typed at the monitor. */
  private int typed(ControlClient client, List<String> said) throws RefusalException {
    String line = String.join(" ", here(said));
    Object answer = client.ask(ControlCommand.MONITOR.request(List.of(line)));
    if (answer instanceof Map<?, ?> fields && fields.get("lines") instanceof List<?> lines) {
      lines.forEach(out::println);
    }
    return ExitCode.SUCCESS;
  }

  /** With the name of a file as one of this process's folder; the system may run in another. */
  private static List<String> here(List<String> said) {
    int at = file(said);
    if (at < 0 || said.get(at).equals("-") || DiskLocation.atServer(said.get(at))) {
      return said;
    }
    List<String> meant = new ArrayList<>(said);
    meant.set(at, Path.of(said.get(at)).toAbsolutePath().toString());
    return meant;
  }

  /** Which word is the name of a file; -1 if none is. */
  private static int file(List<String> said) {
    String verb = said.getFirst().toLowerCase(Locale.ROOT);
    String action = said.size() > 1 ? said.get(1).toLowerCase(Locale.ROOT) : "";
    return switch (verb) {
      case "disk" -> said.size() == 5 && action.equals("change") ? 4 : -1;
      case "device" -> said.size() == 6 && action.equals("replace") ? 4 : -1;
      case "dump" -> said.size() == 3 ? 2 : -1;
      case "gdb" ->
          said.size() == 3 && DebugAddress.parse(said.get(2)).orElse(null) instanceof OnSocket
              ? 2
              : -1;
      default -> -1;
    };
  }

  private int structured(ControlClient client, List<String> said) throws RefusalException {
    ControlCommand asked =
        ControlCommand.find(said.getFirst().toLowerCase(Locale.ROOT))
            .orElseThrow(() -> usage("'%s' has no answer as JSON".formatted(said.getFirst())));
    List<String> meant = here(said);
    return print(client.ask(asked.request(meant.subList(1, meant.size()))));
  }

  /** An answer for programs; people need none to what they see. */
  private int print(Object answer) {
    if (json) {
      out.println(JsonText.line(answer));
    }
    return ExitCode.SUCCESS;
  }

  private int console(ControlClient client, Optional<Path> path, List<String> rest)
      throws RefusalException {
    Map<String, Object> request = ControlCommand.CONSOLE.request(rest);
    request.put("history", true);
    try (ControlClient beside = finder.connect(path)) {
      return new CtlConsole(client, beside, streams.get(), late::get).show(request);
    }
  }

  private int send(ControlClient client, List<String> rest) throws RefusalException {
    if (rest.isEmpty() || rest.size() == 1 && !enter) {
      throw new RefusedException("expected: " + ControlCommand.SEND.usage());
    }
    String text = TypedText.of(String.join(" ", rest.subList(1, rest.size())));
    Map<String, Object> request =
        ControlCommand.SEND.request(List.of(rest.getFirst(), enter ? text + "\r" : text));
    if (expected.isEmpty()) {
      return print(client.ask(request));
    }
    CtlWait wait = new CtlWait(client, rest.getFirst(), err);
    wait.listen(false);
    int code = print(client.ask(request));
    return code == ExitCode.SUCCESS ? wait.prints(expected) : code;
  }

  private int await(ControlClient client, List<String> rest) throws RefusalException {
    if (rest.isEmpty() || rest.size() > 2 || !expected.isEmpty() && rest.size() > 1) {
      throw new RefusedException("expected: wait VM [STATE], or wait VM --expect REGEX");
    }
    CtlWait wait = new CtlWait(client, rest.getFirst(), err);
    wait.listen(true);
    if (!expected.isEmpty()) {
      return wait.prints(expected);
    }
    return rest.size() == 1 ? wait.ends() : wait.becomes(rest.get(1));
  }

  private int screenshot(ControlClient client, List<String> rest) throws RefusalException {
    if (rest.size() != 2) {
      throw new RefusedException("expected: screenshot VM FILE");
    }
    String said = ScreenAlbum.take(client, rest.getFirst(), new OutputName().convert(rest.get(1)));
    if (json) {
      Map<String, Object> answer = new LinkedHashMap<>();
      answer.put("vm", rest.getFirst());
      answer.put("file", rest.get(1));
      return print(answer);
    }
    out.println(said);
    return ExitCode.SUCCESS;
  }

  private int events(ControlClient client, List<String> rest) throws RefusalException {
    Map<String, Object> request = new LinkedHashMap<>(ControlCommand.EVENTS.request(rest));
    if (only != null) {
      request.put("only", only);
    }
    Object ignored = client.ask(request);
    Optional<Map<String, Object>> event = client.event();
    while (event.isPresent() && !out.checkError()) {
      out.println(JsonText.line(event.get()));
      event = client.event();
    }
    return ExitCode.SUCCESS;
  }
}
