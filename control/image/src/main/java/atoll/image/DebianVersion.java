package atoll.image;

/** The order of versions of Debian packages, as in deb-version(7). */
final class DebianVersion {
  private DebianVersion() {}

  /** Negative, 0 or positive as {@code a} is older than, the same as or newer than {@code b}. */
  static int compare(String a, String b) {
    int epochs = compareNumbers(epoch(a), epoch(b));
    if (epochs != 0) {
      return epochs;
    }
    int upstream = comparePart(upstream(a), upstream(b));
    return upstream != 0 ? upstream : comparePart(revision(a), revision(b));
  }

  private static String epoch(String version) {
    return version.substring(0, Math.max(0, version.indexOf(':')));
  }

  private static String withoutEpoch(String version) {
    return version.substring(version.indexOf(':') + 1);
  }

  private static String upstream(String version) {
    String rest = withoutEpoch(version);
    int dash = rest.lastIndexOf('-');
    return dash < 0 ? rest : rest.substring(0, dash);
  }

  private static String revision(String version) {
    String rest = withoutEpoch(version);
    int dash = rest.lastIndexOf('-');
    return dash < 0 ? "" : rest.substring(dash + 1);
  }

  /** Texts and numbers in turn, each compared by its own rule. */
  private static int comparePart(String a, String b) {
    int i = 0;
    int j = 0;
    while (i < a.length() || j < b.length()) {
      int endOfText = endOfText(a, i);
      int otherEndOfText = endOfText(b, j);
      int texts = compareTexts(a.substring(i, endOfText), b.substring(j, otherEndOfText));
      if (texts != 0) {
        return texts;
      }
      i = endOfNumber(a, endOfText);
      j = endOfNumber(b, otherEndOfText);
      int numbers = compareNumbers(a.substring(endOfText, i), b.substring(otherEndOfText, j));
      if (numbers != 0) {
        return numbers;
      }
    }
    return 0;
  }

  private static int endOfText(String part, int from) {
    int at = from;
    while (at < part.length() && !isDigit(part.charAt(at))) {
      at++;
    }
    return at;
  }

  private static int endOfNumber(String part, int from) {
    int at = from;
    while (at < part.length() && isDigit(part.charAt(at))) {
      at++;
    }
    return at;
  }

  private static int compareTexts(String a, String b) {
    for (int i = 0; i < Math.max(a.length(), b.length()); i++) {
      int difference = rank(a, i) - rank(b, i);
      if (difference != 0) {
        return difference;
      }
    }
    return 0;
  }

  /** A tilde comes before the end, that before letters, and those before everything else. */
  private static int rank(String text, int at) {
    if (at >= text.length()) {
      return 0;
    }
    char character = text.charAt(at);
    if (character == '~') {
      return -1;
    }
    boolean letter = character >= 'a' && character <= 'z' || character >= 'A' && character <= 'Z';
    return letter ? character : character + 256;
  }

  /** Of any length; nothing is 0. */
  private static int compareNumbers(String a, String b) {
    String one = a.replaceFirst("^0+", "");
    String other = b.replaceFirst("^0+", "");
    return one.length() != other.length() ? one.length() - other.length() : one.compareTo(other);
  }

  private static boolean isDigit(char character) {
    return character >= '0' && character <= '9';
  }
}
