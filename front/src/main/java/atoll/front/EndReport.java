package atoll.front;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Supplier;
import picocli.CommandLine.Option;

/** What is told at the end of a run, and the options that ask for it. */
final class EndReport {
  private static final String STANDARD_OUTPUT = "-";

  @Option(names = "--stats", description = "at the end, print what happened to standard error")
  private boolean stats;

  @Option(
      names = "--stats-json",
      paramLabel = "FILE",
      description = "the same as JSON; - is standard output")
  private Path statsJson;

  /**
   * Writes it.
   *
   * @param message why the run has ended, or nothing
   * @param text the statistics for people
   * @param json the statistics for programs
   */
  void write(
      String message,
      Supplier<String> text,
      Supplier<String> json,
      PrintStream out,
      PrintStream err)
      throws IOException {
    if (!message.isEmpty()) {
      err.println("atoll: " + message);
    }
    if (stats) {
      err.print(text.get());
    }
    if (statsJson == null) {
      return;
    }
    if (statsJson.toString().equals(STANDARD_OUTPUT)) {
      out.print(json.get());
    } else {
      Files.writeString(statsJson, json.get());
    }
  }
}
