package atoll.engine.x64;

import static atoll.emit.X64Assembler.*;
import static atoll.engine.x64.Trampolines.state;

import atoll.emit.X64Assembler;
import atoll.engine.decode.FloatForm;
import atoll.engine.decode.Predecoder;
import atoll.engine.fpu.FpDouble;
import atoll.engine.fpu.FpSingle;
import atoll.engine.hart.StateBlock;
import atoll.isa.Op;

/**
 * F and D, by SSE and FMA; what they cannot do exactly is Java's. The methods begin alike: a way
 * out to Java, and guards that take it. Which guards an instruction needs is what they are there to
 * say.
 */
final class X64Floats extends X64Unit {
  private final X64Memory memory;

  private boolean inRegion;

  /** Whether the block has already established that floating-point instructions may run. */
  private boolean floatChecked;

  X64Floats(X64Assembler assembler, X64Registers registers, X64Exits exits, X64Memory memory) {
    super(assembler, registers, exits);
    this.memory = memory;
  }

  /** Begins a block or a region; a region's entries check that floating point may run. */
  void begin(boolean region) {
    inRegion = region;
    checkAgain();
  }

  /** After floating point may have been switched off; regions end there. */
  void checkAgain() {
    floatChecked = inRegion;
  }

  private int floatPlace(int r) {
    return registers.floatMap[r];
  }

  private static final int DYNAMIC = 7;
  private static final int TOWARDS_ZERO = 1;

  /** VFMADD213 and its siblings by what RISC-V calls them. */
  private static final int VFMADD = 0xa9;

  private static final int VFMSUB = 0xab;
  private static final int VFNMADD = 0xad;
  private static final int VFNMSUB = 0xaf;

  /** Emits an instruction of F or D, if it is one that can be done in place. */
  boolean instruction(long packed, int parcel, int count) {
    int op = Predecoder.op(packed);
    if (FloatForm.reservedRounding(packed)) {
      return false;
    }
    switch (op) {
      case Op.FLD -> floatLoad(packed, parcel, count, true);
      case Op.FLW -> floatLoad(packed, parcel, count, false);
      case Op.FSD -> floatStore(packed, parcel, count, true);
      case Op.FSW -> floatStore(packed, parcel, count, false);
      case Op.FADD_D -> arithmetic(FADD, true, packed, parcel, count);
      case Op.FSUB_D -> arithmetic(FSUB, true, packed, parcel, count);
      case Op.FMUL_D -> arithmetic(FMUL, true, packed, parcel, count);
      case Op.FDIV_D -> arithmetic(FDIV, true, packed, parcel, count);
      case Op.FADD_S -> arithmetic(FADD, false, packed, parcel, count);
      case Op.FSUB_S -> arithmetic(FSUB, false, packed, parcel, count);
      case Op.FMUL_S -> arithmetic(FMUL, false, packed, parcel, count);
      case Op.FDIV_S -> arithmetic(FDIV, false, packed, parcel, count);
      case Op.FSQRT_D -> squareRoot(true, packed, parcel, count);
      case Op.FSQRT_S -> squareRoot(false, packed, parcel, count);
      case Op.FMADD_D -> fused(VFMADD, true, packed, parcel, count);
      case Op.FMSUB_D -> fused(VFMSUB, true, packed, parcel, count);
      case Op.FNMSUB_D -> fused(VFNMADD, true, packed, parcel, count);
      case Op.FNMADD_D -> fused(VFNMSUB, true, packed, parcel, count);
      case Op.FMADD_S -> fused(VFMADD, false, packed, parcel, count);
      case Op.FMSUB_S -> fused(VFMSUB, false, packed, parcel, count);
      case Op.FNMSUB_S -> fused(VFNMADD, false, packed, parcel, count);
      case Op.FNMADD_S -> fused(VFNMSUB, false, packed, parcel, count);
      case Op.FSGNJ_D, Op.FSGNJN_D, Op.FSGNJX_D -> signDouble(op, packed, parcel, count);
      case Op.FSGNJ_S, Op.FSGNJN_S, Op.FSGNJX_S -> signSingle(op, packed, parcel, count);
      case Op.FMIN_D -> minimum(MINS, true, packed, parcel, count);
      case Op.FMAX_D -> minimum(MAXS, true, packed, parcel, count);
      case Op.FMIN_S -> minimum(MINS, false, packed, parcel, count);
      case Op.FMAX_S -> minimum(MAXS, false, packed, parcel, count);
      case Op.FEQ_D, Op.FLT_D, Op.FLE_D -> comparison(op, true, packed, parcel, count);
      case Op.FEQ_S, Op.FLT_S, Op.FLE_S -> comparison(op, false, packed, parcel, count);
      case Op.FMV_X_D, Op.FMV_X_W -> moveToInteger(op == Op.FMV_X_D, packed, parcel, count);
      case Op.FMV_D_X, Op.FMV_W_X -> moveFromInteger(op == Op.FMV_D_X, packed, parcel, count);
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
      default -> {
        return false;
      }
    }
    return true;
  }

  private static final int MINS = 0xf5d;
  private static final int MAXS = 0xf5f;

  /** Goes to {@code miss} unless floating-point instructions may run. */
  void guard(int miss) {
    if (!floatChecked) {
      a.aluImmediate(CMP, false, state(StateBlock.FLOAT_READY), 0);
      a.jump(EQUAL, miss);
      floatChecked = true;
    }
  }

  private static int rounding(long packed) {
    return Predecoder.word(packed) >>> 12 & 7;
  }

  /** Goes to {@code miss} unless MXCSR rounds as the instruction wants. */
  private void roundingGuard(long packed, int miss) {
    int mode = rounding(packed);
    if (mode != DYNAMIC) {
      a.aluImmediate(CMP, false, state(StateBlock.ROUNDING), mode);
      a.jump(NOT_EQUAL, miss);
    }
  }

  /** The {@code xmm} register with a number; one that lacks its box goes to {@code miss}. */
  private int readFloat(boolean isDouble, int r, int scratch, int miss) {
    if (floatPlace(r) >= 0) {
      return floatPlace(r);
    }
    if (!isDouble) {
      a.aluImmediate(CMP, false, state(StateBlock.f(r) + 4), -1);
      a.jump(NOT_EQUAL, miss);
    }
    a.loadSse(isDouble, scratch, state(StateBlock.f(r)));
    return scratch;
  }

  /** Like {@link #readFloat}, into a scratch register in any case. */
  private void readFloatInto(boolean isDouble, int to, int r, int miss) {
    int from = readFloat(isDouble, r, to, miss);
    if (from != to) {
      a.movaps(to, from);
    }
  }

  private void writeFloat(boolean isDouble, int rd, int from) {
    if (floatPlace(rd) >= 0) {
      a.movaps(floatPlace(rd), from);
      return;
    }
    a.storeSse(isDouble, state(StateBlock.f(rd)), from);
    if (!isDouble) {
      a.storeImmediate(false, state(StateBlock.f(rd) + 4), -1);
    }
  }

  /** The destination's number; bit 5 is set where it looks like x0. */
  private static int fd(long packed) {
    return Predecoder.rd(packed) & 31;
  }

  /** Writes a result; a NaN becomes the canonical one, which is all that RISC-V ever gives. */
  private void writeResult(boolean isDouble, int rd, int from) {
    int nan = a.label();
    int back = a.label();
    a.ucomis(isDouble, from, from);
    a.jump(PARITY, nan);
    a.bind(back);
    writeFloat(isDouble, rd, from);
    exits.aside(() -> {
      a.bind(nan);
      a.constant(RAX, isDouble ? FpDouble.CANONICAL_NAN : FpSingle.CANONICAL_NAN);
      a.movToSse(isDouble, from, RAX);
      a.jump(back);
    });
  }

  // Results that are NaN, to emit behind the code.

  private void floatLoad(long packed, int parcel, int count, boolean isDouble) {
    int resume = a.label();
    int slow = slowExit(parcel, count, resume);
    guard(slow);
    int size = isDouble ? 8 : 4;
    int rd = fd(packed);
    int miss = memory.loadMiss(size, slow, resume, () -> deliver(isDouble, rd));
    long m = memory.translate(Predecoder.rs1(packed), (int) (packed >> 32), size, false, miss);
    if (floatPlace(rd) >= 0) {
      a.loadSse(isDouble, floatPlace(rd), m);
    } else {
      a.load(isDouble, RAX, m);
      deliver(isDouble, rd);
    }
    a.bind(resume);
  }

  /** A load's result, of which RAX has the bytes. */
  private void deliver(boolean isDouble, int rd) {
    if (floatPlace(rd) >= 0) {
      a.movToSse(isDouble, floatPlace(rd), RAX);
      return;
    }
    a.store(isDouble, state(StateBlock.f(rd)), RAX);
    if (!isDouble) {
      a.storeImmediate(false, state(StateBlock.f(rd) + 4), -1);
    }
  }

  private void floatStore(long packed, int parcel, int count, boolean isDouble) {
    int resume = a.label();
    int slow = slowExit(parcel, count, resume);
    guard(slow);
    int size = isDouble ? 8 : 4;
    int rs2 = Predecoder.rs2(packed);
    int miss = memory.storeMiss(size, slow, resume, () -> bits(isDouble, rs2));
    long m = memory.translate(Predecoder.rs1(packed), (int) (packed >> 32), size, true, miss);
    if (floatPlace(rs2) >= 0) {
      a.storeSse(isDouble, m, floatPlace(rs2));
    } else {
      a.load(isDouble, memory.free(), state(StateBlock.f(rs2)));
      a.store(isDouble, m, memory.free());
    }
    a.bind(resume);
  }

  /** Loads RDX with what a store writes. */
  private void bits(boolean isDouble, int rs2) {
    if (floatPlace(rs2) >= 0) {
      a.movFromSse(isDouble, RDX, floatPlace(rs2));
    } else {
      a.load(isDouble, RDX, state(StateBlock.f(rs2)));
    }
  }

  private void arithmetic(int opcode, boolean isDouble, long packed, int parcel, int count) {
    int resume = a.label();
    int miss = slowExit(parcel, count, resume);
    guard(miss);
    roundingGuard(packed, miss);
    readFloatInto(isDouble, XMM0, Predecoder.rs1(packed), miss);
    a.sse(opcode, isDouble, XMM0, readFloat(isDouble, Predecoder.rs2(packed), XMM1, miss));
    writeResult(isDouble, fd(packed), XMM0);
    a.bind(resume);
  }

  private void squareRoot(boolean isDouble, long packed, int parcel, int count) {
    int resume = a.label();
    int miss = slowExit(parcel, count, resume);
    guard(miss);
    roundingGuard(packed, miss);
    int s = readFloat(isDouble, Predecoder.rs1(packed), XMM1, miss);
    a.bitwise(XORPS, XMM0, XMM0);
    a.sse(SQRT, isDouble, XMM0, s);
    writeResult(isDouble, fd(packed), XMM0);
    a.bind(resume);
  }

  /**
   * A NaN result is Java's: infinity times zero plus a quiet NaN is invalid on RISC-V, but raises
   * nothing on x86.
   */
  private void fused(int opcode, boolean isDouble, long packed, int parcel, int count) {
    int resume = a.label();
    int miss = slowExit(parcel, count, resume);
    guard(miss);
    roundingGuard(packed, miss);
    readFloatInto(isDouble, XMM0, Predecoder.rs1(packed), miss);
    int b = readFloat(isDouble, Predecoder.rs2(packed), XMM1, miss);
    int c = readFloat(isDouble, Predecoder.word(packed) >>> 27, XMM2, miss);
    a.fma(opcode, isDouble, XMM0, b, c);
    a.ucomis(isDouble, XMM0, XMM0);
    a.jump(PARITY, miss);
    writeFloat(isDouble, fd(packed), XMM0);
    a.bind(resume);
  }

  private void signDouble(int op, long packed, int parcel, int count) {
    int resume = a.label();
    int miss = slowExit(parcel, count, resume);
    guard(miss);
    int rs1 = Predecoder.rs1(packed);
    int rs2 = Predecoder.rs2(packed);
    if (rs1 == rs2 && op == Op.FSGNJ_D && floatPlace(rs1) >= 0) {
      writeFloat(true, fd(packed), floatPlace(rs1));
      a.bind(resume);
      return;
    }
    bitsOf(true, RAX, rs1, miss);
    if (rs1 != rs2 || op != Op.FSGNJ_D) {
      bitsOf(true, RCX, rs2, miss);
      inject(op == Op.FSGNJX_D, op == Op.FSGNJN_D, true);
    }
    writeBits(true, fd(packed));
    a.bind(resume);
  }

  private void signSingle(int op, long packed, int parcel, int count) {
    int resume = a.label();
    int miss = slowExit(parcel, count, resume);
    guard(miss);
    bitsOf(false, RAX, Predecoder.rs1(packed), miss);
    bitsOf(false, RCX, Predecoder.rs2(packed), miss);
    inject(op == Op.FSGNJX_S, op == Op.FSGNJN_S, false);
    writeBits(false, fd(packed));
    a.bind(resume);
  }

  /** RAX takes its sign from RCX: as it is, negated, or exclusively ored. */
  private void inject(boolean exclusive, boolean negated, boolean isDouble) {
    int sign = isDouble ? 63 : 31;
    if (negated) {
      a.unary(NOT, true, RCX);
    }
    a.shift(SHR, isDouble, RCX, sign);
    a.shift(SHL, isDouble, RCX, sign);
    if (!exclusive) {
      a.shift(SHL, isDouble, RAX, 1);
      a.shift(SHR, isDouble, RAX, 1);
    }
    a.alu(XOR, isDouble, RAX, RCX);
  }

  private void bitsOf(boolean isDouble, int to, int r, int miss) {
    if (floatPlace(r) >= 0) {
      a.movFromSse(isDouble, to, floatPlace(r));
      return;
    }
    if (!isDouble) {
      a.aluImmediate(CMP, false, state(StateBlock.f(r) + 4), -1);
      a.jump(NOT_EQUAL, miss);
    }
    a.load(isDouble, to, state(StateBlock.f(r)));
  }

  /** Writes RAX, or EAX as a single, to a floating-point register. */
  private void writeBits(boolean isDouble, int rd) {
    if (floatPlace(rd) >= 0) {
      a.movToSse(isDouble, floatPlace(rd), RAX);
      return;
    }
    a.store(isDouble, state(StateBlock.f(rd)), RAX);
    if (!isDouble) {
      a.storeImmediate(false, state(StateBlock.f(rd) + 4), -1);
    }
  }

  /** Numbers that are equal or not ordered are Java's: zeroes have signs, NaNs have rules. */
  private void minimum(int opcode, boolean isDouble, long packed, int parcel, int count) {
    int resume = a.label();
    int miss = slowExit(parcel, count, resume);
    guard(miss);
    readFloatInto(isDouble, XMM0, Predecoder.rs1(packed), miss);
    int b = readFloat(isDouble, Predecoder.rs2(packed), XMM1, miss);
    a.ucomis(isDouble, XMM0, b);
    a.jump(EQUAL, miss); // set for unordered numbers, too
    a.sse(opcode, isDouble, XMM0, b);
    writeFloat(isDouble, fd(packed), XMM0);
    a.bind(resume);
  }

  private void comparison(int op, boolean isDouble, long packed, int parcel, int count) {
    int resume = a.label();
    int miss = slowExit(parcel, count, resume);
    guard(miss);
    int x = readFloat(isDouble, Predecoder.rs1(packed), XMM0, miss);
    int y = readFloat(isDouble, Predecoder.rs2(packed), XMM1, miss);
    boolean equal = op == Op.FEQ_D || op == Op.FEQ_S;
    if (equal) {
      a.ucomis(isDouble, x, y);
      a.setcc(NO_PARITY, RAX);
      a.setcc(EQUAL, RCX);
      a.alu(AND, false, RAX, RCX);
    } else {
      a.comis(isDouble, y, x);
      a.setcc(op == Op.FLT_D || op == Op.FLT_S ? ABOVE : ABOVE_EQUAL, RAX);
    }
    a.extend(MOVZX_BYTE, RAX, RAX);
    write(Predecoder.rd(packed), RAX);
    a.bind(resume);
  }

  /** A transfer, not an operation: the box does not matter, and the low half is sign-extended. */
  private void moveToInteger(boolean isDouble, long packed, int parcel, int count) {
    int resume = a.label();
    int miss = slowExit(parcel, count, resume);
    guard(miss);
    int rs1 = Predecoder.rs1(packed);
    if (floatPlace(rs1) >= 0) {
      a.movFromSse(isDouble, RAX, floatPlace(rs1));
      extendWord(isDouble, RAX);
    } else if (isDouble) {
      a.load(true, RAX, state(StateBlock.f(rs1)));
    } else {
      a.movsxd(RAX, state(StateBlock.f(rs1)));
    }
    write(Predecoder.rd(packed), RAX);
    a.bind(resume);
  }

  private void moveFromInteger(boolean isDouble, long packed, int parcel, int count) {
    int resume = a.label();
    int miss = slowExit(parcel, count, resume);
    guard(miss);
    readInto(RAX, Predecoder.rs1(packed));
    writeBits(isDouble, fd(packed));
    a.bind(resume);
  }

  private void fromInteger(
      boolean isDouble, boolean wide, boolean signed, long packed, int parcel, int count) {
    int resume = a.label();
    int miss = slowExit(parcel, count, resume);
    guard(miss);
    int s = read(Predecoder.rs1(packed), RAX);
    if (wide) {
      exactOrRoundingGuard(isDouble, s, packed, miss);
    } else if (!isDouble) {
      roundingGuard(packed, miss);
    }
    if (!signed && wide) {
      a.test(true, s, s);
      a.jump(SIGN, miss);
    } else if (!signed) {
      a.mov32(RAX, s);
      s = RAX;
    }
    a.bitwise(XORPS, XMM0, XMM0);
    a.fromInteger(isDouble, wide || !signed, XMM0, s);
    writeFloat(isDouble, fd(packed), XMM0);
    a.bind(resume);
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

  /** The result of x86 for values out of range is also legal; then Java decides. */
  private void toInteger(boolean isDouble, boolean wide, long packed, int parcel, int count) {
    int resume = a.label();
    int miss = slowExit(parcel, count, resume);
    guard(miss);
    int s = readFloat(isDouble, Predecoder.rs1(packed), XMM0, miss);
    int mode = rounding(packed);
    if (mode == TOWARDS_ZERO) {
      a.toIntegerTruncated(isDouble, wide, RAX, s);
    } else if (wide && mode < StateBlock.ROUNDINGS) {
      // A value out of range has no fraction, so the inexact flag is not raised for it.
      a.round(isDouble, XMM0, s, StateBlock.rounding(mode));
      a.toIntegerTruncated(isDouble, true, RAX, XMM0);
    } else {
      roundingGuard(packed, miss);
      a.toInteger(isDouble, wide, RAX, s);
    }
    if (wide) {
      a.constant(RCX, Long.MIN_VALUE);
      a.alu(CMP, true, RAX, RCX);
    } else {
      a.aluImmediate(CMP, false, RAX, Integer.MIN_VALUE);
    }
    a.jump(EQUAL, miss);
    extendWord(wide, RAX);
    write(Predecoder.rd(packed), RAX);
    a.bind(resume);
  }

  /** Towards zero, as C converts; what is out of range is Java's, before anything is raised. */
  private void toUnsigned(boolean isDouble, boolean wide, long packed, int parcel, int count) {
    if (rounding(packed) != TOWARDS_ZERO) {
      exits.slow(parcel, count);
      return;
    }
    int resume = a.label();
    int miss = slowExit(parcel, count, resume);
    guard(miss);
    int s = readFloat(isDouble, Predecoder.rs1(packed), XMM0, miss);
    compareWith(isDouble, s, -1);
    a.jump(BELOW_EQUAL, miss); // NaNs, too
    if (!wide) {
      compareWith(isDouble, s, 0x1p32);
      a.jump(ABOVE_EQUAL, miss);
    }
    a.toIntegerTruncated(isDouble, true, RAX, s);
    a.test(true, RAX, RAX);
    a.jump(SIGN, miss);
    extendWord(wide, RAX);
    write(Predecoder.rd(packed), RAX);
    a.bind(resume);
  }

  /** Sets the flags by {@code s} and a number; uses RAX. */
  private void compareWith(boolean isDouble, int s, double number) {
    a.constant(
        RAX,
        isDouble ? Double.doubleToRawLongBits(number) : Float.floatToRawIntBits((float) number));
    a.movToSse(isDouble, XMM1, RAX);
    a.ucomis(isDouble, s, XMM1);
  }

  void convert(boolean fromDouble, long packed, int parcel, int count) {
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
