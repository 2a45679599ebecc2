package atoll.front;

import atoll.scenario.TimeAmount;
import java.time.Duration;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads a time: {@code 60s}, {@code 5m}, {@code 500ms}; a plain number is seconds. */
final class TimeSpan implements ITypeConverter<Duration> {
  private final Duration least;
  private final Duration most;

  /** Any time that is not nothing. */
  TimeSpan() {
    this(Duration.ofNanos(1), TimeAmount.LONGEST);
  }

  /** A time within limits. */
  TimeSpan(Duration least, Duration most) {
    this.least = least;
    this.most = most;
  }

  @Override
  public Duration convert(String value) {
    return TimeAmount.parse(value.matches("\\d+") ? value + "s" : value)
        .filter(time -> time.compareTo(least) >= 0 && time.compareTo(most) <= 0)
        .orElseThrow(() ->
            new TypeConversionException(
                "'%s' is not a time from %s to %s; give one such as 60s, 5m or 500ms"
                    .formatted(value, TimeAmount.format(least), TimeAmount.format(most))));
  }
}
