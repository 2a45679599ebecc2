package atoll.engine.x64;

import static atoll.emit.X64Assembler.*;
import static atoll.engine.x64.Trampolines.state;

import atoll.emit.X64Assembler;
import atoll.engine.decode.Predecoder;
import atoll.engine.hart.StateBlock;
import atoll.isa.Op;

/**
 * Conversions between floating-point numbers and integers, and between precisions. Numbers that no
 * integer stands for become the nearest one that does, NaNs the largest (unpriv, F: Domains of
 * conversions).
 *
 * <p>Where x86 rounds otherwise, or does not know the type, the number is first rounded to an
 * integral one that raises nothing. What is out of range is found with that, and only then is the
 * conversion of the number itself made for the inexact flag alone.
 */
final class X64FloatConversions extends X64FloatUnit {
  /** ROUNDSD: as MXCSR says; and without raising the inexact flag. */
  private static final int AS_MXCSR = 4;

  private static final int SILENTLY = 8;

  X64FloatConversions(X64Assembler assembler, X64Registers registers, X64Exits exits, Check check) {
    super(assembler, registers, exits, check);
  }

  /** Emits an instruction, if it is one of these. */
  boolean instruction(long packed, int parcel, int count) {
    switch (Predecoder.op(packed)) {
      case Op.FCVT_D_W -> fromInteger(true, false, true, packed, parcel, count);
      case Op.FCVT_D_WU -> fromInteger(true, false, false, packed, parcel, count);
      case Op.FCVT_D_L -> fromInteger(true, true, true, packed, parcel, count);
      case Op.FCVT_S_W -> fromInteger(false, false, true, packed, parcel, count);
      case Op.FCVT_S_WU -> fromInteger(false, false, false, packed, parcel, count);
      case Op.FCVT_S_L -> fromInteger(false, true, true, packed, parcel, count);
      case Op.FCVT_D_LU -> fromInteger(true, true, false, packed, parcel, count);
      case Op.FCVT_S_LU -> fromInteger(false, true, false, packed, parcel, count);
      case Op.FCVT_WU_D -> toUnsigned(true, false, packed, parcel, count);
      case Op.FCVT_LU_D -> toUnsigned(true, true, packed, parcel, count);
      case Op.FCVT_WU_S -> toUnsigned(false, false, packed, parcel, count);
      case Op.FCVT_LU_S -> toUnsigned(false, true, packed, parcel, count);
      case Op.FCVT_W_D -> toInteger(true, false, packed, parcel, count);
      case Op.FCVT_L_D -> toInteger(true, true, packed, parcel, count);
      case Op.FCVT_W_S -> toInteger(false, false, packed, parcel, count);
      case Op.FCVT_L_S -> toInteger(false, true, packed, parcel, count);
      case Op.FCVT_S_D -> convert(true, packed, parcel, count);
      case Op.FCVT_D_S -> convert(false, packed, parcel, count);
      case Op.FROUND_D -> integral(true, SILENTLY, packed, parcel, count);
      case Op.FROUND_S -> integral(false, SILENTLY, packed, parcel, count);
      case Op.FROUNDNX_D -> integral(true, 0, packed, parcel, count);
      case Op.FROUNDNX_S -> integral(false, 0, packed, parcel, count);
      default -> {
        return false;
      }
    }
    return true;
  }

  // ------------------------------------------------------------ from integers

  private void fromInteger(
      boolean isDouble, boolean wide, boolean signed, long packed, int parcel, int count) {
    int resume = a.label();
    int miss = slowExit(parcel, count, resume);
    int done = a.label();
    guard(miss);
    int s = read(Predecoder.rs1(packed), RAX);
    if (!signed && wide) {
      a.test(true, s, s);
      a.jump(SIGN, large(isDouble, s, packed, miss, done));
    } else if (!signed) {
      a.mov32(RAX, s);
      s = RAX;
    }
    if (wide) {
      exactOrRoundingGuard(isDouble, s, packed, miss);
    } else if (!isDouble) {
      roundingGuard(packed, miss);
    }
    a.bitwise(XORPS, XMM0, XMM0);
    a.fromInteger(isDouble, wide || !signed, XMM0, s);
    a.bind(done);
    writeFloat(isDouble, fd(packed), XMM0);
    a.bind(resume);
  }

  /**
   * Half of a number that does not fit into 63 bits is converted and doubled. Its lowest bit then
   * stands for two, so that the result is rounded as the number itself would be.
   */
  private int large(boolean isDouble, int s, long packed, int miss, int done) {
    int label = a.label();
    exits.aside(() -> {
      a.bind(label);
      roundingGuard(packed, miss);
      a.mov(RCX, s);
      a.aluImmediate(AND, false, RCX, 1);
      if (s != RAX) {
        a.mov(RAX, s);
      }
      a.shift(SHR, true, RAX, 1);
      a.alu(OR, true, RAX, RCX);
      a.bitwise(XORPS, XMM0, XMM0);
      a.fromInteger(isDouble, true, XMM0, RAX);
      a.sse(FADD, isDouble, XMM0, XMM0);
      a.jump(done);
    });
    return label;
  }

  /**
   * Goes to {@code miss} unless MXCSR rounds as the instruction wants, or the number in {@code s}
   * is small enough not to be rounded. Uses RCX.
   */
  private void exactOrRoundingGuard(boolean isDouble, int s, long packed, int miss) {
    int mode = rounding(packed);
    if (mode == DYNAMIC) {
      return;
    }
    int other = a.label();
    int back = a.label();
    a.aluImmediate(CMP, false, state(StateBlock.ROUNDING), mode);
    a.jump(NOT_EQUAL, other);
    a.bind(back);
    exits.aside(() -> {
      int precision = isDouble ? 53 : 24;
      a.bind(other);
      a.constant(RCX, 1L << precision);
      a.alu(ADD, true, RCX, s);
      a.shift(SHR, true, RCX, precision + 1);
      a.jump(EQUAL, back);
      a.jump(miss);
    });
  }

  // ------------------------------------------------------------ to integers

  private void toInteger(boolean isDouble, boolean wide, long packed, int parcel, int count) {
    int resume = a.label();
    int miss = slowExit(parcel, count, resume);
    int done = a.label();
    guard(miss);
    int s = readFloat(isDouble, Predecoder.rs1(packed), XMM0, miss);
    int mode = rounding(packed);
    if (mode == TOWARDS_ZERO) {
      a.toIntegerTruncated(isDouble, wide, RAX, s);
      saturate(isDouble, wide, s, done);
    } else if (mode == DYNAMIC) {
      a.toInteger(isDouble, wide, RAX, s);
      saturate(isDouble, wide, s, done);
    } else if (wide && mode != NEAREST_AWAY) {
      // A value out of range has no fraction, so the inexact flag is not raised for it.
      a.round(isDouble, XMM1, s, X64FloatControl.rounding(mode));
      a.toIntegerTruncated(isDouble, true, RAX, XMM1);
      saturate(isDouble, true, XMM1, done);
    } else {
      roundInto(isDouble, s, mode);
      a.toIntegerTruncated(isDouble, true, RAX, XMM1);
      if (wide) {
        a.toIntegerTruncated(isDouble, true, RCX, s);
        saturate(isDouble, true, XMM1, done);
      } else {
        wordOrInvalid(isDouble, done);
        a.toIntegerTruncated(isDouble, true, RCX, s);
      }
    }
    a.bind(done);
    extendWord(wide, RAX);
    write(Predecoder.rd(packed), RAX);
    a.bind(resume);
  }

  /**
   * RAX is the lowest integer where the conversion was invalid, and so it has been raised; or where
   * that is the result. Makes it the highest where {@code t} is not negative. Uses XMM2.
   */
  private void saturate(boolean isDouble, boolean wide, int t, int done) {
    int lowest = a.label();
    if (wide) {
      a.constant(RCX, Long.MIN_VALUE);
      a.alu(CMP, true, RAX, RCX);
    } else {
      a.aluImmediate(CMP, false, RAX, Integer.MIN_VALUE);
    }
    a.jump(EQUAL, lowest);
    exits.aside(() -> {
      a.bind(lowest);
      highestUnlessNegative(isDouble, wide, t, done);
    });
  }

  private void highestUnlessNegative(boolean isDouble, boolean wide, int t, int done) {
    a.bitwise(XORPS, XMM2, XMM2);
    a.ucomis(isDouble, XMM2, t);
    a.jump(ABOVE, done);
    a.unary(NOT, wide, RAX);
    a.jump(done);
  }

  /** Unless RAX is a word, the conversion of XMM1 is invalid. Uses RCX and XMM2. */
  private void wordOrInvalid(boolean isDouble, int done) {
    int invalid = a.label();
    a.movsxd(RCX, RAX);
    a.alu(CMP, true, RAX, RCX);
    a.jump(NOT_EQUAL, invalid);
    exits.aside(() -> {
      a.bind(invalid);
      raiseInvalid(RAX);
      highestUnlessNegative(isDouble, false, XMM1, done);
    });
  }

  /** Converts a NaN to a word, which gives the lowest one in {@code to}. Uses XMM2. */
  private void raiseInvalid(int to) {
    a.constant(to, -1);
    a.movToSse(true, XMM2, to);
    a.toIntegerTruncated(true, false, to, XMM2);
  }

  private void toUnsigned(boolean isDouble, boolean wide, long packed, int parcel, int count) {
    int resume = a.label();
    int miss = slowExit(parcel, count, resume);
    int done = a.label();
    int invalid = a.label();
    guard(miss);
    int s = readFloat(isDouble, Predecoder.rs1(packed), XMM0, miss);
    roundInto(isDouble, s, rounding(packed));
    if (wide) {
      a.constant(RAX, encoding(isDouble, 0x1p63));
      a.movToSse(isDouble, XMM2, RAX);
      a.ucomis(isDouble, XMM1, XMM2);
      a.jump(ABOVE_EQUAL, upperHalf(isDouble, invalid, done)); // not for NaNs
      a.toIntegerTruncated(isDouble, true, RAX, XMM1);
      a.test(true, RAX, RAX);
      a.jump(SIGN, invalid);
    } else {
      a.toIntegerTruncated(isDouble, true, RAX, XMM1);
      a.mov32(RCX, RAX);
      a.alu(CMP, true, RCX, RAX);
      a.jump(NOT_EQUAL, invalid);
    }
    a.toIntegerTruncated(isDouble, true, RCX, s);
    a.bind(done);
    extendWord(wide, RAX);
    write(Predecoder.rd(packed), RAX);
    a.bind(resume);
    exits.aside(() -> {
      a.bind(invalid);
      raiseInvalid(RAX);
      a.bitwise(XORPS, XMM2, XMM2);
      a.constant(RAX, -1);
      a.ucomis(isDouble, XMM2, XMM1);
      a.jump(BELOW_EQUAL, done); // and NaNs
      a.constant(RAX, 0);
      a.jump(done);
    });
  }

  /** A label that converts XMM1, which is not below the number in XMM2, half of the range. */
  private int upperHalf(boolean isDouble, int invalid, int done) {
    int label = a.label();
    exits.aside(() -> {
      a.bind(label);
      a.constant(RAX, encoding(isDouble, 0x1p64));
      a.movToSse(isDouble, XMM0, RAX);
      a.ucomis(isDouble, XMM1, XMM0);
      a.jump(ABOVE_EQUAL, invalid);
      a.movaps(XMM0, XMM1);
      a.sse(FSUB, isDouble, XMM0, XMM2);
      a.toIntegerTruncated(isDouble, true, RAX, XMM0);
      a.constant(RCX, Long.MIN_VALUE);
      a.alu(OR, true, RAX, RCX);
      a.jump(done);
    });
    return label;
  }

  // ------------------------------------------------------------ integral numbers

  /** XMM1 = {@code s}, rounded to an integral number; raises nothing but for signaling NaNs. */
  private void roundInto(boolean isDouble, int s, int mode) {
    if (mode == NEAREST_AWAY) {
      roundAway(isDouble, s);
    } else {
      a.round(isDouble, XMM1, s, roundingOf(mode) | SILENTLY);
    }
  }

  private static int roundingOf(int mode) {
    return mode == DYNAMIC ? AS_MXCSR : X64FloatControl.rounding(mode);
  }

  /**
   * To nearest, ties away from zero: what has lost at least a half by truncation gets one more. All
   * differences and sums here are exact. Uses RAX, RCX and XMM2.
   */
  private void roundAway(boolean isDouble, int s) {
    int near = a.label();
    int sign = isDouble ? 63 : 31;
    a.round(isDouble, XMM1, s, X64FloatControl.rounding(TOWARDS_ZERO) | SILENTLY);
    a.ucomis(isDouble, XMM1, s);
    a.jump(EQUAL, near); // integral, infinite or a NaN
    a.movaps(XMM2, s);
    a.sse(FSUB, isDouble, XMM2, XMM1);
    a.movFromSse(isDouble, RAX, XMM2);
    a.shift(SHL, isDouble, RAX, 1);
    a.constant(RCX, encoding(isDouble, 0.5) << 1);
    a.alu(CMP, isDouble, RAX, RCX);
    a.jump(BELOW, near);
    a.movFromSse(isDouble, RAX, s);
    a.shift(SHR, isDouble, RAX, sign);
    a.shift(SHL, isDouble, RAX, sign);
    a.constant(RCX, encoding(isDouble, 1));
    a.alu(OR, isDouble, RAX, RCX);
    a.movToSse(isDouble, XMM2, RAX);
    a.sse(FADD, isDouble, XMM1, XMM2);
    a.bind(near);
  }

  private void integral(boolean isDouble, int silently, long packed, int parcel, int count) {
    int resume = a.label();
    int miss = slowExit(parcel, count, resume);
    guard(miss);
    int s = readFloat(isDouble, Predecoder.rs1(packed), XMM0, miss);
    int mode = rounding(packed);
    if (mode != NEAREST_AWAY) {
      a.round(isDouble, XMM1, s, roundingOf(mode) | silently);
    } else {
      roundAway(isDouble, s);
      if (silently == 0) {
        a.round(isDouble, XMM2, s, X64FloatControl.rounding(TOWARDS_ZERO)); // for its flag
      }
    }
    writeResult(isDouble, fd(packed), XMM1);
    a.bind(resume);
  }

  // ------------------------------------------------------------ between precisions

  private void convert(boolean fromDouble, long packed, int parcel, int count) {
    int resume = a.label();
    int miss = slowExit(parcel, count, resume);
    guard(miss);
    if (fromDouble) {
      roundingGuard(packed, miss);
    }
    int s = readFloat(fromDouble, Predecoder.rs1(packed), XMM1, miss);
    a.bitwise(XORPS, XMM0, XMM0);
    a.convert(fromDouble, XMM0, s);
    writeResult(!fromDouble, fd(packed), XMM0);
    a.bind(resume);
  }
}
