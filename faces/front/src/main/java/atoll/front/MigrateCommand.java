package atoll.front;

import atoll.host.HostException;
import atoll.host.Tasks;
import atoll.image.ByteSize;
import atoll.scenario.TimeAmount;
import atoll.server.ControlClient;
import atoll.server.ControlClient.RefusalException;
import atoll.server.ControlCommand;
import atoll.server.JsonText;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.UnaryOperator;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code atoll migrate}. */
@Command(
    name = "migrate",
    header = "Moves a system that runs to another host, where 'atoll receive' waits for it.",
    description = {
      "",
      "It runs while its memory and its disks are copied, and stands still for a moment at the end."
          + " If anything fails it goes on here. PATH is its control socket, or the beginning of its"
          + " name; it is not needed if only one system runs.",
      ""
    },
    footer = {
      "",
      "Exit codes: 0 it runs there; 1 it has not moved, and goes on here, or nobody knows where it"
          + " runs: the message says which; 2 wrong usage; 125 no such system runs here. The"
          + " 'atoll run' or 'atoll up' that it leaves ends with 119."
    },
    sortOptions = false)
final class MigrateCommand implements Callable<Integer> {
  private static final double MILLI = 1e6;
  private static final String ROUNDS = "migration-round";

  private final SystemFinder finder;
  private final Tasks tasks;
  private final PrintStream out;
  private final PrintStream err;

  @Spec private CommandSpec command;

  @Parameters(
      arity = "0..2",
      paramLabel = "[PATH] HOST:PORT",
      description = "which system, and where to; without a port, 10811")
  private List<String> words = List.of();

  @Option(
      names = "--vm",
      paramLabel = "NAME",
      description =
          "move this VM alone, which shares no channel or network with those that stay; may be repeated")
  private List<String> vms = List.of();

  @Option(
      names = "--shared",
      paramLabel = "FOLDER",
      description =
          "this folder is the same at the other host, such as on NFS, so disks in it are not copied; may be repeated")
  private List<Path> shared = List.of();

  @Option(
      names = "--downtime",
      paramLabel = "TIME",
      converter = TimeSpan.class,
      description = "how long it may stand still, as far as can be told before (default: 60ms)")
  private Duration downtime;

  @Option(
      names = "--limit",
      paramLabel = "TIME",
      converter = TimeSpan.class,
      description = "give up after this time (default: 30m)")
  private Duration limit;

  @Option(
      names = "--resume",
      description =
          "after a lost connection: it does not run at the other host, so let it go on here")
  private boolean resume;

  @Option(
      names = "--give-up",
      description = "after a lost connection: it runs at the other host, so end it here")
  private boolean giveUp;

  @Option(names = "--json", description = "print what it took as JSON, for programs")
  private boolean json;

  MigrateCommand(UnaryOperator<String> environment, Tasks tasks, PrintStream out, PrintStream err) {
    finder = new SystemFinder(environment);
    this.tasks = tasks;
    this.out = out;
    this.err = err;
  }

  @Override
  public Integer call() {
    requireSense();
    boolean decided = resume || giveUp;
    Optional<Path> path = path(decided ? words.size() : words.size() - 1);
    try (ControlClient client = finder.connect(path)) {
      if (decided) {
        Map<String, Object> known = ControlCommand.RESOLVE_MIGRATION.request(List.of());
        known.put("here", resume);
        Object ignored = client.ask(known);
      } else {
        migrate(client, path);
      }
      return ExitCode.SUCCESS;
    } catch (RefusalException e) {
      err.println("atoll: " + e.getMessage());
      return ExitCode.REFUSED;
    }
  }

  private void requireSense() {
    boolean decided = resume || giveUp;
    if (resume && giveUp) {
      throw usage("--resume and --give-up are opposites; give one");
    }
    if (decided
        && (words.size() > 1
            || downtime != null
            || limit != null
            || !vms.isEmpty()
            || !shared.isEmpty())) {
      throw usage("--resume and --give-up go with a PATH at most");
    }
    if (!decided && words.isEmpty()) {
      throw usage("say where to, such as: atoll migrate lab.example:10811");
    }
  }

  private ParameterException usage(String message) {
    return new ParameterException(command.commandLine(), message);
  }

  /** The system that the first word names, if there is one. */
  private Optional<Path> path(int before) {
    return before == 0 ? Optional.empty() : Optional.of(finder.named(words.getFirst()));
  }

  private void migrate(ControlClient client, Optional<Path> path) throws RefusalException {
    Map<String, Object> fields = ControlCommand.MIGRATE.request(List.of(words.getLast()));
    if (!vms.isEmpty()) {
      fields.put("vms", vms);
    }
    if (!shared.isEmpty()) {
      fields.put("shared", shared.stream().map(each -> each.toAbsolutePath().toString()).toList());
    }
    if (downtime != null) {
      fields.put("downtime", TimeAmount.format(downtime));
    }
    if (limit != null) {
      fields.put("limit", TimeAmount.format(limit));
    }
    try (ControlClient beside = finder.connect(path)) {
      listen(beside);
      Object answer = client.ask(fields);
      if (json) {
        out.println(JsonText.line(answer));
      } else if (answer instanceof Map<?, ?> report) {
        out.println(summary(words.getLast(), report));
      }
    }
  }

  /** Rounds are shown as they end. */
  private void listen(ControlClient beside) throws RefusalException {
    Map<String, Object> events = new LinkedHashMap<>(ControlCommand.EVENTS.request(List.of()));
    events.put("only", List.of(ROUNDS));
    Object ignored = beside.ask(events);
    tasks.start("migration rounds", () -> show(beside));
  }

  private void show(ControlClient beside) {
    try {
      Optional<Map<String, Object>> event = beside.event();
      while (event.isPresent()) {
        if (!json && ROUNDS.equals(event.get().get("event"))) {
          err.println(round(event.get()));
        }
        event = beside.event();
      }
    } catch (HostException e) {
      // It is closed, since all is over.
    }
  }

  private static String round(Map<String, Object> event) {
    long throttle = number(event, "throttle");
    return "round %d: %d pages in %d ms, %s/s; %d pages left, %d ms of downtime expected%s"
        .formatted(
            number(event, "round"),
            number(event, "pages"),
            millis(event, "timeNanos"),
            ByteSize.rounded(number(event, "bytesPerSecond")),
            number(event, "left"),
            millis(event, "expectedNanos"),
            throttle == 0 ? "" : "; its vCPUs are held for %d %% of the time".formatted(throttle));
  }

  private static String summary(String to, Map<?, ?> report) {
    return "runs at %s: stood still for %.1f ms, and for %.1f ms at the beginning; %d pages in %d rounds, %s in %.1f s"
        .formatted(
            to,
            number(report, "downtimeNanos") / MILLI,
            number(report, "rehearsalNanos") / MILLI,
            number(report, "pages"),
            number(report, "rounds"),
            ByteSize.rounded(number(report, "bytes")),
            number(report, "timeNanos") / MILLI / 1000);
  }

  private static long number(Map<?, ?> fields, String name) {
    return fields.get(name) instanceof Number value ? value.longValue() : 0;
  }

  private static long millis(Map<?, ?> fields, String name) {
    return Math.round(number(fields, name) / MILLI);
  }
}
