package atoll.front;

import atoll.manager.Progress;
import java.io.PrintStream;

/** Shows long work on standard error: a bar that moves on a terminal, else a line per quarter. */
final class ProgressBar implements Progress {
  private static final int WIDTH = 24;

  private final PrintStream out;
  private final boolean moving;
  private String step = "";
  private long total;
  private int shown;

  /**
   * @param moving whether a carriage return goes back to the start of the line
   */
  ProgressBar(PrintStream out, boolean moving) {
    this.out = out;
    this.moving = moving;
  }

  @Override
  public void begin(String step, long total) {
    this.step = step;
    this.total = total;
    shown = 0;
    if (total == 0 || !moving) {
      out.print("atoll: " + step + (total == 0 ? "" : " (" + megabytes(total) + ")") + "...");
      out.print(moving ? "" : "\n");
      out.flush();
    } else {
      draw(0);
    }
  }

  @Override
  public void advance(long done) {
    if (total == 0) {
      return;
    }
    int percent = (int) Math.min(100, done * 100 / total);
    int least = moving ? 1 : 25;
    if (percent >= shown + least || percent < shown) {
      shown = moving ? percent : percent / least * least;
      draw(percent);
    }
  }

  private void draw(int percent) {
    if (moving) {
      int full = percent * WIDTH / 100;
      out.printf(
          "\ratoll: %s [%s%s] %3d %% of %s",
          step, "#".repeat(full), ".".repeat(WIDTH - full), percent, megabytes(total));
    } else {
      out.printf("atoll: %s: %d %%%n", step, percent);
    }
    out.flush();
  }

  private static String megabytes(long bytes) {
    return bytes < 1 << 20
        ? "%d KiB".formatted(Math.max(1, bytes >> 10))
        : "%.1f MiB".formatted(bytes / (double) (1 << 20));
  }

  @Override
  public void end() {
    if (moving) {
      out.println();
      out.flush();
    }
  }
}
