package atoll.front;

import atoll.console.OutputFile;
import atoll.host.HostException;
import atoll.manager.Manager;
import atoll.manager.MmuComparison;
import atoll.manager.MmuWorkload;
import atoll.manager.PlanAction;
import atoll.scenario.Engines;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.UnaryOperator;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code atoll mmu-report}. */
@Command(
    name = "mmu-report",
    header = "Compares the ways to translate a VM's addresses.",
    description = {
      "",
      "Runs the same guests under each technique, one VM at a time, and prints a table: time, exits,"
          + " TLB misses and fills, table references for each miss, bytes of tables, flushes.",
      ""
    },
    footer = {
      "",
      "Exit codes: 0 done; 2 wrong usage; 125 a guest failed, or a problem with the host or the configuration."
    },
    sortOptions = false)
final class MmuReportCommand implements Callable<Integer> {
  private static final String CHART = "the chart";

  private final Manager manager;
  private final UnaryOperator<String> environment;
  private final PrintStream out;
  private final PrintStream err;

  @Option(
      names = "--engine",
      paramLabel = "NAME",
      defaultValue = Engines.AUTO,
      converter = EngineName.class,
      description = "auto, translator or interpreter (default: ${DEFAULT-VALUE})")
  private String engine;

  @Option(
      names = "--rounds",
      paramLabel = "N",
      defaultValue = "3",
      converter = RoundCount.class,
      description = "runs of each, 1 to 100; the fastest counts (default: ${DEFAULT-VALUE})")
  private int rounds;

  @Option(
      names = "--no-boot",
      description = "leave out the boot of Linux (its images may have to be fetched)")
  private boolean noBoot;

  @Option(names = "--json", description = "print JSON in place of the table")
  private boolean json;

  @Option(
      names = "--svg",
      paramLabel = "FILE",
      converter = OutputName.class,
      description = "also write a chart of the times")
  private Path svg;

  MmuReportCommand(
      Manager manager, UnaryOperator<String> environment, PrintStream out, PrintStream err) {
    this.manager = manager;
    this.environment = environment;
    this.out = out;
    this.err = err;
  }

  @Override
  public Integer call() {
    List<MmuWorkload> workloads =
        Arrays.stream(MmuWorkload.values()).filter(w -> !noBoot || w != MmuWorkload.BOOT).toList();
    // Opened before minutes of work.
    Optional<OutputStream> chart =
        Optional.ofNullable(svg).map(file -> OutputFile.open(file, CHART));
    ProgressBar progress = ProgressBar.on(err, environment);
    MmuComparison comparison =
        manager.perform(new PlanAction.CompareMmus(engine, workloads, rounds), progress);
    out.print(json ? MmuReportJson.of(comparison) : MmuReportText.of(comparison));
    return chart.isPresent() ? draw(comparison, chart.get()) : ExitCode.SUCCESS;
  }

  private int draw(MmuComparison comparison, OutputStream chart) {
    try (chart) {
      chart.write(MmuReportChart.of(comparison).getBytes(StandardCharsets.UTF_8));
      return ExitCode.SUCCESS;
    } catch (IOException e) {
      err.printf("atoll: %s in %s is lost: %s%n", CHART, svg, HostException.reason(e));
      return ExitCode.TROUBLE;
    }
  }
}
