package atoll.front;

import atoll.console.StandardError;
import atoll.host.Clock;
import atoll.image.Progress.Unit;
import atoll.manager.Event;
import atoll.manager.EventListener;
import java.io.PrintStream;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.IntSupplier;
import java.util.function.UnaryOperator;

/**
 * Shows long work on standard error: a line that changes on a terminal, as wide as that is; else a
 * line now and then.
 */
final class ProgressBar implements EventListener {
  private static final long SECOND = 1_000_000_000;

  /**
   * Elsewhere than on a terminal: no line sooner after the last one, however much has been done.
   */
  private static final long SOONEST = 5 * SECOND;

  /** Nor later, however little. */
  private static final long LATEST = 60 * SECOND;

  private static final int QUARTER = 25;

  private final PrintStream out;
  private final IntSupplier columns;
  private final Clock clock;
  private final Deque<ProgressStep> steps = new ArrayDeque<>();

  /** Characters of the line that is shown and can be changed. */
  private int shown;

  private int percent;
  private long lastLine;

  /**
   * @param columns how many characters a line of the terminal has at this moment; 0 if it is none
   */
  ProgressBar(PrintStream out, IntSupplier columns, Clock clock) {
    this.out = out;
    this.columns = columns;
    this.clock = clock;
  }

  /** On this process's standard error. */
  static ProgressBar on(PrintStream err, UnaryOperator<String> environment) {
    return new ProgressBar(
        err, () -> StandardError.columns(environment.apply("TERM")), Clock.host());
  }

  @Override
  public void accept(Event event) {
    if (event instanceof Event.Work work) {
      show(work);
    }
  }

  private void show(Event.Work event) {
    switch (event) {
      case Event.StepBegan(String step, long total, Unit unit) -> begin(step, total, unit);
      case Event.StepPart(String part) -> doing(part);
      case Event.StepAdvanced(long done) -> advance(done);
      case Event.StepEnded() -> end();
    }
  }

  private void begin(String step, long total, Unit unit) {
    steps.push(new ProgressStep(step, total, unit, clock.nanos()));
    percent = 0;
    if (columns.getAsInt() == 0) {
      line(steps.peek().announcement());
    } else {
      draw();
    }
  }

  private void doing(String part) {
    steps.peek().doing(part);
    if (columns.getAsInt() > 0) {
      draw();
    }
  }

  private void advance(long done) {
    ProgressStep step = steps.peek();
    int before = step.percent();
    step.advance(done);
    if (columns.getAsInt() == 0) {
      lineIfDue(step);
    } else if (step.percent() != before || step.counts()) {
      draw();
    }
  }

  private void lineIfDue(ProgressStep step) {
    long since = clock.nanos() - lastLine;
    boolean quarter = step.percent() / QUARTER > percent / QUARTER;
    if (quarter && since >= SOONEST || since >= LATEST) {
      percent = step.percent();
      line(step.line(clock.nanos()));
    }
  }

  private void line(String text) {
    lastLine = clock.nanos();
    out.print(text + "\n");
    out.flush();
  }

  /**
   * Over what was drawn last. If the window has become narrower since, that takes up several lines
   * now.
   */
  private void draw() {
    int width = columns.getAsInt();
    int above = Math.max(0, shown - 1) / width;
    String text = steps.peek().line(clock.nanos(), width);
    out.print(above > 0 ? "\033[" + above + "A\r\033[J" : "\r");
    out.print(text + "\033[K");
    out.flush();
    shown = text.length();
  }

  private void end() {
    steps.pop();
    if (shown > 0) {
      out.print("\n");
      out.flush();
      shown = 0;
    }
    if (!steps.isEmpty() && columns.getAsInt() > 0) {
      draw();
    }
  }
}
