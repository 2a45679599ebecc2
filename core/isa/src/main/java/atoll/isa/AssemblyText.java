package atoll.isa;

import atoll.isa.AssemblyLines.Statement;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One pass over assembly text. The first pass finds where labels are, taking 0 for what it does not
 * know; the second emits. Both emit the same number of bytes for each statement.
 */
final class AssemblyText {
  private static final Pattern LABEL = Pattern.compile("([A-Za-z_.$][\\w.$]*|\\d+)\\s*:\\s*");
  private static final Pattern COMPRESSED_MOP = Pattern.compile("c\\.mop\\.(\\d{1,2})");

  private final SymbolTable symbols;
  private final AssemblyDirectives directives;
  private final Assembler out;

  private AssemblyText(long origin, SymbolTable symbols) {
    this.symbols = symbols;
    this.out = new Assembler(origin);
    this.directives = new AssemblyDirectives(out, symbols);
  }

  static byte[] assemble(String source, long origin) {
    List<Statement> statements = AssemblyLines.statements(source);
    SymbolTable symbols = new SymbolTable();
    new AssemblyText(origin, symbols).pass(statements);
    symbols.startSecondPass();
    return new AssemblyText(origin, symbols).pass(statements);
  }

  private byte[] pass(List<Statement> statements) {
    for (Statement statement : statements) {
      try {
        statement(statement.text());
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException(
            "line %d: %s: %s".formatted(statement.line(), statement.text(), e.getMessage()), e);
      }
    }
    return out.toBytes();
  }

  private void statement(String text) {
    String rest = text;
    Matcher label = LABEL.matcher(rest);
    while (label.lookingAt()) {
      symbols.label(label.group(1), out.here());
      rest = rest.substring(label.end());
      label = LABEL.matcher(rest);
    }
    String[] parts = rest.split("\\s+", 2);
    String operands = parts.length == 1 ? "" : parts[1];
    if (rest.startsWith(".")) {
      directives.run(parts[0], operands);
    } else if (!rest.isEmpty()) {
      instruction(parts[0], AssemblyLines.operands(operands));
    }
  }

  private void instruction(String mnemonic, List<String> operands) {
    Matcher mop = COMPRESSED_MOP.matcher(mnemonic);
    if (mop.matches()) {
      compressedMop(Integer.parseInt(mop.group(1)));
      return;
    }
    switch (mnemonic) {
      case "li" -> li(operands);
      case "la", "lla" -> la(operands);
      case "call" -> out.call(place(counted(operands, "target").getFirst()));
      case "tail" -> out.tail(place(counted(operands, "target").getFirst()));
      case "fence.tso" -> totalStoreOrder(operands);
      default -> plain(mnemonic, operands);
    }
  }

  /** Zcmop: n is odd, 1 to 15, and takes the place of {@code c.lui}'s register. */
  private void compressedMop(int n) {
    if (n > 15 || (n & 1) == 0) {
      throw new IllegalArgumentException("c.mop." + n + ", expected an odd number up to 15");
    }
    out.half(0x6001 | n << 7);
  }

  private void totalStoreOrder(List<String> operands) {
    counted(operands);
    out.op(Op.FENCE, OperandNames.READ_WRITE, OperandNames.READ_WRITE, OperandNames.TSO);
  }

  private void li(List<String> operands) {
    counted(operands, "rd", "constant");
    InstructionText text = new InstructionText(symbols, out.here());
    long value = text.number(operands.get(1));
    if (!text.resolved()) {
      throw new IllegalArgumentException("li needs a constant known before; la takes any label");
    }
    out.li(InstructionText.register(operands.getFirst(), false), value);
  }

  private void la(List<String> operands) {
    counted(operands, "rd", "address");
    out.la(InstructionText.register(operands.getFirst(), false), place(operands.get(1)));
  }

  private static List<String> counted(List<String> operands, String... expected) {
    if (operands.size() != expected.length) {
      throw new IllegalArgumentException(
          "expected %d operands (%s), got %d"
              .formatted(expected.length, String.join(", ", expected), operands.size()));
    }
    return operands;
  }

  /** A label bound at the address that {@code text} means, here if that is not known yet. */
  private Label place(String text) {
    Label label = new Label(text);
    label.bind(out.here() + new InstructionText(symbols, out.here()).target(text));
    return label;
  }

  private void plain(String mnemonic, List<String> operands) {
    InstructionText text = new InstructionText(symbols, out.here());
    int word = text.encode(mnemonic, operands);
    if (!mnemonic.startsWith("c.")) {
      out.word(word);
    } else {
      out.half(text.resolved() ? Assembler.shortForm(word) : 0);
    }
  }
}
