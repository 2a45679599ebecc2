package atoll.isa;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The bits of one instruction that is given as mnemonic and operands of assembly text. */
final class InstructionText {
  private static final Pattern MEMORY = Pattern.compile("(.*)\\(\\s*(\\w+)\\s*\\)");
  private static final Pattern ORDERED =
      Pattern.compile("((?:lr|sc|amo\\w+)\\.[wd])(\\.(?:aq|rl|aqrl))");
  private static final Pattern MOP = Pattern.compile("(mop\\.rr?)\\.(\\d{1,2})");
  private static final Map<String, Integer> OPS = ops();

  private final SymbolTable symbols;
  private final long here;
  private boolean resolved = true;

  /** For one instruction at address {@code here}. */
  InstructionText(SymbolTable symbols, long here) {
    this.symbols = symbols;
    this.here = here;
  }

  private static Map<String, Integer> ops() {
    Map<String, Integer> ops = new HashMap<>();
    Instruction.all().forEach(i -> ops.put(i.name(), i.op()));
    return Map.copyOf(ops);
  }

  /** Whether all operands so far were known; 0 stood for those that were not. */
  boolean resolved() {
    return resolved;
  }

  /**
   * The instruction's bits; of a {@code c.} mnemonic, those of its expansion.
   *
   * @throws IllegalArgumentException naming the operand and what was expected
   */
  int encode(String mnemonic, List<String> operands) {
    String expansion = PseudoInstructions.expansion(mnemonic, operands.size());
    if (expansion == null) {
      return encodePlain(mnemonic, operands);
    }
    for (int i = 0; i < operands.size(); i++) {
      expansion = expansion.replace("$" + (i + 1), operands.get(i));
    }
    String[] parts = expansion.split(" ", 2);
    return encodePlain(parts[0], AssemblyLines.operands(parts.length == 1 ? "" : parts[1]));
  }

  private int encodePlain(String mnemonic, List<String> operands) {
    Matcher ordered = ORDERED.matcher(mnemonic);
    if (ordered.matches()) {
      int ordering = OperandNames.ORDERINGS.indexOf(ordered.group(2));
      return encode(operation(ordered.group(1), operands), operands, List.of((long) ordering));
    }
    Matcher mop = MOP.matcher(mnemonic);
    if (mop.matches()) {
      long number = Integer.parseInt(mop.group(2));
      return encode(operation(mop.group(1), operands), operands, List.of(number));
    }
    return encode(operation(mnemonic, operands), operands, List.of());
  }

  private static Operands operation(String name, List<String> operands) {
    Integer op = OPS.get(name);
    if (op != null) {
      return Operands.of(op);
    }
    throw new IllegalArgumentException(
        PseudoInstructions.known(name)
            ? "'%s' does not take %d operands".formatted(name, operands.size())
            : "'%s' is not an instruction of this machine".formatted(name));
  }

  private int encode(Operands operation, List<String> texts, List<Long> extra) {
    String expected = operation.instruction().format().operands();
    List<String> shapes = new ArrayList<>(AssemblyLines.operands(expected));
    if (texts.size() == shapes.size() - 1 && shapes.getLast().startsWith("r")) {
      dropRoundingMode(shapes);
    }
    if (texts.size() != shapes.size()) {
      throw new IllegalArgumentException(
          "expected %d operands (%s), got %d".formatted(shapes.size(), expected, texts.size()));
    }
    List<Long> values = new ArrayList<>();
    for (int i = 0; i < texts.size(); i++) {
      operand(operation, shapes.get(i), texts.get(i), values);
    }
    values.addAll(extra);
    return operation.encode(values.stream().mapToLong(Long::longValue).toArray());
  }

  private static void dropRoundingMode(List<String> shapes) {
    if (shapes.getLast().equals("rm") || shapes.getLast().equals("rtz")) {
      shapes.removeLast();
    }
  }

  /** Adds the values of an operand whose shape is {@code rs1}, {@code imm(rs1)} or the like. */
  private void operand(Operands operation, String shape, String text, List<Long> values) {
    Matcher shaped = MEMORY.matcher(shape);
    if (shape.equals("rtz")) {
      oneOf(List.of("rtz"), text, "the rounding mode rtz");
    } else if (!shaped.matches()) {
      values.add(value(operation, shape, text));
    } else {
      memory(operation, shaped, text, values);
    }
  }

  private void memory(Operands operation, Matcher shape, String text, List<Long> values) {
    Matcher parts = MEMORY.matcher(text);
    if (!parts.matches()) {
      throw new IllegalArgumentException("'%s', expected %s".formatted(text, shape.group()));
    }
    long offset = parts.group(1).isBlank() ? 0 : number(parts.group(1));
    if (!shape.group(1).isEmpty()) {
      values.add(offset);
    } else if (offset != 0) {
      throw new IllegalArgumentException("'%s', expected no offset".formatted(text));
    }
    values.add(value(operation, shape.group(2), parts.group(2)));
  }

  private long value(Operands operation, String name, String text) {
    return switch (name) {
      case "rd", "rs1", "rs2", "rs3" -> register(text, operation.floating(name));
      case "rm" -> oneOf(OperandNames.ROUNDING_MODES, text, "a rounding mode such as rne");
      case "csr" -> csr(text);
      case "fli" -> found(OperandNames.constant(text), text, "a constant of fli");
      case "pred", "succ" -> found(OperandNames.fenceBits(text), text, "a set such as rw");
      case "target" -> target(text);
      default -> number(text);
    };
  }

  /** The number of the register called {@code text}. */
  static int register(String text, boolean floating) {
    return floating
        ? found(Register.floating(text), text, "a floating-point register")
        : found(Register.integer(text), text, "an integer register");
  }

  private static int oneOf(List<String> words, String text, String expected) {
    return found(words.indexOf(text), text, expected);
  }

  private static int found(int value, String text, String expected) {
    if (value < 0) {
      throw new IllegalArgumentException("'%s', expected %s".formatted(text, expected));
    }
    return value;
  }

  private long csr(String text) {
    int number = CsrNumber.number(text);
    return number >= 0 ? number : number(text);
  }

  /** The offset to the address that {@code text} means; 0 if that is not known yet. */
  long target(String text) {
    Long address = Expression.evaluate(text, symbols, here);
    resolved &= address != null;
    return address == null ? 0 : address - here;
  }

  /** The value of an expression; 0 if that is not known yet. */
  long number(String text) {
    Long value = Expression.evaluate(text, symbols, here);
    resolved &= value != null;
    return value == null ? 0 : value;
  }
}
