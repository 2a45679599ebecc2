package atoll.front;

import atoll.console.OutputFile;
import atoll.host.HostException;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.function.Supplier;
import picocli.CommandLine.Option;

/** The report at the end of a run, and the options that ask for it. */
final class EndReport {
  private static final String STATISTICS = "the statistics";

  @Option(names = "--stats", description = "at the end, print what happened to standard error")
  private boolean stats;

  @Option(
      names = "--stats-json",
      paramLabel = "FILE",
      description = "the same as JSON; - is standard output")
  private Path statsJson;

  private OutputStream file;

  /** Whether the user wants to know what the run was like. */
  boolean wanted() {
    return stats || statsJson != null;
  }

  /** Where the statistics go, if to a file; null otherwise. */
  Path file() {
    return statsJson == null || statsJson.toString().equals(OutputName.STANDARD_OUTPUT)
        ? null
        : statsJson;
  }

  /**
   * Before the run: opens what is written at its end.
   *
   * @throws atoll.host.HostException if it cannot be written
   */
  void open() {
    if (file() != null) {
      file = OutputFile.open(statsJson, STATISTICS);
    }
  }

  /**
   * Writes it. If it cannot be written, a message says so, and nothing else changes.
   *
   * @param text the statistics for people
   * @param json the statistics for programs
   * @param terminal what standard error is, if it is a terminal
   */
  void write(
      Session.Result result,
      Supplier<String> text,
      Supplier<String> json,
      PrintStream out,
      PrintStream err,
      String terminal) {
    if (!result.ending().message().isEmpty()) {
      err.println("atoll: " + result.ending().message());
    }
    CrashNotes.print(result.crashes(), err, terminal);
    result.remarks().forEach(remark -> err.println("atoll: " + remark));
    if (stats) {
      err.print(text.get());
    }
    if (statsJson == null) {
      return;
    }
    if (file == null) {
      out.print(json.get());
    } else {
      write(json.get(), err);
    }
  }

  private void write(String json, PrintStream err) {
    try (OutputStream to = file) {
      to.write(json.getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      err.printf("atoll: %s in %s are lost: %s%n", STATISTICS, statsJson, HostException.reason(e));
    }
  }
}
