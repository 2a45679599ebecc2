package atoll.front;

import java.time.Duration;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads a time: {@code 60s}, {@code 5m}, {@code 500ms}; a plain number is seconds. */
final class TimeSpan implements ITypeConverter<Duration> {
  private static final Pattern FORM = Pattern.compile("(\\d{1,9})(MS|S|M|H)?");

  @Override
  public Duration convert(String value) {
    Matcher matcher = FORM.matcher(value.toUpperCase(Locale.ROOT));
    if (!matcher.matches() || Long.parseLong(matcher.group(1)) == 0) {
      throw new TypeConversionException(
          "'%s' is no time; give one such as 60s, 5m or 500ms".formatted(value));
    }
    long number = Long.parseLong(matcher.group(1));
    return switch (matcher.group(2) == null ? "S" : matcher.group(2)) {
      case "MS" -> Duration.ofMillis(number);
      case "M" -> Duration.ofMinutes(number);
      case "H" -> Duration.ofHours(number);
      default -> Duration.ofSeconds(number);
    };
  }
}
