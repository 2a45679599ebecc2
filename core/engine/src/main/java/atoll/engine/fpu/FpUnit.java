package atoll.engine.fpu;

import atoll.isa.Op;

/**
 * Executes the operations of F, D, Zfhmin and Zfa on the register files; loads and stores are not
 * among them. A narrower number lives in an f register with all higher bits set; one that lacks
 * them reads as the canonical NaN (unpriv, D: NaN Boxing of Narrower Values). Transfers by FMV.X
 * take the bits as they are.
 *
 * <p>A method for each extension, the one that matters most first. 32-bit results of FCVT and FMV
 * are sign-extended, also if the integer is unsigned.
 */
public final class FpUnit {
  private static final long BOX = -1L << 32;
  private static final long BOX_HALF = -1L << 16;

  /** The bits that number a register. */
  private static final int REGISTER = 31;

  /** The sign of single precision. */
  private static final int SIGN = 1 << 31;

  private FpUnit() {}

  /**
   * Executes one operation.
   *
   * <p>Register numbers are those of the encoding, 0 to 31 also where the operation has no such
   * operand.
   *
   * @param rd of x written without a look at it, since for 0 the caller passes 32, a slot that
   *     nobody reads; of f the low five bits are the register, so that 32 is f0
   * @param rs1 for FLI the number of the constant
   * @param rs3 the addend of a fused operation, else ignored
   * @param rm the rounding mode 0..4, resolved; ignored by operations that have none
   * @param x integer registers
   * @param f floating-point registers
   * @param flags where exceptions accrue
   * @return whether an f register was written; if not, x[rd] was
   * @throws IllegalArgumentException if {@code op} is none of them
   */
  public static boolean execute(
      int op, int rd, int rs1, int rs2, int rs3, int rm, long[] x, long[] f, FpFlags flags) {
    int fd = rd & REGISTER;
    switch (op) {
      case Op.FMADD_D -> f[fd] = FpDouble.fma(f[rs1], f[rs2], f[rs3], rm, flags);
      case Op.FMSUB_D -> f[fd] = FpDouble.fma(f[rs1], f[rs2], FpDouble.negate(f[rs3]), rm, flags);
      case Op.FNMSUB_D -> f[fd] = FpDouble.fma(FpDouble.negate(f[rs1]), f[rs2], f[rs3], rm, flags);
      case Op.FNMADD_D ->
          f[fd] = FpDouble.fma(FpDouble.negate(f[rs1]), f[rs2], FpDouble.negate(f[rs3]), rm, flags);
      case Op.FADD_D -> f[fd] = FpDouble.add(f[rs1], f[rs2], rm, flags);
      case Op.FSUB_D -> f[fd] = FpDouble.sub(f[rs1], f[rs2], rm, flags);
      case Op.FMUL_D -> f[fd] = FpDouble.mul(f[rs1], f[rs2], rm, flags);
      case Op.FDIV_D -> f[fd] = FpDouble.div(f[rs1], f[rs2], rm, flags);
      case Op.FSQRT_D -> f[fd] = FpDouble.sqrt(f[rs1], rm, flags);
      case Op.FSGNJ_D -> f[fd] = FpDouble.sgnj(f[rs1], f[rs2]);
      case Op.FSGNJN_D -> f[fd] = FpDouble.sgnjn(f[rs1], f[rs2]);
      case Op.FSGNJX_D -> f[fd] = FpDouble.sgnjx(f[rs1], f[rs2]);
      case Op.FMIN_D -> f[fd] = FpDouble.min(f[rs1], f[rs2], flags);
      case Op.FMAX_D -> f[fd] = FpDouble.max(f[rs1], f[rs2], flags);
      case Op.FMV_D_X -> f[fd] = x[rs1];
      case Op.FCVT_D_W -> f[fd] = FpDouble.fromInt32((int) x[rs1]);
      case Op.FCVT_D_WU -> f[fd] = FpDouble.fromUint32((int) x[rs1]);
      case Op.FCVT_D_L -> f[fd] = FpDouble.fromInt64(x[rs1], rm, flags);
      case Op.FCVT_D_LU -> f[fd] = FpDouble.fromUint64(x[rs1], rm, flags);
      case Op.FCVT_S_D -> f[fd] = box(FpDouble.toSingle(f[rs1], rm, flags));
      case Op.FCVT_D_S -> f[fd] = FpSingle.toDouble(unbox(f[rs1]), flags);
      case Op.FEQ_D -> {
        x[rd] = bit(FpDouble.eq(f[rs1], f[rs2], flags));
        return false;
      }
      case Op.FLT_D -> {
        x[rd] = bit(FpDouble.lt(f[rs1], f[rs2], flags));
        return false;
      }
      case Op.FLE_D -> {
        x[rd] = bit(FpDouble.le(f[rs1], f[rs2], flags));
        return false;
      }
      case Op.FCLASS_D -> {
        x[rd] = FpFormat.DOUBLE.classify(f[rs1]);
        return false;
      }
      case Op.FMV_X_D -> {
        x[rd] = f[rs1];
        return false;
      }
      case Op.FCVT_W_D -> {
        x[rd] = FpDouble.toInt32(f[rs1], rm, flags);
        return false;
      }
      case Op.FCVT_WU_D -> {
        x[rd] = FpDouble.toUint32(f[rs1], rm, flags);
        return false;
      }
      case Op.FCVT_L_D -> {
        x[rd] = FpDouble.toInt64(f[rs1], rm, flags);
        return false;
      }
      case Op.FCVT_LU_D -> {
        x[rd] = FpDouble.toUint64(f[rs1], rm, flags);
        return false;
      }
      default -> {
        return single(op, rd, rs1, rs2, rs3, rm, x, f, flags);
      }
    }
    return true;
  }

  /** The operations of F. */
  private static boolean single(
      int op, int rd, int rs1, int rs2, int rs3, int rm, long[] x, long[] f, FpFlags flags) {
    int fd = rd & REGISTER;
    switch (op) {
      case Op.FMADD_S -> f[fd] = fma(f[rs1], f[rs2], f[rs3], 0, 0, rm, flags);
      case Op.FMSUB_S -> f[fd] = fma(f[rs1], f[rs2], f[rs3], 0, SIGN, rm, flags);
      case Op.FNMSUB_S -> f[fd] = fma(f[rs1], f[rs2], f[rs3], SIGN, 0, rm, flags);
      case Op.FNMADD_S -> f[fd] = fma(f[rs1], f[rs2], f[rs3], SIGN, SIGN, rm, flags);
      case Op.FADD_S -> f[fd] = box(FpSingle.add(unbox(f[rs1]), unbox(f[rs2]), rm, flags));
      case Op.FSUB_S -> f[fd] = box(FpSingle.sub(unbox(f[rs1]), unbox(f[rs2]), rm, flags));
      case Op.FMUL_S -> f[fd] = box(FpSingle.mul(unbox(f[rs1]), unbox(f[rs2]), rm, flags));
      case Op.FDIV_S -> f[fd] = box(FpSingle.div(unbox(f[rs1]), unbox(f[rs2]), rm, flags));
      case Op.FSQRT_S -> f[fd] = box(FpSingle.sqrt(unbox(f[rs1]), rm, flags));
      case Op.FSGNJ_S -> f[fd] = box(FpSingle.sgnj(unbox(f[rs1]), unbox(f[rs2])));
      case Op.FSGNJN_S -> f[fd] = box(FpSingle.sgnjn(unbox(f[rs1]), unbox(f[rs2])));
      case Op.FSGNJX_S -> f[fd] = box(FpSingle.sgnjx(unbox(f[rs1]), unbox(f[rs2])));
      case Op.FMIN_S -> f[fd] = box(FpSingle.min(unbox(f[rs1]), unbox(f[rs2]), flags));
      case Op.FMAX_S -> f[fd] = box(FpSingle.max(unbox(f[rs1]), unbox(f[rs2]), flags));
      case Op.FMV_W_X -> f[fd] = box((int) x[rs1]);
      case Op.FCVT_S_W -> f[fd] = box(FpSingle.fromInt32((int) x[rs1], rm, flags));
      case Op.FCVT_S_WU -> f[fd] = box(FpSingle.fromUint32((int) x[rs1], rm, flags));
      case Op.FCVT_S_L -> f[fd] = box(FpSingle.fromInt64(x[rs1], rm, flags));
      case Op.FCVT_S_LU -> f[fd] = box(FpSingle.fromUint64(x[rs1], rm, flags));
      case Op.FEQ_S -> {
        x[rd] = bit(FpSingle.eq(unbox(f[rs1]), unbox(f[rs2]), flags));
        return false;
      }
      case Op.FLT_S -> {
        x[rd] = bit(FpSingle.lt(unbox(f[rs1]), unbox(f[rs2]), flags));
        return false;
      }
      case Op.FLE_S -> {
        x[rd] = bit(FpSingle.le(unbox(f[rs1]), unbox(f[rs2]), flags));
        return false;
      }
      case Op.FCLASS_S -> {
        x[rd] = FpFormat.SINGLE.classify(unbox(f[rs1]));
        return false;
      }
      case Op.FMV_X_W -> {
        x[rd] = (int) f[rs1];
        return false;
      }
      case Op.FCVT_W_S -> {
        x[rd] = FpSingle.toInt32(unbox(f[rs1]), rm, flags);
        return false;
      }
      case Op.FCVT_WU_S -> {
        x[rd] = FpSingle.toUint32(unbox(f[rs1]), rm, flags);
        return false;
      }
      case Op.FCVT_L_S -> {
        x[rd] = FpSingle.toInt64(unbox(f[rs1]), rm, flags);
        return false;
      }
      case Op.FCVT_LU_S -> {
        x[rd] = FpSingle.toUint64(unbox(f[rs1]), rm, flags);
        return false;
      }
      default -> {
        return additional(op, rd, rs1, rs2, rm, x, f, flags);
      }
    }
    return true;
  }

  /** A fused operation of single precision, with the signs to flip: a flip is exact. */
  private static long fma(long a, long b, long c, int signOfA, int signOfC, int rm, FpFlags flags) {
    return box(FpSingle.fma(unbox(a) ^ signOfA, unbox(b), unbox(c) ^ signOfC, rm, flags));
  }

  /** The operations of Zfhmin and Zfa. */
  private static boolean additional(
      int op, int rd, int rs1, int rs2, int rm, long[] x, long[] f, FpFlags flags) {
    int fd = rd & REGISTER;
    switch (op) {
      case Op.FMV_H_X -> f[fd] = boxHalf((int) x[rs1]);
      case Op.FCVT_S_H -> f[fd] = box(FpHalf.toSingle(unboxHalf(f[rs1]), flags));
      case Op.FCVT_H_S -> f[fd] = boxHalf(FpHalf.fromSingle(unbox(f[rs1]), rm, flags));
      case Op.FCVT_D_H -> f[fd] = FpHalf.toDouble(unboxHalf(f[rs1]), flags);
      case Op.FCVT_H_D -> f[fd] = boxHalf(FpHalf.fromDouble(f[rs1], rm, flags));
      case Op.FLI_S -> f[fd] = box(FpSingle.immediate(rs1));
      case Op.FLI_D -> f[fd] = FpDouble.immediate(rs1);
      case Op.FMINM_S -> f[fd] = box(FpSingle.minm(unbox(f[rs1]), unbox(f[rs2]), flags));
      case Op.FMINM_D -> f[fd] = FpDouble.minm(f[rs1], f[rs2], flags);
      case Op.FMAXM_S -> f[fd] = box(FpSingle.maxm(unbox(f[rs1]), unbox(f[rs2]), flags));
      case Op.FMAXM_D -> f[fd] = FpDouble.maxm(f[rs1], f[rs2], flags);
      case Op.FROUND_S -> f[fd] = box(FpSingle.round(unbox(f[rs1]), rm, flags));
      case Op.FROUND_D -> f[fd] = FpDouble.round(f[rs1], rm, flags);
      case Op.FROUNDNX_S -> f[fd] = box(FpSingle.roundNx(unbox(f[rs1]), rm, flags));
      case Op.FROUNDNX_D -> f[fd] = FpDouble.roundNx(f[rs1], rm, flags);
      case Op.FMV_X_H -> {
        x[rd] = (short) f[rs1];
        return false;
      }
      case Op.FCVTMOD_W_D -> {
        x[rd] = FpDouble.toInt32Modular(f[rs1], flags);
        return false;
      }
      case Op.FLEQ_S -> {
        x[rd] = bit(FpSingle.leq(unbox(f[rs1]), unbox(f[rs2]), flags));
        return false;
      }
      case Op.FLEQ_D -> {
        x[rd] = bit(FpDouble.leq(f[rs1], f[rs2], flags));
        return false;
      }
      case Op.FLTQ_S -> {
        x[rd] = bit(FpSingle.ltq(unbox(f[rs1]), unbox(f[rs2]), flags));
        return false;
      }
      case Op.FLTQ_D -> {
        x[rd] = bit(FpDouble.ltq(f[rs1], f[rs2], flags));
        return false;
      }
      default ->
          throw new IllegalArgumentException(
              "operation " + op + " is not a computation of F, D, Zfhmin or Zfa");
    }
    return true;
  }

  /** The constant of FLI with a number, of double or single precision, the latter without a box. */
  public static long immediate(boolean isDouble, int index) {
    return isDouble ? FpDouble.immediate(index) : FpSingle.immediate(index) & 0xffff_ffffL;
  }

  private static long bit(boolean holds) {
    return holds ? 1 : 0;
  }

  /** The register's value for a number of single precision: what FLW loads. */
  static long box(int single) {
    return BOX | single;
  }

  /** The register's value for a number of half precision, in the low bits: what FLH loads. */
  static long boxHalf(int half) {
    return BOX_HALF | half;
  }

  private static int unbox(long register) {
    return register >> 32 == -1 ? (int) register : FpSingle.CANONICAL_NAN;
  }

  private static int unboxHalf(long register) {
    return register >> 16 == -1 ? (int) register & 0xffff : FpHalf.CANONICAL_NAN;
  }
}
