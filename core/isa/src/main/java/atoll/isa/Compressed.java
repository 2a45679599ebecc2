package atoll.isa;

import java.util.HashMap;
import java.util.Map;

/**
 * Compressed instructions (unpriv., RV64C with D, Zcb and Zcmop): each one is a 32-bit instruction
 * in short form.
 *
 * <p>An expansion of 0 means reserved or illegal; hints expand to what they encode. Bits of the
 * half are named as in the specification's tables.
 */
final class Compressed {
  private static final int SP = 2;

  private Compressed() {}

  /** The 32-bit equivalent of {@code half}, 0 where it is illegal, reserved or not a short form. */
  static int expand(int half) {
    return switch (half & 3) {
      case 0 -> quadrant0(half);
      case 1 -> quadrant1(half);
      case 2 -> quadrant2(half);
      default -> 0;
    };
  }

  /**
   * The first half that expands to {@code word}, 0 where there is none. For tests and the
   * assembler, which need no speed: the table is made of all expansions.
   */
  static int compress(int word) {
    return ShortForms.BY_WORD.getOrDefault(word, 0);
  }

  /** Made at first use. */
  private static final class ShortForms {
    static final Map<Integer, Integer> BY_WORD = new HashMap<>();

    static {
      for (int half = 0; half <= 0xffff; half++) {
        BY_WORD.putIfAbsent(expand(half), half);
      }
      BY_WORD.remove(0);
    }
  }

  private static int quadrant0(int c) {
    int base = narrow(c >>> 7);
    int reg = narrow(c >>> 2);
    return switch (c >>> 13 & 7) {
      case 0 ->
          addi4spn(reg, bits(c, 11, 2, 4) | bits(c, 7, 4, 6) | bits(c, 6, 1, 2) | bits(c, 5, 1, 3));
      case 1 -> load(Match.FLD, reg, base, offset8(c));
      case 2 -> load(Match.LW, reg, base, offset4(c));
      case 3 -> load(Match.LD, reg, base, offset8(c));
      case 4 -> bytesAndHalves(c, base, reg);
      case 5 -> store(Match.FSD, reg, base, offset8(c));
      case 6 -> store(Match.SW, reg, base, offset4(c));
      default -> store(Match.SD, reg, base, offset8(c));
    };
  }

  /** {@code c.addi4spn}: nzuimm = 0 is reserved, and the all-zero half is illegal by definition. */
  private static int addi4spn(int rd, int nzuimm) {
    return nzuimm == 0 ? 0 : immediate(Match.ADDI, rd, SP, nzuimm);
  }

  /** Zcb's loads and stores. */
  private static int bytesAndHalves(int c, int base, int reg) {
    int byteOffset = bits(c, 6, 1, 0) | bits(c, 5, 1, 1);
    int halfOffset = bits(c, 5, 1, 1);
    boolean bit6 = (c & 1 << 6) != 0;
    return switch (c >>> 10 & 7) {
      case 0 -> load(Match.LBU, reg, base, byteOffset);
      case 1 -> load(bit6 ? Match.LH : Match.LHU, reg, base, halfOffset);
      case 2 -> store(Match.SB, reg, base, byteOffset);
      case 3 -> bit6 ? 0 : store(Match.SH, reg, base, halfOffset);
      default -> 0;
    };
  }

  private static int quadrant1(int c) {
    int rd = c >>> 7 & 31;
    int imm = imm6(c);
    return switch (c >>> 13 & 7) {
      case 0 -> immediate(Match.ADDI, rd, rd, imm);
      case 1 -> rd == 0 ? 0 : immediate(Match.ADDIW, rd, rd, imm);
      case 2 -> immediate(Match.ADDI, rd, 0, imm);
      case 3 -> lui(c, rd, imm);
      case 4 -> arithmetic(c);
      case 5 -> jump(c);
      case 6 -> branch(Match.BEQ, c);
      default -> branch(Match.BNE, c);
    };
  }

  /** {@code c.addi16sp}, {@code c.lui}, and Zcmop in the space that {@code c.lui} reserves. */
  private static int lui(int c, int rd, int imm) {
    if (imm == 0) {
      return (rd & 0x11) == 1 ? immediate(Match.ADDI, 0, 0, 0) : 0;
    }
    if (rd == SP) {
      return immediate(Match.ADDI, SP, SP, offset16(c));
    }
    return Match.LUI | rd << 7 | imm << 12;
  }

  private static int arithmetic(int c) {
    int rd = narrow(c >>> 7);
    return switch (c >>> 10 & 3) {
      case 0 -> immediate(Match.SRLI, rd, rd, imm6(c) & 63);
      case 1 -> immediate(Match.SRAI, rd, rd, imm6(c) & 63);
      case 2 -> immediate(Match.ANDI, rd, rd, imm6(c));
      default -> registers(c, rd, narrow(c >>> 2));
    };
  }

  private static int registers(int c, int rd, int rs2) {
    return switch (c >>> 10 & 4 | c >>> 5 & 3) {
      case 0 -> register(Match.SUB, rd, rd, rs2);
      case 1 -> register(Match.XOR, rd, rd, rs2);
      case 2 -> register(Match.OR, rd, rd, rs2);
      case 3 -> register(Match.AND, rd, rd, rs2);
      case 4 -> register(Match.SUBW, rd, rd, rs2);
      case 5 -> register(Match.ADDW, rd, rd, rs2);
      case 6 -> register(Match.MUL, rd, rd, rs2);
      default -> extension(c, rd);
    };
  }

  /** Zcb's zero and sign extensions, and {@code c.not}. */
  private static int extension(int c, int rd) {
    return switch (c >>> 2 & 7) {
      case 0 -> immediate(Match.ANDI, rd, rd, 0xff);
      case 1 -> register(Match.SEXT_B, rd, rd, 0);
      case 2 -> register(Match.ZEXT_H, rd, rd, 0);
      case 3 -> register(Match.SEXT_H, rd, rd, 0);
      case 4 -> register(Match.ADD_UW, rd, rd, 0);
      case 5 -> immediate(Match.XORI, rd, rd, -1);
      default -> 0;
    };
  }

  private static int jump(int c) {
    int offset =
        bits(c, 11, 1, 4)
            | bits(c, 9, 2, 8)
            | bits(c, 8, 1, 10)
            | bits(c, 7, 1, 6)
            | bits(c, 6, 1, 7)
            | bits(c, 3, 3, 1)
            | bits(c, 2, 1, 5);
    int sign = -(c >>> 12 & 1);
    return Match.JAL
        | sign << 31
        | (offset >>> 1 & 0x3ff) << 21
        | (sign & 1) << 20
        | (sign & 0xff) << 12;
  }

  private static int branch(int match, int c) {
    int offset = bits(c, 10, 2, 3) | bits(c, 5, 2, 6) | bits(c, 3, 2, 1) | bits(c, 2, 1, 5);
    int value = offset | -(c >>> 12 & 1) << 8;
    return match
        | narrow(c >>> 7) << 15
        | (value >>> 12 & 1) << 31
        | (value >>> 5 & 63) << 25
        | (value >>> 1 & 15) << 8
        | (value >>> 11 & 1) << 7;
  }

  private static int quadrant2(int c) {
    int rd = c >>> 7 & 31;
    int rs2 = c >>> 2 & 31;
    return switch (c >>> 13 & 7) {
      case 0 -> immediate(Match.SLLI, rd, rd, imm6(c) & 63);
      case 1 -> load(Match.FLD, rd, SP, stackLoad8(c));
      case 2 -> rd == 0 ? 0 : load(Match.LW, rd, SP, stackLoad4(c));
      case 3 -> rd == 0 ? 0 : load(Match.LD, rd, SP, stackLoad8(c));
      case 4 -> (c & 1 << 12) == 0 ? moveOrReturn(rd, rs2) : addOrCall(rd, rs2);
      case 5 -> store(Match.FSD, rs2, SP, stackStore8(c));
      case 6 -> store(Match.SW, rs2, SP, stackStore4(c));
      default -> store(Match.SD, rs2, SP, stackStore8(c));
    };
  }

  private static int moveOrReturn(int rd, int rs2) {
    if (rs2 != 0) {
      return register(Match.ADD, rd, 0, rs2);
    }
    return rd == 0 ? 0 : immediate(Match.JALR, 0, rd, 0);
  }

  private static int addOrCall(int rd, int rs2) {
    if (rs2 != 0) {
      return register(Match.ADD, rd, rd, rs2);
    }
    return rd == 0 ? Match.EBREAK : immediate(Match.JALR, 1, rd, 0);
  }

  /** {@code width} bits of {@code c} from {@code at}, moved to {@code to}. */
  private static int bits(int c, int at, int width, int to) {
    return (c >>> at & (1 << width) - 1) << to;
  }

  /** The eight registers of a three-bit field: x8 to x15, f8 to f15. */
  private static int narrow(int field) {
    return 8 + (field & 7);
  }

  private static int imm6(int c) {
    return bits(c, 2, 5, 0) | -(c >>> 12 & 1) << 5;
  }

  private static int offset16(int c) {
    return bits(c, 6, 1, 4)
        | bits(c, 5, 1, 6)
        | bits(c, 3, 2, 7)
        | bits(c, 2, 1, 5)
        | -(c >>> 12 & 1) << 9;
  }

  private static int offset4(int c) {
    return bits(c, 10, 3, 3) | bits(c, 6, 1, 2) | bits(c, 5, 1, 6);
  }

  private static int offset8(int c) {
    return bits(c, 10, 3, 3) | bits(c, 5, 2, 6);
  }

  private static int stackLoad4(int c) {
    return bits(c, 12, 1, 5) | bits(c, 4, 3, 2) | bits(c, 2, 2, 6);
  }

  private static int stackLoad8(int c) {
    return bits(c, 12, 1, 5) | bits(c, 5, 2, 3) | bits(c, 2, 3, 6);
  }

  private static int stackStore4(int c) {
    return bits(c, 9, 4, 2) | bits(c, 7, 2, 6);
  }

  private static int stackStore8(int c) {
    return bits(c, 10, 3, 3) | bits(c, 7, 3, 6);
  }

  private static int register(int match, int rd, int rs1, int rs2) {
    return match | rd << 7 | rs1 << 15 | rs2 << 20;
  }

  private static int immediate(int match, int rd, int rs1, int imm) {
    return match | rd << 7 | rs1 << 15 | imm << 20;
  }

  private static int load(int match, int rd, int base, int offset) {
    return immediate(match, rd, base, offset);
  }

  private static int store(int match, int rs2, int base, int offset) {
    return match | base << 15 | rs2 << 20 | (offset & 31) << 7 | offset >>> 5 << 25;
  }
}
