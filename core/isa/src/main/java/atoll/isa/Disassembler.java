package atoll.isa;

/**
 * Instructions as text, in the usual assembly syntax and without pseudo-instructions: {@code addi
 * a0, a1, -1}, {@code ld a0, 8(sp)}, {@code beq a0, zero, 0x80000010}, {@code csrrw zero, mstatus,
 * a0}.
 *
 * <p>A compressed instruction is shown by what it expands to. Targets are absolute; a rounding mode
 * is shown unless it is {@code dyn}. Words that do not decode are shown as data. The {@link
 * Assembler} reads all of it back.
 */
public final class Disassembler {
  private Disassembler() {}

  /**
   * The text of one instruction.
   *
   * @param pc its address, on which targets are based
   * @param bits its bits; where bits 1:0 are not 3 only the lower half counts
   */
  public static String disassemble(long pc, int bits) {
    if ((bits & 3) == 3) {
      return decoded(pc, bits, ".word 0x%08x".formatted(bits));
    }
    return decoded(pc, Decoder.expand(bits), ".half 0x%04x".formatted(bits & 0xffff));
  }

  private static String decoded(long pc, int word, String otherwise) {
    int op = Decoder.op(word);
    return op == Op.ILLEGAL ? otherwise : text(Operands.of(op), pc, word);
  }

  private static String text(Operands operands, long pc, int word) {
    Instruction instruction = operands.instruction();
    if (isTotalStoreOrder(operands, word)) {
      return "fence.tso";
    }
    String shown =
        Operands.NAME
            .matcher(shownOperands(operands, word))
            .replaceAll(m -> operand(m.group(), operands, pc, word));
    return (instruction.name() + suffix(operands.encoding(), word) + " " + shown).strip();
  }

  private static boolean isTotalStoreOrder(Operands operands, int word) {
    return operands.instruction().op() == Op.FENCE
        && operands.field("fm").get(word) == OperandNames.TSO
        && operands.field("pred").get(word) == OperandNames.READ_WRITE
        && operands.field("succ").get(word) == OperandNames.READ_WRITE;
  }

  private static String shownOperands(Operands operands, int word) {
    boolean dynamic =
        operands.encoding().has("rm") && operands.field("rm").get(word) == OperandNames.DYNAMIC;
    String shown = operands.instruction().format().operands();
    return dynamic ? shown.replace(", rm", "") : shown;
  }

  private static String suffix(Encoding encoding, int word) {
    if (encoding.has("aq")) {
      int bits = encoding.field("aq").get(word) << 1 | encoding.field("rl").get(word);
      return OperandNames.ORDERINGS.get(bits);
    }
    return encoding.has("n") ? "." + encoding.field("n").get(word) : "";
  }

  private static String operand(String name, Operands operands, long pc, int word) {
    return switch (name) {
      case "rtz" -> name;
      case "imm" -> Integer.toString(Decoder.imm(operands.instruction().op(), word));
      case "imm20" -> "0x" + Integer.toHexString(word >>> 12);
      case "target" -> "0x" + Long.toHexString(pc + Decoder.imm(operands.instruction().op(), word));
      default -> field(name, operands, operands.field(name).get(word));
    };
  }

  private static String field(String name, Operands operands, int value) {
    return switch (name) {
      case "rd", "rs1", "rs2", "rs3" ->
          operands.floating(name) ? Register.floating(value) : Register.integer(value);
      case "rm" -> OperandNames.ROUNDING_MODES.get(value);
      case "csr" -> CsrNumber.name(value);
      case "fli" -> OperandNames.CONSTANTS.get(value);
      case "pred", "succ" -> OperandNames.fenceSet(value);
      default -> Integer.toString(value);
    };
  }
}
