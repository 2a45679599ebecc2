package atoll.engine.interp;

import atoll.isa.Op;

/**
 * Executes the integer operations beyond RV64I by number: M, Zba, Zbb, Zbs, Zbc, Zbkb and Zicond.
 * One method for each group keeps all of them small; multiplication and addresses come first.
 */
final class ScalarUnit {
  private ScalarUnit() {}

  /**
   * Executes one operation.
   *
   * @param a the value of {@code rs1}
   * @param b the value of {@code rs2}, or the shift amount or bit index; ignored where there is
   *     none
   * @return what {@code rd} becomes
   * @throws IllegalArgumentException if {@code op} is none of them
   */
  static long execute(int op, long a, long b) {
    return switch (op) {
      case Op.MUL -> a * b;
      case Op.MULH -> Alu.mulh(a, b);
      case Op.MULHSU -> Alu.mulhsu(a, b);
      case Op.MULHU -> Alu.mulhu(a, b);
      case Op.DIV -> Alu.div(a, b);
      case Op.DIVU -> Alu.divu(a, b);
      case Op.REM -> Alu.rem(a, b);
      case Op.REMU -> Alu.remu(a, b);
      case Op.MULW -> Alu.mulw(a, b);
      case Op.DIVW -> Alu.divw(a, b);
      case Op.DIVUW -> Alu.divuw(a, b);
      case Op.REMW -> Alu.remw(a, b);
      case Op.REMUW -> Alu.remuw(a, b);
      case Op.SH1ADD -> Alu.sh1add(a, b);
      case Op.SH2ADD -> Alu.sh2add(a, b);
      case Op.SH3ADD -> Alu.sh3add(a, b);
      case Op.ADD_UW -> Alu.addUw(a, b);
      case Op.SH1ADD_UW -> Alu.sh1addUw(a, b);
      case Op.SH2ADD_UW -> Alu.sh2addUw(a, b);
      case Op.SH3ADD_UW -> Alu.sh3addUw(a, b);
      case Op.SLLI_UW -> Alu.slliUw(a, b);
      default -> basicBits(op, a, b);
    };
  }

  private static long basicBits(int op, long a, long b) {
    return switch (op) {
      case Op.ANDN -> Alu.andn(a, b);
      case Op.ORN -> Alu.orn(a, b);
      case Op.XNOR -> Alu.xnor(a, b);
      case Op.CLZ -> Alu.clz(a);
      case Op.CTZ -> Alu.ctz(a);
      case Op.CPOP -> Alu.cpop(a);
      case Op.CLZW -> Alu.clzw(a);
      case Op.CTZW -> Alu.ctzw(a);
      case Op.CPOPW -> Alu.cpopw(a);
      case Op.MIN -> Alu.min(a, b);
      case Op.MINU -> Alu.minu(a, b);
      case Op.MAX -> Alu.max(a, b);
      case Op.MAXU -> Alu.maxu(a, b);
      case Op.SEXT_B -> Alu.sextB(a);
      case Op.SEXT_H -> Alu.sextH(a);
      case Op.ZEXT_H -> Alu.zextH(a);
      case Op.ROL -> Alu.rol(a, b);
      case Op.ROR, Op.RORI -> Alu.ror(a, b);
      case Op.ROLW -> Alu.rolw(a, b);
      case Op.RORW, Op.RORIW -> Alu.rorw(a, b);
      case Op.ORC_B -> Alu.orcB(a);
      case Op.REV8 -> Alu.rev8(a);
      default -> otherBits(op, a, b);
    };
  }

  private static long otherBits(int op, long a, long b) {
    return switch (op) {
      case Op.BCLR, Op.BCLRI -> Alu.bclr(a, b);
      case Op.BEXT, Op.BEXTI -> Alu.bext(a, b);
      case Op.BINV, Op.BINVI -> Alu.binv(a, b);
      case Op.BSET, Op.BSETI -> Alu.bset(a, b);
      case Op.CLMUL -> Alu.clmul(a, b);
      case Op.CLMULR -> Alu.clmulr(a, b);
      case Op.CLMULH -> Alu.clmulh(a, b);
      case Op.PACK -> Alu.pack(a, b);
      case Op.PACKH -> Alu.packh(a, b);
      case Op.PACKW -> Alu.packw(a, b);
      case Op.BREV8 -> Alu.brev8(a);
      case Op.CZERO_EQZ -> Alu.czeroEqz(a, b);
      case Op.CZERO_NEZ -> Alu.czeroNez(a, b);
      default ->
          throw new IllegalArgumentException(
              "operation " + op + " is not of M, Zba, Zbb, Zbs, Zbc, Zbkb or Zicond");
    };
  }
}
