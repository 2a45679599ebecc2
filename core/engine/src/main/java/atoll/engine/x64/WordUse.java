package atoll.engine.x64;

import atoll.engine.decode.Predecoder;
import atoll.engine.target.CodeExit;
import atoll.isa.Op;

/**
 * Finds results of which only the lower half is looked at: 32-bit operations need not sign-extend
 * those.
 *
 * <p>A register of which the host's register holds only the right lower half is <em>loose</em>.
 * Where code is left, all must be exact; that is rare, so the way out sign-extends the registers
 * that are loose there. It may, since only registers that hold a sign-extended word are ever loose
 * where code can be left.
 *
 * <p>Passes over a block: forward, which registers hold words; backward, of which the upper half is
 * wanted; forward again, which are loose. Sets of registers have a bit each.
 */
final class WordUse {
  private static final int ALL = -1;
  private static final int ZERO_REGISTER = 1;

  private final boolean[] narrow = new boolean[CodeExit.MOST_COUNT];
  private final int[] loose = new int[CodeExit.MOST_COUNT + 1];
  private final int[] words = new int[CodeExit.MOST_COUNT + 1];
  private long[] ops;
  private int length;
  private int pinned;

  /** What must be exact when a block loops to itself, and what is loose then. */
  private int wantedAtLoop;

  private int looseAtLoop;

  /** Whether the upper half of an instruction's result may be wrong. */
  public boolean narrow(int index) {
    return narrow[index];
  }

  /** The registers that are loose before an instruction or, at the block's length, at its end. */
  public int loose(int index) {
    return loose[index];
  }

  /**
   * Begins with a block.
   *
   * @param ops its instructions, as {@link Predecoder} packs them
   * @param pinned the registers that are in host registers: the others are always exact
   */
  public void begin(long[] ops, int length, int pinned) {
    this.ops = ops;
    this.length = length;
    this.pinned = pinned;
  }

  /** Analyses a block that is entered and left with all registers exact. */
  public void straight() {
    findWords(ZERO_REGISTER);
    findWanted(ALL);
    findLoose(0);
  }

  /**
   * Whether registers can be loose from one round of a block that loops to itself to the next. Then
   * its first round, before which all are exact, needs code of its own: {@link #firstRound}, {@link
   * #furtherRounds}.
   */
  public boolean loops() {
    findWords(ZERO_REGISTER);
    int fixed = ~(words[length] & pinned);
    wantedAtLoop = fixed;
    int wanted = findWanted(wantedAtLoop);
    while ((wanted | fixed) != wantedAtLoop) {
      wantedAtLoop |= wanted;
      wanted = findWanted(wantedAtLoop);
    }
    findLoose(0);
    looseAtLoop = loose[length];
    return looseAtLoop != 0;
  }

  /** Analyses the first round. */
  public void firstRound() {
    findWords(ZERO_REGISTER);
    findWanted(wantedAtLoop);
    findLoose(0);
    looseAtLoop |= loose[length];
  }

  /** Analyses all further rounds, after {@link #firstRound}. */
  public void furtherRounds() {
    findWords(words[length]);
    findWanted(wantedAtLoop);
    findLoose(looseAtLoop);
  }

  /** Which registers hold sign-extended words before each instruction and at the end. */
  private void findWords(int before) {
    int set = before;
    for (int i = 0; i < length; i++) {
      words[i] = set;
      long packed = ops[i];
      int result = result(packed);
      set = isWord(packed, set) ? set | result : set & ~result;
    }
    words[length] = set;
  }

  private static int result(long packed) {
    int rd = Predecoder.rd(packed);
    return switch (Predecoder.op(packed)) {
      case Op.SB, Op.SH, Op.SW, Op.SD, Op.FSW, Op.FSD -> 0;
      case Op.BEQ, Op.BNE, Op.BLT, Op.BGE, Op.BLTU, Op.BGEU -> 0;
      default -> rd == Predecoder.SINK ? 0 : 1 << rd;
    };
  }

  /** Whether an instruction's result is a word, given the registers that hold one. */
  private static boolean isWord(long packed, int set) {
    int first = 1 << Predecoder.rs1(packed);
    int second = 1 << Predecoder.rs2(packed);
    return switch (Predecoder.op(packed)) {
      case Op.ADDW, Op.SUBW, Op.MULW, Op.DIVW, Op.DIVUW, Op.REMW, Op.REMUW -> true;
      case Op.ADDIW, Op.SLLIW, Op.SRLIW, Op.SRAIW, Op.SLLW, Op.SRLW, Op.SRAW -> true;
      case Op.LUI, Op.LB, Op.LBU, Op.LH, Op.LHU, Op.LW -> true;
      case Op.SLT, Op.SLTU, Op.SLTI, Op.SLTIU -> true;
      case Op.ADDI -> first == ZERO_REGISTER || (immediate(packed) == 0 && (set & first) != 0);
      case Op.ANDI -> immediate(packed) >= 0 || (set & first) != 0;
      case Op.ORI, Op.XORI -> (set & first) != 0;
      case Op.AND, Op.OR, Op.XOR -> (set & first) != 0 && (set & second) != 0;
      default -> false;
    };
  }

  private static long immediate(long packed) {
    return Predecoder.immediate(packed);
  }

  /**
   * Of which registers the upper half is wanted at the beginning, if {@code atEnd} are at the end.
   */
  private int findWanted(int atEnd) {
    int wanted = atEnd;
    for (int i = length - 1; i >= 0; i--) {
      wanted = wantedBefore(i, wanted);
    }
    return wanted;
  }

  private int wantedBefore(int i, int after) {
    long packed = ops[i];
    int result = result(packed);
    int first = 1 << Predecoder.rs1(packed);
    int second = 1 << Predecoder.rs2(packed);
    int others = after & ~result;
    narrow[i] = false;
    return switch (Predecoder.op(packed)) {
      case Op.ADDW, Op.SUBW, Op.MULW, Op.ADDIW, Op.SLLIW, Op.SRLIW, Op.SRAIW -> {
        narrow[i] = (after & result) == 0;
        yield others;
      }
      case Op.SLLW, Op.SRLW, Op.SRAW -> {
        narrow[i] = (after & result) == 0;
        yield others;
      }
      case Op.ADD, Op.SUB, Op.MUL, Op.AND, Op.OR, Op.XOR -> {
        narrow[i] = (after & result) == 0;
        yield narrow[i] ? others : others | first | second;
      }
      case Op.ADDI, Op.ORI, Op.XORI -> {
        narrow[i] = (after & result) == 0;
        yield narrow[i] ? others : others | first;
      }
      case Op.ANDI -> { // one that is not negative makes the upper half zero
        narrow[i] = (after & result) == 0;
        yield narrow[i] || immediate(packed) >= 0 ? others : others | first;
      }
      case Op.SLLI -> {
        narrow[i] = (after & result) == 0;
        yield narrow[i] || immediate(packed) >= 32 ? others : others | first;
      }
      case Op.LUI, Op.AUIPC, Op.JAL, Op.DIVW, Op.DIVUW, Op.REMW, Op.REMUW -> others;
      case Op.SLTI, Op.SLTIU, Op.SRLI, Op.SRAI, Op.JALR -> others | first;
      case Op.SLT, Op.SLTU, Op.SLL, Op.SRL, Op.SRA, Op.MULH, Op.MULHU -> others | first | second;
      case Op.BEQ, Op.BNE, Op.BLT, Op.BGE, Op.BLTU, Op.BGEU -> others | first | second;
      case Op.LB, Op.LBU, Op.LH, Op.LHU, Op.LW, Op.LWU, Op.LD -> others | first | unfit(i);
      case Op.SB, Op.SH, Op.SW -> others | first | unfit(i);
      case Op.SD -> others | first | second | unfit(i);
      default -> ALL;
    };
  }

  /** The registers that an exit at an instruction could not make exact. */
  private int unfit(int i) {
    return ~(words[i] & pinned);
  }

  private void findLoose(int before) {
    int set = before;
    for (int i = 0; i < length; i++) {
      loose[i] = set;
      int result = result(ops[i]);
      set = narrow[i] ? set | result : set & ~result;
    }
    loose[length] = set;
  }
}
