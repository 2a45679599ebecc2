package atoll.front;

import atoll.console.HostConsole;
import atoll.console.StandardOutput;
import atoll.host.Clock;
import atoll.host.Effects;
import atoll.host.HostException;
import atoll.image.Nearest;
import atoll.image.RefusedException;
import atoll.kernel.KernelException;
import atoll.manager.Manager;
import atoll.manager.Version;
import atoll.scenario.ScenarioException;
import atoll.vmm.VmException;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import picocli.CommandLine;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.TypeConversionException;
import picocli.CommandLine.UnmatchedArgumentException;

/** The command line: parses it, performs it, and says in one sentence what went wrong. */
public final class CommandLineFront {
  private static final String HELP = "help";
  private static final String RUN = "run";
  private static final List<String> VERSION = List.of("-V", "--version");

  /** A hyphen and a letter. */
  private static final int SHORT_OPTION = 2;

  private final Map<String, Supplier<Object>> commands = new LinkedHashMap<>();
  private final Supplier<RunCommand> run;
  private final Supplier<Rehearsal> rehearsal;
  private final PrintStream out;
  private final PrintStream err;

  /**
   * @param clock the host's
   * @param effects the host's
   * @param environment the process's variables by name; null where not set
   */
  public CommandLineFront(
      Clock clock,
      Effects effects,
      UnaryOperator<String> environment,
      PrintStream out,
      PrintStream err) {
    this(clock, effects, environment, HostConsole.Streams::ofProcess, out, err);
  }

  /**
   * @param streams what guests' consoles are connected to
   */
  CommandLineFront(
      Clock clock,
      Effects effects,
      UnaryOperator<String> environment,
      Supplier<HostConsole.Streams> streams,
      PrintStream out,
      PrintStream err) {
    this.out = out;
    this.err = err;
    rehearsal = () -> new Rehearsal(clock, effects, environment, err);
    Manager manager = new Manager(clock, effects, environment, true);
    manager.returnsHeap(System::gc);
    Supplier<ControlOption> control = () -> new ControlOption(environment, clock, effects.tasks());
    run = () -> new RunCommand(manager, environment, streams, control.get(), out, err);
    commands.put(RUN, run::get);
    Supplier<SystemOptions> system =
        () -> new SystemOptions(environment, streams, control.get(), out, err);
    commands.put("up", () -> new UpCommand(manager, system.get(), out, err));
    commands.put("restore", () -> new RestoreCommand(manager, system.get()));
    commands.put("fork", () -> new ForkCommand(manager, system.get()));
    commands.put("ctl", () -> new CtlCommand(environment, clock, effects, streams, out, err));
    commands.put("test", () -> new TestCommand(clock, effects.tasks(), out, err));
    commands.put("screenshot", () -> new ScreenshotCommand(environment, out, err));
    commands.put("image", () -> new ImageCommand(manager, environment, out, err));
    commands.put("fetch", () -> new FetchCommand(manager, environment, out, err));
    commands.put("disk", () -> DiskCommand.line(manager, environment, out, err));
    commands.put(
        "snapshot",
        () ->
            new CommandLine(new SnapshotCommand(manager, environment, out, err))
                .addSubcommand(new RestoreCommand(manager, system.get())));
    commands.put("receive", () -> new ReceiveCommand(manager, system.get(), out, err));
    commands.put("migrate", () -> new MigrateCommand(environment, effects.tasks(), out, err));
    commands.put("keys", () -> new KeysCommand(manager, out));
    commands.put("sign", () -> new SignCommand(manager, out));
    commands.put("verify", () -> new VerifyCommand(manager, out));
    commands.put("attest", () -> new AttestCommand(manager, environment, out, err));
    commands.put("validate", () -> new ValidateCommand(manager, out, err));
    commands.put("info", () -> new InfoCommand(manager, out));
    commands.put("mmu-report", () -> new MmuReportCommand(manager, environment, out, err));
    commands.put("isa", () -> new IsaCommand(out));
    commands.put("completion", () -> new CompletionCommand(this::description, out));
    commands.put("man", () -> new ManCommand(this::description, out));
    commands.put(HELP, () -> new HelpCommand());
  }

  /** Performs one command line; returns the process's exit code. */
  public int run(String... arguments) {
    int code = perform(arguments);
    return out.checkError() ? undelivered(code) : code;
  }

  private int perform(String[] arguments) {
    if (arguments.length > 0 && arguments[0].equals(Rehearsal.WORD)) {
      return rehearse(Arrays.copyOfRange(arguments, 1, arguments.length));
    }
    if (arguments.length == 1 && VERSION.contains(arguments[0])) {
      out.println(version());
      return ExitCode.SUCCESS;
    }
    return plain(arguments).map(this::perform).orElseGet(() -> parse(arguments));
  }

  /** The command of a line that needs no parser, ready to be performed. */
  private Optional<RunCommand> plain(String... arguments) {
    if (arguments.length == 0 || !arguments[0].equals(RUN)) {
      return Optional.empty();
    }
    RunCommand command = run.get();
    List<String> words = Arrays.asList(arguments).subList(1, arguments.length);
    return Optional.of(command).filter(read -> read.read(words, this::runParser));
  }

  private CommandLine runParser() {
    return parser(RUN).getSubcommands().get(RUN);
  }

  /** As picocli would perform it. */
  private int perform(RunCommand command) {
    try {
      return command.call();
    } catch (ParameterException e) {
      return wrongUsage(e);
    } catch (RuntimeException e) {
      return failure(e, this::runParser);
    }
  }

  private int parse(String... arguments) {
    CommandLine line = parser(arguments);
    if (arguments.length > 1 && arguments[0].equals(HELP) && isUnknown(arguments[1])) {
      return wrongUsage(new UnmatchedArgumentException(line, List.of(arguments[1])));
    }
    return line.execute(arguments);
  }

  /** For a build only: what it comes to does not matter. */
  private int rehearse(String[] rest) {
    try {
      rehearsal.get().perform();
    } catch (IOException | RefusedException | VmException | HostException | KernelException e) {
      say(e.getMessage());
    }
    Object ignored = parser(rest).parseArgs(rest); // for lines that are not plain
    return perform(rest);
  }

  private CommandDescription description() {
    return CommandDescription.of(parser());
  }

  private boolean isUnknown(String command) {
    return !command.startsWith("-") && !commands.containsKey(command);
  }

  /**
   * Standard output is not whole. A user who closes a pipe early knows that, as with other
   * programs.
   */
  private int undelivered(int code) {
    if (code != ExitCode.SUCCESS) {
      return code;
    }
    if (StandardOutput.hasReader()) {
      return ExitCode.HANGUP;
    }
    say("standard output cannot be written; check the space where it goes");
    return ExitCode.TROUBLE;
  }

  /**
   * Knows the one command that is asked for: taking apart what all can do takes a tenth of a
   * second.
   */
  private CommandLine parser(String... arguments) {
    CommandLine line = new CommandLine(new AtollCommand());
    if (arguments.length > 0 && commands.containsKey(arguments[0]) && !arguments[0].equals(HELP)) {
      line.addSubcommand(commands.get(arguments[0]).get());
    } else {
      commands.values().forEach(command -> line.addSubcommand(command.get()));
    }
    line.getCommandSpec().version(version());
    line.getCommandSpec()
        .addOption(
            OptionSpec.builder(VERSION.toArray(new String[0]))
                .versionHelp(true)
                .description("show the version")
                .build());
    addHelp(line);
    if (line.getSubcommands().containsKey(HELP)) {
      line.getSubcommands()
          .get(HELP)
          .getCommandSpec()
          .usageMessage()
          .header("Shows what a command does, and its options.");
    }
    line.registerConverter(Path.class, new FileName());
    line.setExpandAtFiles(false);
    line.setOut(new PrintWriter(out, true, out.charset()));
    line.setErr(new PrintWriter(err, true, err.charset()));
    line.setParameterExceptionHandler((problem, parsed) -> wrongUsage(problem));
    line.setExecutionExceptionHandler(
        (problem, command, parsed) -> failure(problem, () -> command));
    return line;
  }

  private static String version() {
    return "atoll " + Version.build();
  }

  /** To a command and all below it. */
  private static void addHelp(CommandLine command) {
    command.getSubcommands().values().forEach(CommandLineFront::addHelp);
    if (command.getCommandSpec().findOption("--help") == null) {
      command
          .getCommandSpec()
          .addOption(
              OptionSpec.builder("-h", "--help")
                  .usageHelp(true)
                  .description("show this help")
                  .build());
    }
    command.getSubcommands().values().forEach(CommandLineFront::addHelp);
  }

  private int wrongUsage(ParameterException problem) {
    CommandSpec command = problem.getCommandLine().getCommandSpec();
    String message =
        problem instanceof UnmatchedArgumentException unmatched
            ? unknown(unmatched.getUnmatched().getFirst(), command)
            : sentence(problem.getMessage());
    err.printf("atoll: %s (for more: %s --help)%n", message, command.qualifiedName());
    return ExitCode.USAGE;
  }

  /** In the middle of a line, after the program's name. */
  private static String sentence(String message) {
    return message.isEmpty()
            || Character.isUpperCase(message.charAt(Math.min(1, message.length() - 1)))
        ? message
        : Character.toLowerCase(message.charAt(0)) + message.substring(1);
  }

  private static String unknown(String word, CommandSpec command) {
    boolean option = word.startsWith("-");
    List<String> known =
        new ArrayList<>(option ? command.optionsMap().keySet() : command.subcommands().keySet());
    String name = option ? word.replaceFirst("=.*", "") : word;
    if (name.length() <= SHORT_OPTION) {
      known.removeIf(other -> other.startsWith("-")); // each is as near to it
    }
    String hint = Nearest.to(name, known).map(near -> "; did you mean " + near + "?").orElse("");
    String kind = option ? "option" : command.subcommands().isEmpty() ? "argument" : "command";
    return "unknown %s '%s'%s".formatted(kind, name, hint);
  }

  private int failure(Exception problem, Supplier<CommandLine> command) {
    if (problem instanceof TypeConversionException wrong) { // of a value that has parts
      return wrongUsage(new ParameterException(command.get(), wrong.getMessage()));
    }
    if (problem instanceof ScenarioException wrong) {
      err.println(wrong.getMessage());
      return ExitCode.USAGE;
    }
    switch (problem) {
      case RefusedException e -> say(e.getMessage());
      case VmException e -> say(e.getMessage());
      case HostException e -> say(e.getMessage());
      case KernelException e -> say(e.getMessage());
      case IOException e -> say(reason(e));
      case UncheckedIOException e -> say(reason(e.getCause()));
      default -> {
        say("this is a bug in Atoll; please report it with the lines that follow");
        problem.printStackTrace(err);
      }
    }
    return ExitCode.TROUBLE;
  }

  private static String reason(IOException problem) {
    return switch (problem) {
      case NoSuchFileException e ->
          e.getFile() + " cannot be written: there is no such folder; make it first";
      case AccessDeniedException e -> e.getFile() + " may not be written; check its permissions";
      case FileSystemException e when e.getFile() != null ->
          "%s: %s; check the file and the space around it"
              .formatted(e.getFile(), HostException.reason(e));
      default ->
          "this cannot be done: %s; check the files and the space around them"
              .formatted(HostException.reason(problem));
    };
  }

  private void say(String message) {
    err.println("atoll: " + message);
  }
}
