package atoll.front;

import atoll.console.OutputFile;
import atoll.host.Clock;
import atoll.host.HostException;
import atoll.host.Tasks;
import atoll.scenario.ScenarioException;
import atoll.scenario.ScenarioProblem;
import atoll.scenario.TestScript;
import atoll.scenario.TestScriptReader;
import atoll.script.CaseResult;
import atoll.script.JunitXml;
import atoll.script.TestRun;
import atoll.script.TextReport;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code atoll test}. */
@Command(
    name = "test",
    header = "Runs test scripts: systems, and what they must do.",
    footer = {
      "",
      "Exit codes: 0 all cases have passed; 1 some have failed; 2 wrong usage, or a script that"
          + " makes no sense; 125 a problem with the host; 128+n signal n."
    },
    sortOptions = false)
final class TestCommand implements Callable<Integer> {
  private static final int MOST_JOBS = 64;

  private final Clock clock;
  private final Tasks tasks;
  private final PrintStream out;
  private final PrintStream err;
  private final Results results = new Results();

  @Spec private CommandSpec command;

  @Parameters(arity = "1..*", paramLabel = "FILE", description = "test scripts (YAML)")
  private List<Path> files = List.of();

  @Option(
      names = {"-j", "--jobs"},
      paramLabel = "N",
      defaultValue = "1",
      description = "systems at once (default: ${DEFAULT-VALUE})")
  private int jobs;

  @Option(
      names = "--only",
      paramLabel = "REGEX",
      converter = PatternArgument.class,
      description = "only cases whose names have a match")
  private Pattern only;

  @Option(
      names = "--set",
      paramLabel = "NAME=VALUE",
      description = "gives a variable a value, over that of the script; may be repeated")
  private Map<String, String> variables = new LinkedHashMap<>();

  @Option(
      names = "--junit",
      paramLabel = "FILE",
      converter = OutputName.class,
      description = "write the results as JUnit's XML, for CI")
  private Path junit;

  @Option(names = "--list", description = "print the names of the cases; run nothing")
  private boolean list;

  TestCommand(Clock clock, Tasks tasks, PrintStream out, PrintStream err) {
    this.clock = clock;
    this.tasks = tasks;
    this.out = out;
    this.err = err;
  }

  @Override
  public Integer call() throws InterruptedException {
    if (jobs < 1 || jobs > MOST_JOBS) {
      throw usage("--jobs is %d, expected 1 to %d".formatted(jobs, MOST_JOBS));
    }
    List<TestScript> scripts = scripts();
    if (list) {
      scripts.forEach(script ->
          script.cases().stream()
              .filter(each -> chosen(each.name()))
              .forEach(each -> out.println(script.name() + ": " + each.name())));
      return ExitCode.SUCCESS;
    }
    TestRun run = new TestRun(scripts, this::chosen, clock, tasks, temporary(), results);
    if (run.empty()) {
      throw usage("no case has a name like '%s'; --list shows them".formatted(only));
    }
    return run(run, scripts);
  }

  /** All that is wrong with all of them is said at once. */
  private List<TestScript> scripts() {
    List<TestScript> scripts = new ArrayList<>();
    List<ScenarioProblem> problems = new ArrayList<>();
    for (Path file : files) {
      try {
        scripts.add(TestScriptReader.read(file, variables));
      } catch (ScenarioException e) {
        problems.addAll(e.problems());
      }
    }
    if (!problems.isEmpty()) {
      throw new ScenarioException(problems);
    }
    return scripts;
  }

  private static Path temporary() {
    return Path.of(System.getProperty("java.io.tmpdir"));
  }

  private boolean chosen(String name) {
    return only == null || only.matcher(name).find();
  }

  private ParameterException usage(String message) {
    return new ParameterException(command.commandLine(), message);
  }

  private int run(TestRun run, List<TestScript> scripts) throws InterruptedException {
    OutputStream file = junit == null ? null : OutputFile.open(junit, "the results");
    OrderlyStop stop = OrderlyStop.begin(run::cancel);
    try {
      long began = clock.nanos();
      boolean whole = run.run(jobs);
      List<CaseResult> all = results.inOrder(scripts);
      out.println(TextReport.of(all, Duration.ofNanos(clock.nanos() - began)));
      if (!whole) {
        err.println("atoll: interrupted; the other cases have not been done");
      }
      boolean written = file == null || write(all, file);
      boolean passed = whole && all.stream().allMatch(CaseResult::passed);
      return !written ? ExitCode.TROUBLE : passed ? ExitCode.SUCCESS : ExitCode.REFUSED;
    } finally {
      stop.reported();
    }
  }

  private boolean write(List<CaseResult> all, OutputStream file) {
    try (OutputStream to = file) {
      JunitXml.write(all, to);
      return true;
    } catch (IOException e) {
      err.printf("atoll: the results in %s are lost: %s%n", junit, HostException.reason(e));
      return false;
    }
  }

  /** Shows each result when it is there, and keeps it. */
  private final class Results implements TestRun.Listener {
    private final List<CaseResult> all = Collections.synchronizedList(new ArrayList<>());

    @Override
    public void progress(String step) {
      err.println("atoll: " + step);
    }

    @Override
    public synchronized void done(CaseResult result) {
      all.add(result);
      TextReport.of(result).forEach(out::println);
      out.flush();
    }

    /** As the scripts have them, however they came. */
    List<CaseResult> inOrder(List<TestScript> scripts) {
      return all.stream()
          .sorted(
              Comparator.comparingInt((CaseResult result) -> scripts.indexOf(result.script()))
                  .thenComparingInt(result -> result.of().line()))
          .toList();
    }
  }
}
