package atoll.console;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Decides a run by what a guest prints: a list of expressions is to be found in their order, and
 * none of another list. The first of the two decides, and nothing after it counts.
 *
 * <p>Each expression is looked for in single lines of {@link PlainText}, also in an unfinished one,
 * where {@code $} and its kind do not match yet. Of a longer line the last {@value #KEPT} bytes and
 * more are looked at. The cost of one search is bounded ({@link BoundedText}).
 */
public final class OutputPatterns implements OutputWatch {
  private static final int LONGEST = 1024;
  private static final int KEPT = 512;
  private static final int NOWHERE = Integer.MAX_VALUE;

  private final List<LineSearch> expected;
  private final List<LineSearch> forbidden;
  private final Runnable decided;
  private final PlainText text = new PlainText(new Line());

  private final byte[] line = new byte[LONGEST];
  private int length;

  /** Whether the line's beginning is no longer there. */
  private boolean cut;

  /** Whether the line has grown since it was looked at. */
  private boolean grown;

  /** How much of the line at least came before the last one that was expected. */
  private int from;

  private int met;
  private Verdict verdict = new Verdict.Open();

  /** The result. */
  public sealed interface Verdict {
    /** Not decided. */
    record Open() implements Verdict {}

    /** All that was expected has been printed. */
    record Met() implements Verdict {}

    /** Something forbidden has been printed. */
    record Forbidden(String pattern, String line) implements Verdict {}
  }

  private final class Line implements PlainText.Lines {
    @Override
    public void text(byte b) {
      if (length == LONGEST) {
        look(false);
        forget(LONGEST - KEPT);
      }
      line[length++] = b;
      grown = true;
    }

    @Override
    public void end() {
      look(true);
      length = 0;
      from = 0;
      cut = false;
    }
  }

  /**
   * @param expected in this order; if there is none, the end of the run is not decided by them
   * @param decided called once, on the thread that writes output, when the verdict is there
   */
  public OutputPatterns(List<Pattern> expected, List<Pattern> forbidden, Runnable decided) {
    this.expected = expected.stream().map(LineSearch::new).toList();
    this.forbidden = forbidden.stream().map(LineSearch::new).toList();
    this.decided = Objects.requireNonNull(decided, "decided");
  }

  /** What has been decided until now. */
  public synchronized Verdict verdict() {
    return verdict;
  }

  /** The first expression that is still expected. */
  public synchronized Optional<String> missing() {
    return met < expected.size()
        ? Optional.of(expected.get(met).pattern().pattern())
        : Optional.empty();
  }

  /** Expressions for which searching a line took too long, so that the line was passed over. */
  public synchronized List<String> skipped() {
    return Stream.concat(expected.stream(), forbidden.stream())
        .filter(LineSearch::skipped)
        .map(search -> search.pattern().pattern())
        .distinct()
        .sorted()
        .toList();
  }

  @Override
  public void printed(byte[] bytes, int offset, int count) {
    if (look(bytes, offset, count)) {
      decided.run();
    }
  }

  /** Returns whether this has decided. */
  private synchronized boolean look(byte[] bytes, int offset, int count) {
    if (!open()) {
      return false;
    }
    for (int i = offset; i < offset + count && open(); i++) {
      text.accept(bytes[i]);
    }
    if (grown) {
      look(false);
    }
    return !open();
  }

  private boolean open() {
    return verdict instanceof Verdict.Open;
  }

  private void forget(int bytes) {
    System.arraycopy(line, bytes, line, 0, length - bytes);
    length -= bytes;
    from = Math.max(0, from - bytes);
    cut = true;
  }

  /**
   * Looks at the line as it is now.
   *
   * @param whole whether nothing more belongs to it
   */
  private void look(boolean whole) {
    grown = false;
    if (!open()) {
      return;
    }
    String now = new String(line, 0, length, StandardCharsets.UTF_8);
    int bad = NOWHERE;
    String which = "";
    for (LineSearch search : forbidden) {
      int end = find(search, now, cut ? 1 : 0, whole);
      if (end < bad) {
        bad = end;
        which = search.pattern().pattern();
      }
    }
    int good = meet(now, whole);
    if (bad != NOWHERE && bad <= good) {
      verdict = new Verdict.Forbidden(which, now);
    } else if (good != NOWHERE) {
      verdict = new Verdict.Met();
    }
  }

  /** Finds what is expected next; returns where the last of all ends, or nowhere. */
  private int meet(String now, boolean whole) {
    while (met < expected.size()) {
      int end = find(expected.get(met), now, Math.max(from, cut ? 1 : 0), whole);
      if (end == NOWHERE) {
        return NOWHERE;
      }
      met++;
      from = end;
    }
    return expected.isEmpty() ? NOWHERE : from;
  }

  /** Where the first match ends. */
  private static int find(LineSearch search, String now, int start, boolean whole) {
    return search.in(now, start, whole).map(MatchResult::end).orElse(NOWHERE);
  }
}
