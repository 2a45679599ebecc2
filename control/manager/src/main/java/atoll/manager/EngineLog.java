package atoll.manager;

import atoll.console.OutputFile;
import atoll.engine.TranslatedCode;
import atoll.engine.TranslationStatistics;
import atoll.host.HostException;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Writes where a guest's time went: the hottest pieces of code, and what Java had to do for it. */
final class EngineLog {
  private static final int MOST_SPOTS = 50;
  private static final int MOST_OPERATIONS = 10;

  private final Path file;
  private final OutputStream to;

  private EngineLog(Path file, OutputStream to) {
    this.file = file;
    this.to = to;
  }

  /**
   * Creates or empties the file.
   *
   * @throws HostException if it cannot be written
   */
  static EngineLog open(Path file) {
    return new EngineLog(file, OutputFile.open(file, "the engine's log"));
  }

  /** There is nothing to write. */
  void abandon() {
    try {
      to.close();
    } catch (IOException e) {
      // It is empty, and whatever is in the way has been said.
    }
  }

  /** Writes what is known at the end of a run; returns what could not be done, in a sentence. */
  Optional<String> write(CodeProfile profile, long instructions, TranslationStatistics statistics) {
    StringWriter text = new StringWriter();
    PrintWriter out = new PrintWriter(text);
    totals(out, instructions, statistics);
    spots(out, profile);
    operations(out, statistics);
    try (to) {
      to.write(text.toString().getBytes(StandardCharsets.UTF_8));
      return Optional.empty();
    } catch (IOException e) {
      return Optional.of(
          "the engine's log %s is lost: %s".formatted(file, HostException.reason(e)));
    }
  }

  private static void totals(PrintWriter out, long instructions, TranslationStatistics statistics) {
    out.printf(
        Locale.ROOT,
        "%,d instructions, %.2f %% of them interpreted; %,d blocks and %,d regions, %,d KiB of code%n",
        instructions,
        percent(statistics.interpreted(), instructions),
        statistics.blocks(),
        statistics.regions(),
        statistics.codeBytes() >> 10);
  }

  private static void spots(PrintWriter out, CodeProfile profile) {
    out.printf(
        Locale.ROOT,
        "%nHottest code: pieces by the slices that ended in them, of %,d%n%n",
        profile.samples());
    out.println(
        "  samples   share  kind    hart  virtual           physical        instructions   bytes");
    for (CodeProfile.Spot spot : profile.hottest(MOST_SPOTS)) {
      TranslatedCode code = spot.code();
      out.printf(
          Locale.ROOT,
          "%9d %6.2f%%  %-6s  %4d  %016x  %014x  %12d  %6d%n",
          spot.samples(),
          percent(spot.samples(), profile.samples()),
          code.kind().name().toLowerCase(Locale.ROOT),
          code.hart(),
          code.va(),
          code.pa(),
          code.instructions(),
          code.bytes());
    }
  }

  private static void operations(PrintWriter out, TranslationStatistics statistics) {
    long all = statistics.exits().getOrDefault("slow", 0L);
    out.printf(Locale.ROOT, "%nInstructions left to Java: %,d%n%n", all);
    statistics.slowOperations().entrySet().stream()
        .sorted(Map.Entry.comparingByValue(Comparator.reverseOrder()))
        .limit(MOST_OPERATIONS)
        .forEach(operation ->
            out.printf(
                Locale.ROOT,
                "%12d %6.2f%%  %s%n",
                operation.getValue(),
                percent(operation.getValue(), all),
                operation.getKey()));
  }

  private static double percent(long part, long whole) {
    return whole == 0 ? 0 : 100.0 * part / whole;
  }
}
