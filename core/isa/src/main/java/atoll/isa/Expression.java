package atoll.isa;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Evaluates one expression of assembly text in 64-bit arithmetic: C's integer operators and
 * precedence, {@code %hi(…)} and {@code %lo(…)}.
 */
final class Expression {
  private static final Pattern TOKEN =
      Pattern.compile(
          "\\s*(?:(?<number>0[xX][0-9a-fA-F]+|0[bB][01]+|\\d+(?![\\dbf]))|(?<char>'(?:\\\\.|[^\\\\'])')"
              + "|(?<name>[A-Za-z_.$][\\w.$]*|\\d+[bf])|(?<other><<|>>|%hi|%lo|[-+*/%&|^~()]))");

  /** Binary operators, weakest first. */
  private static final List<List<String>> LEVELS =
      List.of(
          List.of("|"),
          List.of("^"),
          List.of("&"),
          List.of("<<", ">>"),
          List.of("+", "-"),
          List.of("*", "/", "%"));

  private final String text;
  private final SymbolTable symbols;
  private final long here;
  private final Matcher matcher;
  private String token = "";
  private int end;
  private boolean resolved = true;

  private Expression(String text, SymbolTable symbols, long here) {
    this.text = text.strip();
    this.symbols = symbols;
    this.here = here;
    this.matcher = TOKEN.matcher(this.text);
    advance();
  }

  /**
   * The value of {@code text}.
   *
   * @param here what {@code .} means
   * @return null if it depends on a label that is not known yet
   * @throws IllegalArgumentException on bad syntax, or on an unknown name when all are known
   */
  static Long evaluate(String text, SymbolTable symbols, long here) {
    Expression expression = new Expression(text, symbols, here);
    long value = expression.binary(0);
    if (!expression.token.isEmpty()) {
      throw expression.unexpected("an operator or the end");
    }
    return expression.resolved ? value : null;
  }

  private void advance() {
    if (end == text.length()) {
      token = "";
      return;
    }
    if (!matcher.find(end) || matcher.start() != end) {
      token = text.substring(end);
      throw unexpected("a number, a name or an operator");
    }
    token = matcher.group().strip();
    end = matcher.end();
  }

  private IllegalArgumentException unexpected(String expected) {
    String found = token.isEmpty() ? "the end" : "'" + token + "'";
    return new IllegalArgumentException(
        "found %s in '%s', expected %s".formatted(found, text, expected));
  }

  private long binary(int level) {
    if (level == LEVELS.size()) {
      return unary();
    }
    long value = binary(level + 1);
    while (LEVELS.get(level).contains(token)) {
      String operator = token;
      advance();
      value = apply(operator, value, binary(level + 1));
    }
    return value;
  }

  private long apply(String operator, long a, long b) {
    return switch (operator) {
      case "|" -> a | b;
      case "^" -> a ^ b;
      case "&" -> a & b;
      case "<<" -> a << b;
      case ">>" -> a >> b;
      case "+" -> a + b;
      case "-" -> a - b;
      case "*" -> a * b;
      default -> divide(operator, a, b);
    };
  }

  private long divide(String operator, long a, long b) {
    if (b == 0 && resolved) {
      throw new IllegalArgumentException("division by zero in '" + text + "'");
    }
    return b == 0 ? 0 : operator.equals("/") ? a / b : a % b;
  }

  private long unary() {
    return switch (token) {
      case "-" -> -operand();
      case "+" -> operand();
      case "~" -> ~operand();
      case "%hi" -> function() + 0x800 >> 12 & 0xfffff;
      case "%lo" -> function() << 52 >> 52;
      case "(" -> parenthesised();
      default -> primary();
    };
  }

  private long operand() {
    advance();
    return unary();
  }

  private long function() {
    advance();
    return parenthesised();
  }

  private long parenthesised() {
    expect("(");
    long value = binary(0);
    expect(")");
    return value;
  }

  private void expect(String expected) {
    if (!token.equals(expected)) {
      throw unexpected("'" + expected + "'");
    }
    advance();
  }

  private long primary() {
    if (token.isEmpty()) {
      throw unexpected("a value");
    }
    String word = token;
    long value;
    if (matcher.group("number") != null) {
      value = number(word);
    } else if (matcher.group("char") != null) {
      value = AssemblyLines.unescape(word.substring(1, word.length() - 1)).charAt(0);
    } else if (matcher.group("name") != null) {
      value = word.equals(".") ? here : symbol(word);
    } else {
      throw unexpected("a value");
    }
    advance();
    return value;
  }

  private long number(String word) {
    String digits = word.toLowerCase(java.util.Locale.ROOT);
    try {
      if (digits.startsWith("0x")) {
        return Long.parseUnsignedLong(digits.substring(2), 16);
      }
      if (digits.startsWith("0b")) {
        return Long.parseUnsignedLong(digits.substring(2), 2);
      }
      boolean octal = digits.length() > 1 && digits.charAt(0) == '0';
      return Long.parseUnsignedLong(digits, octal ? 8 : 10);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("'" + word + "' is not a number of at most 64 bits", e);
    }
  }

  private long symbol(String name) {
    Long value = symbols.value(name);
    if (value == null && !symbols.incomplete()) {
      throw new IllegalArgumentException("nothing is called '" + name + "'");
    }
    resolved &= value != null;
    return value == null ? 0 : value;
  }
}
