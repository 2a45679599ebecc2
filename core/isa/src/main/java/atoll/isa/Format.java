package atoll.isa;

/**
 * The shapes of instructions: which operands, in which order, and where the immediate lies.
 *
 * <p>An operand is named by a field of the {@link Encoding}; {@code rd}, {@code rs1}, {@code rs2}
 * and {@code rs3} stand for the floating-point register where the encoding has {@code fd}, {@code
 * fs1}… instead.
 */
public enum Format {
  /** No operands: {@code ecall}, {@code mret}. */
  NONE("", '-'),
  R("rd, rs1, rs2", '-'),
  /** With a rounding mode (unpriv., F). */
  R_RM("rd, rs1, rs2, rm", '-'),
  R4("rd, rs1, rs2, rs3, rm", '-'),
  UNARY("rd, rs1", '-'),
  UNARY_RM("rd, rs1, rm", '-'),
  /** {@code fcvtmod.w.d}: its one rounding mode is written out. */
  CVTMOD("rd, rs1, rtz", '-'),
  /** {@code fli}: the number of one of 32 constants in place of {@code rs1}. */
  FLI("rd, fli", 'L'),
  I("rd, rs1, imm", 'I'),
  SHIFT("rd, rs1, shamt", 'H'),
  /** Loads, and {@code jalr}. */
  LOAD("rd, imm(rs1)", 'I'),
  STORE("rs2, imm(rs1)", 'S'),
  BRANCH("rs1, rs2, target", 'B'),
  U("rd, imm20", 'U'),
  J("rd, target", 'J'),
  /** A load without an offset: {@code lr}, {@code hlv}. */
  LR("rd, (rs1)", '-'),
  AMO("rd, rs2, (rs1)", '-'),
  CSR("rd, csr, rs1", 'C'),
  CSRI("rd, csr, uimm", 'C'),
  FENCE("pred, succ", 'C'),
  FENCE_I("", '-'),
  /** {@code sfence.vma}: address, then address space. */
  VMA("rs1, rs2", '-'),
  /** {@code cbo.*}. */
  BLOCK("(rs1)", '-'),
  PREFETCH("imm(rs1)", 'P'),
  HSV("rs2, (rs1)", '-');

  private final String operands;
  private final char immediate;

  Format(String operands, char immediate) {
    this.operands = operands;
    this.immediate = immediate;
  }

  /** The operands in assembly order, such as {@code rd, imm(rs1)}. */
  public String operands() {
    return operands;
  }

  /** The letter by which {@link Decoder#imm} finds the immediate; {@code -} where there is none. */
  char immediate() {
    return immediate;
  }
}
