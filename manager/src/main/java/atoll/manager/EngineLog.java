package atoll.manager;

import atoll.engine.TranslatedCode;
import atoll.engine.TranslationStatistics;
import atoll.host.HostException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Locale;
import java.util.Map;

/** Writes where a guest's time went: the hottest pieces of code, and what Java had to do for it. */
final class EngineLog {
  private static final int MOST_SPOTS = 50;
  private static final int MOST_OPERATIONS = 10;

  private final Path file;

  private EngineLog(Path file) {
    this.file = file;
  }

  /** Creates or empties the file. */
  static EngineLog open(Path file) {
    try {
      Files.writeString(file, "");
      return new EngineLog(file);
    } catch (IOException e) {
      throw new ManagerException(
          "the engine's log %s cannot be written (%s); give another file with --engine-log"
              .formatted(file, e),
          e);
    }
  }

  /** Writes what is known at the end of a run. */
  void write(CodeProfile profile, long instructions, TranslationStatistics statistics) {
    StringWriter text = new StringWriter();
    PrintWriter out = new PrintWriter(text);
    totals(out, instructions, statistics);
    spots(out, profile);
    operations(out, statistics);
    try {
      Files.writeString(file, text.toString());
    } catch (IOException e) {
      throw new ManagerException(
          "the engine's log %s is lost (%s); free some space"
              .formatted(file, HostException.reason(e)),
          e);
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
