package atoll.isa;

import java.util.Arrays;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/**
 * An instruction with its fields at hand, and the way from operand values to its bits.
 *
 * @param names the operands in assembly order, as {@link Format#operands} names them
 */
record Operands(Instruction instruction, Encoding encoding, List<String> names) {
  static final Pattern NAME = Pattern.compile("[a-z][a-z0-9]*");

  private static final class Table {
    static final Operands[] ROWS = new Operands[Op.COUNT];

    static {
      for (Instruction instruction : Instruction.all()) {
        ROWS[instruction.op()] = make(instruction);
      }
    }
  }

  /** Those of an operation. */
  static Operands of(int op) {
    return Table.ROWS[Instruction.of(op).op()];
  }

  private static Operands make(Instruction instruction) {
    List<String> names =
        NAME.matcher(instruction.format().operands()).results().map(MatchResult::group).toList();
    return new Operands(instruction, Encoding.parse(instruction.pattern()), names);
  }

  /**
   * The field that an operand fills: {@code rs1} stands for {@code fs1} where there is that one.
   */
  Encoding.Field field(String operand) {
    return switch (operand) {
      case "rd", "rs1", "rs2", "rs3" ->
          encoding.field(floating(operand) ? operand.replace('r', 'f') : operand);
      case "target", "imm20" -> encoding.field("imm");
      default -> encoding.field(operand);
    };
  }

  /** Whether a register operand is a floating-point one. */
  boolean floating(String operand) {
    return !encoding.has(operand);
  }

  /** The field for a value beyond the operands: ordering bits, a fence's mode, a mop's number. */
  private String extra() {
    return encoding.has("aq")
        ? "ordering"
        : encoding.has("fm") ? "fm" : encoding.has("n") ? "n" : "";
  }

  /**
   * The instruction's bits.
   *
   * @param values one for each of {@link #names}, targets being offsets and {@code imm20} the value
   *     shifted right by 12; a rounding mode at the end may be missing; one more value at the end
   *     is the ordering of an AMO (2 for aq, 1 for rl), {@code fm} of a fence, the number of a mop
   * @throws IllegalArgumentException if there are too few or too many, or one does not fit
   */
  int encode(long... values) {
    long[] given = withRoundingMode(values);
    int count = operandCount();
    if (given.length != count && (given.length != count + 1 || extra().isEmpty())) {
      throw new IllegalArgumentException(
          "%s: expected %d operands (%s), got %s"
              .formatted(
                  instruction.name(),
                  count,
                  instruction.format().operands(),
                  Arrays.toString(values)));
    }
    int word = instruction.match();
    int at = 0;
    for (String name : names) {
      word |= name.equals("rtz") ? 0 : bits(name, given[at++]);
    }
    return at < given.length ? word | extraBits(given[at]) : word;
  }

  /** How many values {@link #encode} needs. */
  int operandCount() {
    return names.contains("rtz") ? names.size() - 1 : names.size();
  }

  private long[] withRoundingMode(long[] values) {
    if (!names.contains("rm") || values.length != names.size() - 1) {
      return values;
    }
    long[] all = Arrays.copyOf(values, names.size());
    all[names.size() - 1] = OperandNames.DYNAMIC;
    return all;
  }

  private int extraBits(long value) {
    if (extra().equals("ordering")) {
      checkRange("ordering", value, 0, 3, 1);
      return encoding.field("aq").put((int) value >> 1) | encoding.field("rl").put((int) value);
    }
    return bits(extra(), value);
  }

  private int bits(String name, long value) {
    Encoding.Field field = field(name);
    if (name.equals("imm20")) {
      checkRange(name, value, -0x80000, 0xfffff, 1);
      return field.put((int) value << 12);
    }
    if (name.equals("imm") || name.equals("target")) {
      long limit = 1L << field.width() - 1;
      checkRange(name, value, -limit, limit - field.alignment(), field.alignment());
    } else {
      checkRange(name, value, 0, (1L << field.width()) - 1, 1);
    }
    return field.put((int) value);
  }

  private void checkRange(String name, long value, long low, long high, int step) {
    if (value < low || value > high || value % step != 0) {
      throw new IllegalArgumentException(
          "%s: %s is %d, expected %s%d to %d"
              .formatted(
                  instruction.name(),
                  name,
                  value,
                  step == 1 ? "" : "a multiple of " + step + " from ",
                  low,
                  high));
    }
  }
}
