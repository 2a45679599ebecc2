package atoll.console;

import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Looks for an expression in lines of a guest's output. The cost of each search is bounded ({@link
 * BoundedText}). One thread uses it.
 */
public final class LineSearch {
  private final Pattern pattern;
  private boolean skipped;

  /**
   * @param pattern is found in single lines
   */
  public LineSearch(Pattern pattern) {
    this.pattern = pattern;
  }

  /**
   * The first match in a line.
   *
   * @param from where it may begin
   * @param whole whether nothing more belongs to the line; {@code $} and its kind match only then
   */
  @SuppressWarnings("JdkObsolete") // A streaming use: more of the line may come.
  public Optional<MatchResult> in(String line, int from, boolean whole) {
    if (from > line.length()) {
      return Optional.empty();
    }
    Matcher matcher = pattern.matcher(new BoundedText(line));
    matcher.region(from, line.length()).useAnchoringBounds(from == 0);
    matcher.useTransparentBounds(true);
    try {
      boolean sure = matcher.find() && (whole || !matcher.requireEnd());
      return sure ? Optional.of(matcher.toMatchResult()) : Optional.empty();
    } catch (BoundedText.TooLong | StackOverflowError e) {
      skipped = true;
      return Optional.empty();
    }
  }

  /** The expression. */
  public Pattern pattern() {
    return pattern;
  }

  /** Whether searching a line took too long, so that it was passed over. */
  public boolean skipped() {
    return skipped;
  }
}
