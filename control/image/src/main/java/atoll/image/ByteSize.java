package atoll.image;

import java.util.Locale;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Numbers of bytes as people write them: {@code 512M}, {@code 1G}, {@code 64KiB}. */
public final class ByteSize {
  private static final Pattern FORM = Pattern.compile("(\\d{1,9})([KMGT])(I?B)?");
  private static final String UNITS = "KMGT";

  private ByteSize() {}

  /** Bytes; empty if it is not a number with a binary unit, or too large for a long. */
  public static OptionalLong parse(String text) {
    Matcher matcher = FORM.matcher(text.toUpperCase(Locale.ROOT));
    if (!matcher.matches()) {
      return OptionalLong.empty();
    }
    int shift = shift(UNITS.indexOf(matcher.group(2)));
    long number = Long.parseLong(matcher.group(1));
    return number > Long.MAX_VALUE >> shift
        ? OptionalLong.empty()
        : OptionalLong.of(number << shift);
  }

  /** Whether it has the form of a size, and is more than a long has room for. */
  public static boolean isTooLarge(String text) {
    return FORM.matcher(text.toUpperCase(Locale.ROOT)).matches() && parse(text).isEmpty();
  }

  /** With the largest unit that leaves a whole number. */
  public static String format(long bytes) {
    for (int unit = UNITS.length() - 1; unit >= 0; unit--) {
      if (bytes != 0 && bytes % (1L << shift(unit)) == 0) {
        return (bytes >> shift(unit)) + UNITS.substring(unit, unit + 1);
      }
    }
    return bytes + "B";
  }

  /** With the largest unit that leaves one or more, and a decimal where it is not whole. */
  public static String rounded(long bytes) {
    int unit = UNITS.length() - 1;
    while (unit >= 0 && bytes < 1L << shift(unit)) {
      unit--;
    }
    return unit < 0 || bytes % (1L << shift(unit)) == 0
        ? format(bytes)
        : "%.1f%c".formatted((double) bytes / (1L << shift(unit)), UNITS.charAt(unit));
  }

  private static int shift(int unit) {
    return 10 * (unit + 1);
  }
}
