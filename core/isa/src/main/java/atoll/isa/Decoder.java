package atoll.isa;

/**
 * From instruction bits to operations and immediates. Reserved encodings are illegal; reserved
 * rounding modes are left to the code that executes (they depend on {@code frm}).
 */
public final class Decoder {
  private Decoder() {}

  /**
   * The operation of a 32-bit instruction.
   *
   * @return a constant of {@link Op}; {@link Op#ILLEGAL} also where bits 1:0 are not 3
   */
  public static int op(int word) {
    return DecodeTree.op(word);
  }

  /**
   * The 32-bit equivalent of a compressed instruction.
   *
   * @param half bits 15:0; higher ones are ignored
   * @return a word that {@link #op} knows, or 0 if {@code half} is illegal or reserved, or its bits
   *     1:0 say that it is not a compressed instruction
   */
  public static int expand(int half) {
    return Compressed.expand(half);
  }

  /**
   * The immediate of {@code word}, whose operation is {@code op}: sign-extended offsets and
   * operands, {@code lui} and {@code auipc} already shifted by 12; the amount of a shift; the CSR's
   * number; of {@code fence} bits 31:20; of {@code fli} the constant's number; otherwise 0.
   */
  public static int imm(int op, int word) {
    return switch (Op.IMMEDIATES.charAt(op)) {
      case 'I' -> word >> 20;
      case 'H' -> word >>> 20 & 63;
      case 'S' -> word >> 25 << 5 | word >>> 7 & 31;
      case 'B' -> branchOffset(word);
      case 'U' -> word & 0xfffff000;
      case 'J' -> jumpOffset(word);
      case 'C' -> word >>> 20;
      case 'L' -> word >>> 15 & 31;
      case 'P' -> word >> 25 << 5;
      default -> 0;
    };
  }

  /** {@code imm[12|10:5] … imm[4:1|11]} (unpriv., Immediate Encoding Variants). */
  private static int branchOffset(int word) {
    return word >> 31 << 12 | word << 4 & 0x800 | word >>> 20 & 0x7e0 | word >>> 7 & 0x1e;
  }

  /** {@code imm[20|10:1|11|19:12]} (unpriv., Immediate Encoding Variants). */
  private static int jumpOffset(int word) {
    return word >> 31 << 20 | word & 0xff000 | word >>> 9 & 0x800 | word >>> 20 & 0x7fe;
  }
}
