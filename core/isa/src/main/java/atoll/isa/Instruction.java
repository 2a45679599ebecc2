package atoll.isa;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What the instruction table says about one operation.
 *
 * @param op its number in {@link Op}
 * @param name the mnemonic; of may-be-operations without the number
 * @param extension the one that brings it, as the specification writes it: {@code I}, {@code Zba}
 * @param pattern bits 31 to 0 as in the specification: {@code 0000000 rs2 rs1 000 rd 0110011}
 * @param match the fixed bits' values
 * @param mask one where a bit is fixed
 * @param flags a sum of {@link #BRANCH}…
 * @param kind its class after Popek and Goldberg
 * @param rule when it traps because of the mode that executes it
 * @param reason one sentence, why it is not innocuous; empty where it is
 */
public record Instruction(
    int op,
    String name,
    Format format,
    String extension,
    String pattern,
    int match,
    int mask,
    int flags,
    InstructionClass kind,
    TrapRule rule,
    String reason) {
  /** Conditional branch. */
  public static final int BRANCH = 1;

  /** {@code jal}, {@code jalr}. */
  public static final int JUMP = 2;

  public static final int LOAD = 4;
  public static final int STORE = 8;

  /** Of the A extension; with {@link #LOAD}, {@link #STORE} or both. */
  public static final int AMO = 16;

  /** Illegal where {@code mstatus.FS} is off. */
  public static final int FP = 32;

  /** Nothing may be assumed to be as before: mode, translation, code, time or pc. */
  public static final int END = 64;

  /** A special case of another instruction's encoding, over which it wins. */
  public static final int REFINES = 128;

  /** Held apart from the class, so that its flags can be read while its rows are made. */
  private static final class Table {
    static final Instruction[] ROWS = new Instruction[Op.COUNT];
    static final List<Instruction> ALL;

    static {
      InstructionRows.fill(ROWS);
      ALL = List.copyOf(new ArrayList<>(Arrays.asList(ROWS).subList(1, Op.COUNT)));
    }
  }

  static Instruction row(
      int op, String name, Format format, String extension, String pattern, int flags) {
    return row(
        op,
        name,
        format,
        extension,
        pattern,
        flags,
        InstructionClass.INNOCUOUS,
        TrapRule.NEVER,
        "");
  }

  static Instruction row(
      int op,
      String name,
      Format format,
      String extension,
      String pattern,
      int flags,
      InstructionClass kind,
      TrapRule rule,
      String reason) {
    Encoding bits = Encoding.parse(pattern);
    return new Instruction(
        op, name, format, extension, pattern, bits.match(), bits.mask(), flags, kind, rule, reason);
  }

  /**
   * The instruction of an operation.
   *
   * @throws IllegalArgumentException if {@code op} is {@link Op#ILLEGAL} or no operation
   */
  public static Instruction of(int op) {
    if (op <= Op.ILLEGAL || op >= Op.COUNT) {
      throw new IllegalArgumentException(
          "no operation " + op + ", expected 1 to " + (Op.COUNT - 1));
    }
    return Table.ROWS[op];
  }

  /** Every instruction, in the order of {@link Op}. */
  public static List<Instruction> all() {
    return Table.ALL;
  }

  /** Whether all of {@code flag}'s bits are set. */
  public boolean is(int flag) {
    return (flags & flag) == flag;
  }
}
