package atoll.engine.x64;

import static atoll.emit.X64Assembler.*;
import static atoll.engine.x64.Trampolines.state;

import atoll.emit.X64Assembler;
import atoll.engine.decode.FloatForm;
import atoll.engine.decode.Predecoder;
import atoll.engine.hart.StateBlock;
import atoll.isa.Op;

/**
 * F, D and Zfa, by SSE and FMA; what they cannot do exactly is Java's: arithmetic that rounds ties
 * away from zero or otherwise than {@code frm} says, singles without their box. The methods begin
 * alike: a way out to Java, and guards that take it. Which guards an instruction needs is what they
 * are there to say.
 */
final class X64Floats extends X64FloatUnit {
  private final X64Memory memory;
  private final X64FloatChoices choices;
  private final X64FloatConversions conversions;

  X64Floats(
      X64Assembler assembler,
      X64Registers registers,
      X64Exits exits,
      Check check,
      X64Memory memory) {
    super(assembler, registers, exits, check);
    this.memory = memory;
    choices = new X64FloatChoices(assembler, registers, exits, check);
    conversions = new X64FloatConversions(assembler, registers, exits, check);
  }

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
      case Op.FMV_X_D, Op.FMV_X_W -> moveToInteger(op == Op.FMV_X_D, packed, parcel, count);
      case Op.FMV_D_X, Op.FMV_W_X -> moveFromInteger(op == Op.FMV_D_X, packed, parcel, count);
      default -> {
        return choices.instruction(packed, parcel, count)
            || conversions.instruction(packed, parcel, count);
      }
    }
    return true;
  }

  private void floatLoad(long packed, int parcel, int count, boolean isDouble) {
    int resume = a.label();
    int slow = slowExit(parcel, count, resume);
    guard(slow);
    int size = isDouble ? 8 : 4;
    int rd = fd(packed);
    int miss = memory.loadMiss(size, slow, resume, () -> writeBits(isDouble, rd));
    long m = memory.translate(Predecoder.rs1(packed), (int) (packed >> 32), size, false, miss);
    if (floatPlace(rd) >= 0) {
      a.loadSse(isDouble, floatPlace(rd), m);
    } else {
      a.load(isDouble, RAX, m);
      writeBits(isDouble, rd);
    }
    a.bind(resume);
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
   * Infinity times zero plus a quiet NaN is invalid on RISC-V, but raises nothing on x86: where the
   * result is a NaN and a factor is infinite, their product raises what it must.
   */
  private void fused(int opcode, boolean isDouble, long packed, int parcel, int count) {
    int resume = a.label();
    int miss = slowExit(parcel, count, resume);
    guard(miss);
    roundingGuard(packed, miss);
    readFloatInto(isDouble, XMM0, Predecoder.rs1(packed), miss);
    int b = readFloat(isDouble, Predecoder.rs2(packed), XMM1, miss);
    int c = readFloat(isDouble, Predecoder.word(packed) >>> 27, XMM2, miss);
    int nan = a.label();
    int done = a.label();
    a.fma(opcode, isDouble, XMM0, b, c);
    a.ucomis(isDouble, XMM0, XMM0);
    a.jump(PARITY, nan);
    a.bind(done);
    writeFloat(isDouble, fd(packed), XMM0);
    a.bind(resume);
    exits.aside(() -> {
      int product = a.label();
      int finite = a.label();
      a.bind(nan);
      readFloatInto(isDouble, XMM0, Predecoder.rs1(packed), miss);
      compareWithInfinity(isDouble, XMM0);
      a.jump(EQUAL, product);
      compareWithInfinity(isDouble, b);
      a.jump(NOT_EQUAL, finite);
      a.bind(product);
      a.sse(FMUL, isDouble, XMM0, b);
      a.bind(finite);
      canonicalNan(isDouble, XMM0);
      a.jump(done);
    });
  }

  /** Compares a number's magnitude; uses RAX and RCX. */
  private void compareWithInfinity(boolean isDouble, int s) {
    a.movFromSse(isDouble, RAX, s);
    a.shift(SHL, isDouble, RAX, 1);
    a.constant(RCX, encoding(isDouble, Double.POSITIVE_INFINITY) << 1);
    a.alu(CMP, isDouble, RAX, RCX);
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
}
