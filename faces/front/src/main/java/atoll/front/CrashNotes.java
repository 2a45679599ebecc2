package atoll.front;

import atoll.console.StandardError;
import atoll.manager.Event;
import atoll.manager.EventListener;
import atoll.report.CrashReport;
import atoll.report.ReportLine;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Keeps the report of each VM whose last life has failed, to be shown at the end. Thread-safe. */
final class CrashNotes implements EventListener {
  private static final String RED = "\u001b[31m";
  private static final String BOLD = "\u001b[1m";
  private static final String USUAL = "\u001b[0m";

  private final Map<String, CrashReport> last = new LinkedHashMap<>();

  @Override
  public synchronized void accept(Event event) {
    // No switch, as in PluggedConsoles: the first use of one takes long.
    if (event instanceof Event.Crashed(String vm, CrashReport report)) {
      last.put(vm, report);
    } else if (event instanceof Event.LifeBegan began) {
      last.remove(began.vm());
    }
  }

  synchronized List<CrashReport> reports() {
    return new ArrayList<>(last.values());
  }

  /**
   * Shows reports on standard error, in colours if that is a terminal.
   *
   * @param terminal its kind; null or {@code dumb} for none that has colours
   */
  static void print(List<CrashReport> reports, PrintStream err, String terminal) {
    boolean colours = !reports.isEmpty() && terminal != null && StandardError.columns(terminal) > 0;
    for (CrashReport report : reports) {
      report.lines().forEach(line -> err.println(colours ? coloured(line) : line.text()));
    }
  }

  private static String coloured(ReportLine line) {
    return switch (line.kind()) {
      case TITLE, HEADING -> BOLD + line.text() + USUAL;
      case FAULT -> RED + line.text() + USUAL;
      case PLAIN -> line.text();
    };
  }
}
