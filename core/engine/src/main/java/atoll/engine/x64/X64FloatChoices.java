package atoll.engine.x64;

import static atoll.emit.X64Assembler.*;

import atoll.emit.X64Assembler;
import atoll.engine.decode.Predecoder;
import atoll.engine.fpu.FpUnit;
import atoll.isa.Op;

/** Minimum and maximum, comparisons, classes and constants of floating-point numbers. */
final class X64FloatChoices extends X64FloatUnit {
  private static final int MINS = 0xf5d;
  private static final int MAXS = 0xf5f;

  X64FloatChoices(X64Assembler assembler, X64Registers registers, X64Exits exits, Check check) {
    super(assembler, registers, exits, check);
  }

  /** Emits an instruction, if it is one of these. */
  boolean instruction(long packed, int parcel, int count) {
    int op = Predecoder.op(packed);
    switch (op) {
      case Op.FMIN_D -> choose(MINS, ORPS, false, true, packed, parcel, count);
      case Op.FMAX_D -> choose(MAXS, ANDPS, false, true, packed, parcel, count);
      case Op.FMIN_S -> choose(MINS, ORPS, false, false, packed, parcel, count);
      case Op.FMAX_S -> choose(MAXS, ANDPS, false, false, packed, parcel, count);
      case Op.FMINM_D -> choose(MINS, ORPS, true, true, packed, parcel, count);
      case Op.FMAXM_D -> choose(MAXS, ANDPS, true, true, packed, parcel, count);
      case Op.FMINM_S -> choose(MINS, ORPS, true, false, packed, parcel, count);
      case Op.FMAXM_S -> choose(MAXS, ANDPS, true, false, packed, parcel, count);
      case Op.FEQ_D -> equal(true, packed, parcel, count);
      case Op.FEQ_S -> equal(false, packed, parcel, count);
      case Op.FLT_D -> order(ABOVE, false, true, packed, parcel, count);
      case Op.FLE_D -> order(ABOVE_EQUAL, false, true, packed, parcel, count);
      case Op.FLT_S -> order(ABOVE, false, false, packed, parcel, count);
      case Op.FLE_S -> order(ABOVE_EQUAL, false, false, packed, parcel, count);
      case Op.FLTQ_D -> order(ABOVE, true, true, packed, parcel, count);
      case Op.FLEQ_D -> order(ABOVE_EQUAL, true, true, packed, parcel, count);
      case Op.FLTQ_S -> order(ABOVE, true, false, packed, parcel, count);
      case Op.FLEQ_S -> order(ABOVE_EQUAL, true, false, packed, parcel, count);
      case Op.FCLASS_D -> classify(true, packed, parcel, count);
      case Op.FCLASS_S -> classify(false, packed, parcel, count);
      case Op.FLI_D, Op.FLI_S -> constant(op == Op.FLI_D, packed, parcel, count);
      default -> {
        return false;
      }
    }
    return true;
  }

  /**
   * The smaller or larger of two numbers.
   *
   * @param atEqual what makes the right zero of two with different signs, and keeps equal numbers
   * @param strict whether any NaN makes the result one; else both must be
   */
  private void choose(
      int opcode,
      int atEqual,
      boolean strict,
      boolean isDouble,
      long packed,
      int parcel,
      int count) {
    int resume = a.label();
    int miss = slowExit(parcel, count, resume);
    int special = a.label();
    int done = a.label();
    guard(miss);
    readFloatInto(isDouble, XMM0, Predecoder.rs1(packed), miss);
    int b = readFloat(isDouble, Predecoder.rs2(packed), XMM1, miss);
    a.ucomis(isDouble, XMM0, b);
    a.jump(EQUAL, special); // set for unordered numbers, too
    a.sse(opcode, isDouble, XMM0, b);
    a.bind(done);
    writeFloat(isDouble, fd(packed), XMM0);
    a.bind(resume);
    exits.aside(() -> {
      int nan = a.label();
      a.bind(special);
      a.jump(PARITY, nan);
      a.bitwise(atEqual, XMM0, b);
      a.jump(done);
      a.bind(nan);
      if (!strict) {
        a.ucomis(isDouble, XMM0, XMM0);
        a.jump(NO_PARITY, done);
        a.movaps(XMM0, b);
        a.ucomis(isDouble, XMM0, XMM0);
        a.jump(NO_PARITY, done);
      }
      canonicalNan(isDouble, XMM0);
      a.jump(done);
    });
  }

  private void equal(boolean isDouble, long packed, int parcel, int count) {
    int resume = a.label();
    int miss = slowExit(parcel, count, resume);
    guard(miss);
    int x = readFloat(isDouble, Predecoder.rs1(packed), XMM0, miss);
    int y = readFloat(isDouble, Predecoder.rs2(packed), XMM1, miss);
    a.ucomis(isDouble, x, y);
    a.setcc(NO_PARITY, RAX);
    a.setcc(EQUAL, RCX);
    a.alu(AND, false, RAX, RCX);
    a.extend(MOVZX_BYTE, RAX, RAX);
    write(Predecoder.rd(packed), RAX);
    a.bind(resume);
  }

  /** Whether the second number stands in that relation to the first. */
  private void order(
      int relation, boolean quiet, boolean isDouble, long packed, int parcel, int count) {
    int resume = a.label();
    int miss = slowExit(parcel, count, resume);
    guard(miss);
    int x = readFloat(isDouble, Predecoder.rs1(packed), XMM0, miss);
    int y = readFloat(isDouble, Predecoder.rs2(packed), XMM1, miss);
    if (quiet) {
      a.ucomis(isDouble, y, x);
    } else {
      a.comis(isDouble, y, x);
    }
    a.setcc(relation, RAX);
    a.extend(MOVZX_BYTE, RAX, RAX);
    write(Predecoder.rd(packed), RAX);
    a.bind(resume);
  }

  // Bits of what FCLASS gives, for negative numbers and for positive ones (unpriv, F: FCLASS).
  private static final int NEGATIVE_INFINITY = 1;
  private static final int NEGATIVE_NORMAL = 1 << 1;
  private static final int NEGATIVE_SUBNORMAL = 1 << 2;
  private static final int NEGATIVE_ZERO = 1 << 3;
  private static final int ZERO = 1 << 4;
  private static final int SUBNORMAL = 1 << 5;
  private static final int NORMAL = 1 << 6;
  private static final int INFINITY = 1 << 7;

  /** The next higher bit is that of quiet ones. */
  private static final int SIGNALING = 8;

  /** All other numbers than normal ones are classified behind the code. */
  private void classify(boolean isDouble, long packed, int parcel, int count) {
    int resume = a.label();
    int miss = slowExit(parcel, count, resume);
    int great = a.label();
    int small = a.label();
    int done = a.label();
    int precision = isDouble ? 53 : 24;
    guard(miss);
    bitsOf(isDouble, RAX, Predecoder.rs1(packed), miss);
    magnitude(isDouble);
    a.constant(RDX, encoding(isDouble, Double.POSITIVE_INFINITY) << 1);
    a.alu(CMP, isDouble, RCX, RDX);
    a.jump(ABOVE_EQUAL, great);
    a.shift(SHR, isDouble, RCX, precision);
    a.jump(EQUAL, small);
    bySign(isDouble, NEGATIVE_NORMAL, NORMAL);
    a.bind(done);
    write(Predecoder.rd(packed), RAX);
    a.bind(resume);
    exits.aside(() -> {
      int nan = a.label();
      int zero = a.label();
      a.bind(great);
      a.jump(ABOVE, nan);
      bySign(isDouble, NEGATIVE_INFINITY, INFINITY);
      a.jump(done);
      a.bind(small);
      magnitude(isDouble);
      a.jump(EQUAL, zero);
      bySign(isDouble, NEGATIVE_SUBNORMAL, SUBNORMAL);
      a.jump(done);
      a.bind(zero);
      bySign(isDouble, NEGATIVE_ZERO, ZERO);
      a.jump(done);
      a.bind(nan);
      a.shift(SHR, isDouble, RAX, precision - 2);
      a.aluImmediate(AND, false, RAX, 1);
      a.aluImmediate(ADD, false, RAX, 1);
      a.shift(SHL, false, RAX, SIGNALING);
      a.jump(done);
    });
  }

  /** RCX = the bits in RAX, without the sign and shifted; sets the zero flag. */
  private void magnitude(boolean isDouble) {
    a.mov(RCX, RAX);
    a.shift(SHL, isDouble, RCX, 1);
  }

  /** RAX = one of two classes, by the sign of the bits in RAX. */
  private void bySign(boolean isDouble, int negative, int positive) {
    a.shift(SHR, isDouble, RAX, isDouble ? 63 : 31);
    a.unary(NEG, true, RAX);
    a.aluImmediate(AND, true, RAX, negative - positive);
    a.aluImmediate(ADD, true, RAX, positive);
  }

  private void constant(boolean isDouble, long packed, int parcel, int count) {
    int resume = a.label();
    guard(slowExit(parcel, count, resume));
    a.constant(RAX, FpUnit.immediate(isDouble, Predecoder.rs1(packed)));
    writeBits(isDouble, fd(packed));
    a.bind(resume);
  }
}
