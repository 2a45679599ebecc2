package atoll.front;

import picocli.CommandLine.TypeConversionException;

/** Text that is typed at a guest, with keys that a shell's word cannot have. */
final class TypedText {
  static final String EXPECTED = "\\r, \\n, \\t, \\e, \\\\ or \\xHH";

  /** Behind {@code \x}. */
  private static final int DIGITS = 2;

  private TypedText() {}

  /** The text with what stands behind a backslash in its place. */
  static String of(String written) {
    StringBuilder text = new StringBuilder();
    int i = 0;
    while (i < written.length()) {
      char c = written.charAt(i++);
      if (c != '\\') {
        text.append(c);
      } else if (written.startsWith("x", i)) {
        text.append(byCode(written, i + 1));
        i += 1 + DIGITS;
      } else {
        text.append(key(written, i));
        i++;
      }
    }
    return text.toString();
  }

  private static char key(String written, int at) {
    return switch (at < written.length() ? written.charAt(at) : ' ') {
      case 'r' -> '\r';
      case 'n' -> '\n';
      case 't' -> '\t';
      case 'e' -> '\u001b';
      case '\\' -> '\\';
      default -> throw wrong(written);
    };
  }

  private static char byCode(String written, int at) {
    String digits = written.substring(Math.min(at, written.length()));
    if (!digits.matches("(?s)[0-7]\\p{XDigit}.*")) {
      throw wrong(written);
    }
    return (char) Integer.parseInt(digits.substring(0, DIGITS), 16);
  }

  private static TypeConversionException wrong(String written) {
    return new TypeConversionException(
        "'%s' has a backslash with something else behind it, expected %s"
            .formatted(written, EXPECTED));
  }
}
