package atoll.front;

import java.math.BigDecimal;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads the size of a disk as qemu-img does: bytes, or a number with a binary unit. */
final class DiskSize implements ITypeConverter<Long> {
  private static final Pattern FORM =
      Pattern.compile("(\\d{1,19}(?:\\.\\d{1,9})?)([BKMGTPE]?)(?:IB)?");
  private static final String UNITS = "BKMGTPE";

  @Override
  public Long convert(String value) {
    Matcher matcher = FORM.matcher(value.toUpperCase(Locale.ROOT));
    if (!matcher.matches()) {
      throw wrong(value);
    }
    int unit = Math.max(0, UNITS.indexOf(matcher.group(2).isEmpty() ? "B" : matcher.group(2)));
    try {
      return new BigDecimal(matcher.group(1))
          .multiply(BigDecimal.valueOf(1L << 10 * unit))
          .toBigInteger()
          .longValueExact();
    } catch (ArithmeticException e) {
      throw wrong(value);
    }
  }

  private static TypeConversionException wrong(String value) {
    return new TypeConversionException(
        "'%s' is not the size of a disk; give bytes, or a number with a unit, such as 10G"
            .formatted(value));
  }

  /** For people: with the largest unit that leaves one or more, and the bytes. */
  static String text(long bytes) {
    int unit = 0;
    while (unit + 1 < UNITS.length() && bytes >= 1L << 10 * (unit + 1)) {
      unit++;
    }
    if (unit == 0) {
      return bytes + " B";
    }
    String number = "%.3g".formatted(bytes / (double) (1L << 10 * unit));
    return new BigDecimal(number).stripTrailingZeros().toPlainString()
        + " "
        + UNITS.charAt(unit)
        + "iB";
  }
}
