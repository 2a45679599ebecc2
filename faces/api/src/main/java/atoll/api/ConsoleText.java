package atoll.api;

import atoll.console.PlainText;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * What one device of a console has printed, as lines of plain text: the latest ones. Its watch has
 * the lock.
 */
final class ConsoleText {
  /** Characters that are kept, about. */
  private static final int MOST = 1 << 20;

  /** Bytes of a line; a longer one goes on as another. */
  static final int LONGEST = 8192;

  /**
   * A line that is complete.
   *
   * @param order among the lines of all devices
   */
  record Line(long order, String text) {}

  private final List<Line> lines = new ArrayList<>();
  private final PlainText plain = new PlainText(new Receiver());
  private final ByteArrayOutputStream rest = new ByteArrayOutputStream();

  /** The rest as text; null if it has changed since. */
  private String unfinished = "";

  /** The number of the first line that is kept, from 0. */
  private long first;

  private long kept;
  private long order;

  private final class Receiver implements PlainText.Lines {
    @Override
    public void text(byte b) {
      rest.write(b);
      unfinished = null;
      if (rest.size() == LONGEST) {
        end();
      }
    }

    @Override
    public void end() {
      lines.add(new Line(order, unfinished()));
      kept += lines.getLast().text.length() + 1;
      rest.reset();
      unfinished = "";
    }
  }

  /**
   * More output.
   *
   * @param now of the lines that this completes
   */
  void print(byte[] bytes, long now) {
    order = now;
    for (byte b : bytes) {
      plain.accept(b);
    }
    trim();
  }

  /** Whoever has printed the unfinished line prints no more of it. */
  void cut() {
    if (rest.size() > 0) {
      plain.accept((byte) '\n');
    }
  }

  private void trim() {
    if (kept <= MOST) {
      return;
    }
    int count = 0;
    while (kept > MOST / 2) {
      kept -= lines.get(count++).text.length() + 1;
    }
    lines.subList(0, count).clear();
    first += count;
  }

  /** The number of the first line that is kept. */
  long first() {
    return first;
  }

  /** The number of the line that is not complete. */
  long last() {
    return first + lines.size();
  }

  /** A line that is complete. */
  Line line(long number) {
    return lines.get((int) (number - first));
  }

  /** What the last line has so far. */
  String unfinished() {
    if (unfinished == null) {
      unfinished = rest.toString(StandardCharsets.UTF_8);
    }
    return unfinished;
  }

  /** The lines that are complete. */
  List<Line> lines() {
    return lines;
  }
}
