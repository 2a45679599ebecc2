package atoll.engine;

import atoll.isa.Op;

/**
 * Finds, in one block, results of which only the lower half is ever used: 32-bit operations need
 * not sign-extend those.
 *
 * <p>A backward pass over the block keeps the set of registers whose upper half may be looked at:
 * all of them at the end, and wherever an instruction can leave translated code.
 */
final class WordUse {
  private static final int ALL = -1;

  private WordUse() {}

  /**
   * Marks results.
   *
   * @param ops the block's instructions, as {@link Predecoder} packs them
   * @param narrow what is found, by index
   */
  static void find(long[] ops, int length, boolean[] narrow) {
    int wanted = ALL;
    for (int i = length - 1; i >= 0; i--) {
      long packed = ops[i];
      int rd = Predecoder.rd(packed);
      int result = rd == Hart.SINK ? 0 : 1 << rd;
      int sources = 1 << Predecoder.rs1(packed) | 1 << Predecoder.rs2(packed);
      narrow[i] = false;
      switch (Predecoder.op(packed)) {
        case Op.ADDW, Op.SUBW, Op.MULW, Op.ADDIW, Op.SLLIW, Op.SRLIW, Op.SRAIW -> {
          narrow[i] = (wanted & result) == 0;
          wanted &= ~result;
        }
        case Op.SLLW, Op.SRLW, Op.SRAW -> {
          narrow[i] = (wanted & result) == 0;
          wanted &= ~result;
        }
        case Op.ADD, Op.SUB, Op.MUL, Op.AND, Op.OR, Op.XOR -> {
          boolean wide = (wanted & result) != 0;
          narrow[i] = !wide;
          wanted &= ~result;
          if (wide) {
            wanted |= sources;
          }
        }
        case Op.ADDI, Op.ANDI, Op.ORI, Op.XORI, Op.SLLI -> {
          boolean wide = (wanted & result) != 0;
          wanted &= ~result;
          if (wide) {
            wanted |= 1 << Predecoder.rs1(packed);
          }
        }
        case Op.LUI, Op.AUIPC -> wanted &= ~result;
        case Op.SLTI, Op.SLTIU, Op.SRLI, Op.SRAI -> {
          wanted &= ~result;
          wanted |= 1 << Predecoder.rs1(packed);
        }
        case Op.SLT, Op.SLTU, Op.SLL, Op.SRL, Op.SRA -> {
          wanted &= ~result;
          wanted |= sources;
        }
        default -> wanted = ALL;
      }
    }
  }
}
