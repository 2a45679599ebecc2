package atoll.isa;

import java.util.List;
import java.util.function.LongConsumer;

/** The statements of assembly text that start with a dot. */
final class AssemblyDirectives {
  private static final int MOST_BYTES = 1 << 28;

  private final Assembler out;
  private final SymbolTable symbols;

  AssemblyDirectives(Assembler out, SymbolTable symbols) {
    this.out = out;
    this.symbols = symbols;
  }

  void run(String name, String rest) {
    List<String> operands = AssemblyLines.operands(rest);
    switch (name) {
      case ".byte" -> integers(operands, 8, v -> out.data8((int) v));
      case ".half", ".hword", ".short", ".2byte" -> integers(operands, 16, v -> out.half((int) v));
      case ".word", ".long", ".4byte" -> integers(operands, 32, v -> out.word((int) v));
      case ".dword", ".quad", ".8byte" -> integers(operands, 64, out::dword);
      case ".float" -> operands.forEach(o -> out.word(Float.floatToRawIntBits((float) real(o))));
      case ".double" -> operands.forEach(o -> out.dword(Double.doubleToRawLongBits(real(o))));
      case ".ascii" -> operands.forEach(o -> out.ascii(string(o)));
      case ".asciz", ".string" -> operands.forEach(o -> out.ascii(string(o)).data8(0));
      case ".zero", ".space", ".skip" -> out.zero((int) known(one(operands), 0, MOST_BYTES));
      case ".align", ".p2align" -> out.align(1 << (int) known(one(operands), 0, 28));
      case ".balign" -> out.align((int) known(one(operands), 1, MOST_BYTES));
      case ".equ", ".set" -> constant(operands);
      case ".globl", ".global", ".text", ".option" -> {}
      default -> throw new IllegalArgumentException("unknown directive '" + name + "'");
    }
  }

  private void integers(List<String> operands, int bits, LongConsumer emit) {
    for (String operand : operands) {
      Long value = Expression.evaluate(operand, symbols, out.here());
      long known = value == null ? 0 : value;
      if (bits < 64 && (known < -1L << bits - 1 || known >= 1L << bits)) {
        throw new IllegalArgumentException(
            "%d ('%s') does not fit into %d bits".formatted(known, operand, bits));
      }
      emit.accept(known);
    }
  }

  private static double real(String text) {
    try {
      return switch (text) {
        case "inf" -> Double.POSITIVE_INFINITY;
        case "-inf" -> Double.NEGATIVE_INFINITY;
        case "nan" -> Double.NaN;
        default -> Double.parseDouble(text);
      };
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("'" + text + "', expected a decimal number", e);
    }
  }

  private static String string(String text) {
    if (text.length() < 2 || !text.startsWith("\"") || !text.endsWith("\"")) {
      throw new IllegalArgumentException("%s, expected a text in quotes".formatted(text));
    }
    return AssemblyLines.unescape(text.substring(1, text.length() - 1));
  }

  private static String one(List<String> operands) {
    if (operands.size() != 1) {
      throw new IllegalArgumentException("expected 1 operand, got " + operands.size());
    }
    return operands.getFirst();
  }

  private long known(String text, long low, long high) {
    Long value = Expression.evaluate(text, symbols, out.here());
    if (value == null) {
      throw new IllegalArgumentException("'" + text + "' must be known here");
    }
    if (value < low || value > high) {
      throw new IllegalArgumentException("%d, expected %d to %d".formatted(value, low, high));
    }
    return value;
  }

  /** Unknown in the first pass means that the second one defines it. */
  private void constant(List<String> operands) {
    if (operands.size() != 2) {
      throw new IllegalArgumentException("expected a name and a value, got " + operands.size());
    }
    Long value = Expression.evaluate(operands.get(1), symbols, out.here());
    if (value != null) {
      symbols.constant(operands.getFirst(), value);
    }
  }
}
