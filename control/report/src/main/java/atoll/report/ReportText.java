package atoll.report;

import atoll.report.CrashReport.Call;
import atoll.report.CrashReport.Fault;
import atoll.report.CrashReport.HartScene;
import atoll.report.CrashReport.Line;
import atoll.report.CrashReport.Word;
import atoll.report.ReportLine.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** A report for a person: what helps first comes first. */
final class ReportText {
  private static final int COLUMNS = 4;
  private static final int WIDTH = 110;

  /** Calls of a hart that the report is not about. */
  private static final int FEW = 3;

  private final CrashReport report;
  private final int console;
  private final List<ReportLine> lines = new ArrayList<>();

  ReportText(CrashReport report, int console) {
    this.report = report;
    this.console = console;
  }

  List<ReportLine> lines() {
    add(
        Kind.TITLE,
        "== %s, life %d, at %.6f s: it %s"
            .formatted(report.vm(), report.life(), report.time().toNanos() / 1e9, what()));
    report.notes().forEach(note -> plain(note));
    for (HartScene hart : report.harts()) {
      if (hart.equals(report.harts().getFirst())) {
        whole(hart);
      } else {
        brief(hart);
      }
    }
    console();
    return lines;
  }

  /** The exception that has been the end is told of by itself. */
  private String what() {
    boolean told = report.harts().getFirst().first().isPresent();
    return told ? report.what().replaceFirst(":.*", "") : report.what();
  }

  private void add(Kind kind, String text) {
    lines.add(new ReportLine(kind, text));
  }

  private void plain(String text) {
    add(Kind.PLAIN, "   " + text);
  }

  private void heading(String text) {
    add(Kind.HEADING, "-- " + text);
  }

  // ------------------------------------------------------------ harts

  private void whole(HartScene hart) {
    heading(hart(hart));
    hart.first().ifPresent(fault -> fault(fault, ""));
    hart.last().ifPresent(fault -> fault(fault, before(hart, fault)));
    code(hart);
    calls(hart, Integer.MAX_VALUE);
    registers(hart);
    heading("CSRs");
    table(hart.csrs());
    stack(hart);
    exits(hart);
  }

  private static String before(HartScene hart, Fault last) {
    if (hart.first().isEmpty()) {
      return "last exception that it handled: "; // the mode is the handler's
    }
    return Stream.of("mtvec", "stvec", "vstvec")
        .filter(
            csr -> Optional.ofNullable(hart.csrs().get(csr)).filter(last.pc()::equals).isPresent())
        .findFirst()
        .map(csr -> "and then, where %s leads: ".formatted(csr))
        .orElse("and then ");
  }

  private static String hart(HartScene hart) {
    return "hart %d, %s mode, %s: pc %s"
        .formatted(hart.hart(), hart.mode(), hart.state(), hart.registers().get("pc"));
  }

  private void brief(HartScene hart) {
    heading(hart(hart));
    calls(hart, FEW);
  }

  private void fault(Fault fault, String before) {
    String what = fault.number() == 2 || fault.number() == 22 ? "instruction" : "address";
    add(
        Kind.FAULT,
        "   %s%s (cause %d) in %s mode at %s, %s %s"
            .formatted(
                before,
                fault.cause(),
                fault.number(),
                fault.mode(),
                fault.pc(),
                what,
                fault.value()));
    fault.walk().forEach(step -> plain("  " + step));
  }

  private void code(HartScene hart) {
    if (hart.code().stream().noneMatch(Line::next)) {
      heading("code: there is no memory at that pc, or it is not mapped");
      return;
    }
    Line next = hart.code().stream().filter(Line::next).findFirst().orElseThrow();
    heading(next.address().place().map(place -> "code of " + place).orElse("code"));
    for (Line line : hart.code()) {
      String mark = line.next() ? "=> " : "   ";
      add(
          line.next() ? Kind.FAULT : Kind.PLAIN,
          "%s%s  %-8s  %s".formatted(mark, line.address().value(), line.bits(), line.text()));
    }
  }

  private void calls(HartScene hart, int most) {
    if (hart.calls().isEmpty()) {
      return;
    }
    boolean sure = hart.calls().getLast().sure();
    heading(sure ? "called from" : "called from, perhaps (words on the stack behind a call)");
    hart.calls().stream().limit(most).map(Call::returns).forEach(call -> plain(call.toString()));
  }

  private void registers(HartScene hart) {
    heading("registers");
    StringBuilder row = new StringBuilder();
    int column = 0;
    for (Map.Entry<String, Word> register : hart.registers().entrySet()) {
      row.append("%5s %s ".formatted(register.getKey(), register.getValue().value().substring(2)));
      if (++column % COLUMNS == 0) {
        add(Kind.PLAIN, row.toString().stripTrailing());
        row.setLength(0);
      }
    }
    List<String> named = new ArrayList<>();
    hart.registers()
        .forEach((name, word) -> word.place().ifPresent(place -> named.add(name + " " + place)));
    wrapped(named);
  }

  private void table(Map<String, Word> words) {
    wrapped(words.entrySet().stream().map(word -> word.getKey() + " " + word.getValue()).toList());
  }

  private void wrapped(List<String> parts) {
    StringBuilder row = new StringBuilder();
    for (String part : parts) {
      if (!row.isEmpty() && row.length() + part.length() > WIDTH) {
        plain(row.toString());
        row.setLength(0);
      }
      row.append(row.isEmpty() ? "" : ", ").append(part);
    }
    if (!row.isEmpty()) {
      plain(row.toString());
    }
  }

  private void stack(HartScene hart) {
    if (hart.stack().isEmpty()) {
      heading("stack: there is no memory at sp, or it is not mapped");
      return;
    }
    heading("stack at sp");
    StringBuilder row = new StringBuilder();
    int column = 0;
    for (Word word : hart.stack()) {
      row.append(" ").append(word.value().substring(2));
      if (++column % COLUMNS == 0) {
        add(Kind.PLAIN, "  " + row);
        row.setLength(0);
      }
    }
  }

  /** The same again and again, such as a status that is polled, is one line. */
  private void exits(HartScene hart) {
    if (hart.exits().isEmpty()) {
      return;
    }
    heading("last exits");
    String before = "";
    String shown = "";
    int times = 0;
    for (String exit : hart.exits()) {
      String what = exit.substring(exit.indexOf("  "));
      if (!what.equals(before)) {
        exit(shown, times);
        times = 0;
      }
      before = what;
      shown = exit;
      times++;
    }
    exit(shown, times);
  }

  private void exit(String exit, int times) {
    if (times > 0) {
      plain(times > 1 ? "%s (%d times)".formatted(exit, times) : exit);
    }
  }

  private void console() {
    List<String> all = report.console();
    List<String> last = all.subList(Math.max(0, all.size() - console), all.size());
    if (!last.isEmpty()) {
      heading("console");
      last.forEach(this::plain);
    }
  }
}
