package atoll.scenario;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Amounts of time as people write them: {@code 500us}, {@code 20ms}, {@code 5m}. */
public final class TimeAmount {
  private static final Pattern FORM = Pattern.compile("(\\d{1,9})(ns|us|ms|s|m|h)");

  /** Nanoseconds of each unit, the largest first. */
  private static final Map<String, Long> UNITS = new LinkedHashMap<>();

  static {
    UNITS.put("h", Duration.ofHours(1).toNanos());
    UNITS.put("m", Duration.ofMinutes(1).toNanos());
    UNITS.put("s", Duration.ofSeconds(1).toNanos());
    UNITS.put("ms", Duration.ofMillis(1).toNanos());
    UNITS.put("us", 1_000L);
    UNITS.put("ns", 1L);
  }

  /** Longer than anything runs, and short enough to be added to any time of a clock. */
  public static final Duration LONGEST = Duration.ofDays(36_500);

  private TimeAmount() {}

  /** Empty if it is not a number with a unit, or more than 100 years. */
  public static Optional<Duration> parse(String text) {
    Matcher matcher = FORM.matcher(text.toLowerCase(Locale.ROOT));
    if (!matcher.matches()) {
      return Optional.empty();
    }
    Duration unit = Duration.ofNanos(UNITS.get(matcher.group(2)));
    return Optional.of(unit.multipliedBy(Long.parseLong(matcher.group(1))))
        .filter(time -> time.compareTo(LONGEST) <= 0);
  }

  /** With the largest unit that leaves a whole number. */
  public static String format(Duration time) {
    long nanos = time.toNanos();
    for (Map.Entry<String, Long> unit : UNITS.entrySet()) {
      if (nanos != 0 && nanos % unit.getValue() == 0) {
        return nanos / unit.getValue() + unit.getKey();
      }
    }
    return "0ms";
  }

  /** The same for a sentence: {@code 4 s}, {@code 1 min}, {@code 500 ms}. */
  public static String inWords(Duration time) {
    Matcher parts = FORM.matcher(format(time));
    if (!parts.matches()) {
      return format(time);
    }
    String unit = parts.group(2);
    return parts.group(1) + " " + (unit.equals("m") ? "min" : unit);
  }
}
