package atoll.engine.decode;

import atoll.isa.Decoder;
import atoll.isa.Instruction;
import atoll.isa.Op;

/**
 * Packs one decoded instruction into a {@code long}, the form in which {@link CodePage} keeps it.
 *
 * <p>From bit 0: the operation (9 bits), rd (6, with x0 turned into {@link #SINK}), rs1 (5), rs2
 * (5), the length in 16-bit parcels (2), the interpreter's group (4). The upper 32 bits are the
 * sign-extended immediate, or the whole instruction word for formats that have none. It is never
 * zero.
 */
public final class Predecoder {
  /** The register number that stands for "discard": what {@code x0} is as a destination. */
  public static final int SINK = 32;

  public static final int OP_MASK = 0x1ff;
  private static final int RD_SHIFT = 9;
  private static final int RS1_SHIFT = 15;
  private static final int RS2_SHIFT = 20;
  public static final int PARCELS_SHIFT = 25;
  public static final int GROUP_SHIFT = 27;

  /** Instructions that {@code ColdUnit} executes, and what is not an instruction. */
  private static final int COLD = 0;

  public static final int IMMEDIATE = 1;
  public static final int REGISTER = 2;
  public static final int LOAD = 3;
  public static final int STORE = 4;
  public static final int BRANCH = 5;
  public static final int LUI = 6;

  /** What reads the program counter: {@code auipc}, {@code jal}, {@code jalr}. */
  public static final int LINK = 7;

  public static final int FLOAT_LOAD = 8;
  public static final int FLOAT_STORE = 9;

  /** Arithmetic that rounds to nearest even, statically or by {@code frm}. */
  public static final int DOUBLE = 10;

  public static final int SINGLE = 11;

  /** Numbers that are no instruction's begin here. */
  private static final int SPECIAL = 0x1f0;

  /** Stands behind the last instruction of a piece of a page. */
  public static final long NEXT_PIECE = SPECIAL;

  /** A 32-bit instruction whose second half lies in the next page. */
  public static final long CROSSING = SPECIAL + 1;

  /** An instruction before which a debugger may want to stop. */
  public static final long BREAKPOINT = SPECIAL + 2;

  /** By operation: whether the upper half is the immediate. */
  private static final boolean[] HAS_IMMEDIATE = immediates();

  /** By operation: whether rd names a floating-point register, of which none is the sink. */
  private static final boolean[] FLOAT_DESTINATION = floatDestinations();

  private Predecoder() {}

  /** Packs an instruction; {@code bits} is 16 bits wide if the lowest two are not both set. */
  public static long predecode(int bits) {
    boolean compressed = (bits & 3) != 3;
    int word = compressed ? Decoder.expand(bits & 0xffff) : bits;
    int op = compressed && word == 0 ? Op.ILLEGAL : Decoder.op(word);
    int rd = word >>> 7 & 31;
    int low =
        op
            | group(op, word)
            | (rd == 0 && !FLOAT_DESTINATION[op] ? SINK : rd) << RD_SHIFT
            | (word >>> 15 & 31) << RS1_SHIFT
            | (word >>> 20 & 31) << RS2_SHIFT
            | (compressed ? 1 : 2) << PARCELS_SHIFT;
    int high = op == Op.ILLEGAL ? bits : HAS_IMMEDIATE[op] ? Decoder.imm(op, word) : word;
    return (long) high << 32 | low & 0xffff_ffffL;
  }

  /** Which of the interpreter's groups executes an operation, in place. */
  private static int group(int op, int word) {
    int group =
        switch (op) {
          case Op.ADDI, Op.SLTI, Op.SLTIU, Op.XORI, Op.ORI, Op.ANDI -> IMMEDIATE;
          case Op.SLLI, Op.SRLI, Op.SRAI, Op.ADDIW, Op.SLLIW, Op.SRLIW, Op.SRAIW -> IMMEDIATE;
          case Op.ADD, Op.SUB, Op.SLL, Op.SLT, Op.SLTU, Op.XOR, Op.SRL, Op.SRA -> REGISTER;
          case Op.OR, Op.AND, Op.ADDW, Op.SUBW, Op.SLLW, Op.SRLW, Op.SRAW -> REGISTER;
          case Op.MUL, Op.MULW, Op.MULHU, Op.DIV, Op.DIVU, Op.REM, Op.REMU -> REGISTER;
          case Op.DIVW, Op.DIVUW, Op.REMW, Op.REMUW -> REGISTER;
          case Op.LB, Op.LH, Op.LW, Op.LD, Op.LBU, Op.LHU, Op.LWU -> LOAD;
          case Op.SB, Op.SH, Op.SW, Op.SD -> STORE;
          case Op.BEQ, Op.BNE, Op.BLT, Op.BGE, Op.BLTU, Op.BGEU -> BRANCH;
          case Op.FLW, Op.FLD -> FLOAT_LOAD;
          case Op.FSW, Op.FSD -> FLOAT_STORE;
          case Op.FADD_D, Op.FSUB_D, Op.FMUL_D, Op.FDIV_D, Op.FSQRT_D -> nearest(word, DOUBLE);
          case Op.FMADD_D, Op.FMSUB_D, Op.FNMSUB_D, Op.FNMADD_D -> nearest(word, DOUBLE);
          case Op.FADD_S, Op.FSUB_S, Op.FMUL_S, Op.FDIV_S -> nearest(word, SINGLE);
          case Op.FMADD_S, Op.FMSUB_S, Op.FNMSUB_S, Op.FNMADD_S -> nearest(word, SINGLE);
          case Op.LUI -> LUI;
          case Op.AUIPC, Op.JAL, Op.JALR -> LINK;
          default -> COLD;
        };
    return group << GROUP_SHIFT;
  }

  /** The group if the rounding mode is to nearest even or dynamic. */
  private static int nearest(int word, int group) {
    int mode = word >>> 12 & 7;
    return mode == 0 || mode == 7 ? group : COLD;
  }

  /** Whether this is an instruction, and not what stands for something else or for nothing. */
  public static boolean isInstruction(long packed) {
    return packed != 0 && op(packed) < SPECIAL;
  }

  public static int op(long packed) {
    return (int) packed & OP_MASK;
  }

  public static int rd(long packed) {
    return (int) packed >>> RD_SHIFT & 63;
  }

  public static int rs1(long packed) {
    return (int) packed >>> RS1_SHIFT & 31;
  }

  public static int rs2(long packed) {
    return (int) packed >>> RS2_SHIFT & 31;
  }

  /** The instruction's length in bytes. */
  public static int bytes(long packed) {
    return 2 * parcels(packed);
  }

  public static int parcels(long packed) {
    return (int) packed >>> PARCELS_SHIFT & 3;
  }

  public static long immediate(long packed) {
    return packed >> 32;
  }

  public static int word(long packed) {
    return (int) (packed >> 32);
  }

  private static boolean[] floatDestinations() {
    boolean[] table = new boolean[OP_MASK + 1];
    for (Instruction instruction : Instruction.all()) {
      table[instruction.op()] = instruction.pattern().contains(" fd ");
    }
    return table;
  }

  private static boolean[] immediates() {
    boolean[] table = new boolean[OP_MASK + 1];
    for (Instruction instruction : Instruction.all()) {
      table[instruction.op()] =
          switch (instruction.format()) {
            case U, I, SHIFT, LOAD, STORE, BRANCH, J -> true;
            default -> false;
          };
    }
    return table;
  }
}
