package atoll.front;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads a size with a binary unit: {@code 512M}, {@code 1G}, {@code 64MiB}. */
final class MemorySize implements ITypeConverter<Long> {
  private static final Pattern FORM = Pattern.compile("(\\d{1,9})([KMGT])(I?B)?");

  @Override
  public Long convert(String value) {
    Matcher matcher = FORM.matcher(value.toUpperCase(Locale.ROOT));
    if (!matcher.matches()) {
      throw new TypeConversionException(
          "'%s' is no size; give a number with a unit, such as 512M or 1G".formatted(value));
    }
    int shift = 10 * (1 + "KMGT".indexOf(matcher.group(2)));
    return Long.parseLong(matcher.group(1)) << shift;
  }
}
