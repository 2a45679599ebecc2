package atoll.isa;

import java.util.ArrayList;
import java.util.List;

/** Cuts assembly text into statements, and statements into operands, minding quotes. */
final class AssemblyLines {
  /**
   * A statement.
   *
   * @param line from 1
   * @param text without comment, stripped, not empty
   */
  record Statement(int line, String text) {}

  private AssemblyLines() {}

  static List<Statement> statements(String source) {
    List<Statement> statements = new ArrayList<>();
    String[] lines = source.split("\\R", -1);
    for (int i = 0; i < lines.length; i++) {
      for (String text : split(withoutComment(lines[i]), ';')) {
        if (!text.isEmpty()) {
          statements.add(new Statement(i + 1, text));
        }
      }
    }
    return statements;
  }

  /** The operands of a statement: none for an empty text. */
  static List<String> operands(String text) {
    return text.isBlank() ? List.of() : split(text, ',');
  }

  private static String withoutComment(String line) {
    int at = 0;
    while (at < line.length() && line.charAt(at) != '#' && !line.startsWith("//", at)) {
      at = next(line, at);
    }
    return line.substring(0, Math.min(at, line.length()));
  }

  /** The parts between {@code separator}s that are outside quotes and parentheses, stripped. */
  private static List<String> split(String text, char separator) {
    List<String> parts = new ArrayList<>();
    int start = 0;
    int depth = 0;
    for (int at = 0; at < text.length(); at = next(text, at)) {
      char c = text.charAt(at);
      depth += c == '(' ? 1 : c == ')' ? -1 : 0;
      if (c == separator && depth <= 0) {
        parts.add(text.substring(start, at).strip());
        start = at + 1;
      }
    }
    parts.add(text.substring(start).strip());
    return parts;
  }

  /** The index behind the character or the quoted text at {@code at}. */
  private static int next(String text, int at) {
    char quote = text.charAt(at);
    if (quote != '"' && quote != '\'') {
      return at + 1;
    }
    int end = at + 1;
    while (end < text.length() && text.charAt(end) != quote) {
      end += text.charAt(end) == '\\' ? 2 : 1;
    }
    return Math.min(end + 1, text.length());
  }

  /** What the inside of a quoted text means: C's escapes of one letter, and {@code \0}. */
  static String unescape(String text) {
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      out.append(c == '\\' && i + 1 < text.length() ? escaped(text.charAt(++i)) : c);
    }
    return out.toString();
  }

  private static char escaped(char letter) {
    return switch (letter) {
      case 'n' -> '\n';
      case 't' -> '\t';
      case 'r' -> '\r';
      case '0' -> '\0';
      case '\\', '"', '\'' -> letter;
      default -> throw new IllegalArgumentException("unknown escape \\" + letter);
    };
  }
}
