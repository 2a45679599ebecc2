package atoll.trust;

/** Names from outside as parts of a line. */
final class LineText {
  private LineText() {}

  /**
   * With percent signs and numbers in place of control characters, which could begin another line.
   *
   * @param last the last of the characters that are replaced
   */
  static String escaped(String text, int last) {
    StringBuilder escaped = new StringBuilder();
    text.chars().forEach(c -> escaped.append(c <= last ? "%%%02X".formatted(c) : (char) c));
    return escaped.toString();
  }
}
