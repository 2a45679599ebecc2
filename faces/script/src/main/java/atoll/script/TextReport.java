package atoll.script;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Results for a person. */
public final class TextReport {
  private TextReport() {}

  /** Some lines about a case. */
  public static List<String> of(CaseResult result) {
    List<String> lines = new ArrayList<>();
    lines.add(
        "%s %s: %s (%s)"
            .formatted(
                result.passed() ? "ok  " : "FAIL",
                result.script().name(),
                result.of().name(),
                seconds(result.took())));
    result
        .failure()
        .ifPresent(failure -> {
          reason(result, failure).lines().map(line -> "     " + line).forEach(lines::add);
          failure.tail().lines().map(line -> "     | " + line).forEach(lines::add);
        });
    return lines;
  }

  /** Where and why a case has failed. */
  static String reason(CaseResult result, CaseResult.Failure failure) {
    String step = failure.step().isEmpty() ? "" : failure.step() + ": ";
    return "%s:%d: %s%s".formatted(result.script().file(), failure.line(), step, failure.message());
  }

  /** One line about all. */
  public static String of(List<CaseResult> results, Duration took) {
    long failed = results.stream().filter(result -> !result.passed()).count();
    String count = results.size() == 1 ? "1 case" : results.size() + " cases";
    return "%s: %d passed, %d failed, in %s"
        .formatted(count, results.size() - failed, failed, seconds(took));
  }

  private static String seconds(Duration time) {
    return String.format(Locale.ROOT, "%.1f s", time.toNanos() / 1e9);
  }
}
