package atoll.front;

import atoll.scenario.TimeAmount;
import java.time.Duration;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads a time: {@code 60s}, {@code 5m}, {@code 500ms}; a plain number is seconds. */
final class TimeSpan implements ITypeConverter<Duration> {
  @Override
  public Duration convert(String value) {
    return TimeAmount.parse(value.matches("\\d+") ? value + "s" : value)
        .filter(time -> !time.isZero())
        .orElseThrow(() ->
            new TypeConversionException(
                "'%s' is not a time; give one such as 60s, 5m or 500ms".formatted(value)));
  }
}
