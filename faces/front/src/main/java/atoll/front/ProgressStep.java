package atoll.front;

import atoll.image.Progress.Unit;
import atoll.image.Words;

/** A step of long work, how far it is, and how that is said within a width. */
final class ProgressStep {
  private static final String PREFIX = "atoll: ";
  private static final String CUT = "...";
  private static final long SECOND = 1_000_000_000;

  /** Before that a guess at the end would be wild. */
  private static final long KNOWN_AFTER = 3 * SECOND;

  private static final int LONG_BAR = 24;
  private static final int SHORT_BAR = 10;

  /** Of a name that is cut short, fewer characters would say nothing. */
  private static final int SHORTEST_NAME = 12;

  private final String name;
  private final long total;
  private final Unit unit;
  private final long begun;
  private String part = "";
  private long done;

  /** What was done already when it began, such as by an earlier run. */
  private long first = -1;

  /**
   * @param begun the clock's nanoseconds when it began
   */
  ProgressStep(String name, long total, Unit unit, long begun) {
    this.name = name;
    this.total = total;
    this.unit = unit;
    this.begun = begun;
  }

  void doing(String part) {
    this.part = part;
  }

  void advance(long done) {
    if (first < 0) {
      first = unit == Unit.BYTES ? done : 0;
    }
    this.done = done;
  }

  /** 0 to 100; 0 if it is not known. */
  int percent() {
    return total == 0 ? 0 : Math.clamp(done * 100 / total, 0, 100);
  }

  /** Whether it is measured in things that each take a while. */
  boolean counts() {
    return unit != Unit.BYTES;
  }

  /** Says that it begins. */
  String announcement() {
    return PREFIX + name + (total == 0 ? "" : " (" + amount(total) + ")") + CUT;
  }

  /** Says how far it is, whatever the width. */
  String line(long now) {
    return PREFIX + name + ": " + numbers() + time(now);
  }

  /**
   * The same as a line that changes, with a bar if there is room. The last column stays empty: some
   * terminals go on to the next line when it is written.
   */
  String line(long now, int columns) {
    int room = columns - 1;
    String what = part.isEmpty() ? name : part;
    if (total == 0) {
      return cut(PREFIX + what + CUT, room);
    }
    String end = " " + numbers() + time(now);
    for (int bar : new int[] {LONG_BAR, SHORT_BAR}) {
      int left = room - PREFIX.length() - bar - 3 - end.length();
      if (left >= what.length() || bar == SHORT_BAR && left >= SHORTEST_NAME) {
        return PREFIX + cut(what, left) + " " + bar(bar) + end;
      }
    }
    int left = room - PREFIX.length() - 2 - numbers().length();
    return left >= SHORTEST_NAME
        ? PREFIX + cut(what, left) + ": " + numbers()
        : cut(numbers(), room);
  }

  private String bar(int length) {
    int full = percent() * length / 100;
    return "[" + "#".repeat(full) + ".".repeat(length - full) + "]";
  }

  private String numbers() {
    return counts()
        ? "%d of %d".formatted(done, total)
        : "%d %% of %s".formatted(percent(), amount(total));
  }

  private String amount(long size) {
    if (counts()) {
      return size + " " + Words.of(unit);
    }
    return size < 1 << 20
        ? "%d KiB".formatted(Math.max(1, size >> 10))
        : "%.1f MiB".formatted(size / (double) (1 << 20));
  }

  /** How long it has taken and may still take; nothing as long as that is a matter of moments. */
  private String time(long now) {
    long elapsed = now - begun;
    if (elapsed < KNOWN_AFTER) {
      return "";
    }
    String left =
        done > first && done < total
            ? ", about "
                + seconds((long) ((double) elapsed / (done - first) * (total - done)))
                + " left"
            : "";
    return ", " + seconds(elapsed) + left;
  }

  private static String seconds(long nanos) {
    long seconds = Math.round(nanos / (double) SECOND);
    return seconds < 100 ? seconds + " s" : "%d:%02d min".formatted(seconds / 60, seconds % 60);
  }

  private static String cut(String text, int room) {
    if (text.length() <= room) {
      return text;
    }
    return room <= CUT.length()
        ? text.substring(0, Math.max(0, room))
        : text.substring(0, room - CUT.length()) + CUT;
  }
}
