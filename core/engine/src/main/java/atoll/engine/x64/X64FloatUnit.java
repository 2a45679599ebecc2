package atoll.engine.x64;

import static atoll.emit.X64Assembler.*;
import static atoll.engine.x64.Trampolines.state;

import atoll.emit.X64Assembler;
import atoll.engine.decode.FloatForm;
import atoll.engine.decode.Predecoder;
import atoll.engine.fpu.FpDouble;
import atoll.engine.fpu.FpSingle;
import atoll.engine.hart.StateBlock;

/**
 * What all units for floating point need: the check that it may run, its registers, and how an
 * instruction rounds. XMM0 to XMM2 are scratch.
 */
abstract class X64FloatUnit extends X64Unit {
  static final int DYNAMIC = FloatForm.DYNAMIC;
  static final int TOWARDS_ZERO = 1;

  /** To nearest, ties away from zero, which x86 cannot. */
  static final int NEAREST_AWAY = X64FloatControl.ROUNDINGS;

  static final int ANDPS = 0x54;
  static final int ORPS = 0x56;

  /** Whether a block has already established that floating-point instructions may run. */
  static final class Check {
    private boolean inRegion;
    private boolean done;

    /** Begins a block or a region; a region's entries check that floating point may run. */
    void begin(boolean region) {
      inRegion = region;
      again();
    }

    /** After floating point may have been switched off; regions end there. */
    void again() {
      done = inRegion;
    }
  }

  private final Check check;

  X64FloatUnit(X64Assembler assembler, X64Registers registers, X64Exits exits, Check check) {
    super(assembler, registers, exits);
    this.check = check;
  }

  /** Goes to {@code miss} unless floating-point instructions may run. */
  final void guard(int miss) {
    if (!check.done) {
      a.aluImmediate(CMP, false, state(StateBlock.FLOAT_READY), 0);
      a.jump(EQUAL, miss);
      check.done = true;
    }
  }

  static int rounding(long packed) {
    return Predecoder.word(packed) >>> 12 & 7;
  }

  /** Goes to {@code miss} unless MXCSR rounds as the instruction wants. */
  final void roundingGuard(long packed, int miss) {
    int mode = rounding(packed);
    if (mode != DYNAMIC) {
      a.aluImmediate(CMP, false, state(StateBlock.ROUNDING), mode);
      a.jump(NOT_EQUAL, miss);
    }
  }

  final int floatPlace(int r) {
    return registers.floatMap[r];
  }

  /** The destination's number; bit 5 is set where it looks like x0. */
  static int fd(long packed) {
    return Predecoder.rd(packed) & 31;
  }

  /** The {@code xmm} register with a number; one that lacks its box goes to {@code miss}. */
  final int readFloat(boolean isDouble, int r, int scratch, int miss) {
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
  final void readFloatInto(boolean isDouble, int to, int r, int miss) {
    int from = readFloat(isDouble, r, to, miss);
    if (from != to) {
      a.movaps(to, from);
    }
  }

  final void writeFloat(boolean isDouble, int rd, int from) {
    if (floatPlace(rd) >= 0) {
      a.movaps(floatPlace(rd), from);
      return;
    }
    a.storeSse(isDouble, state(StateBlock.f(rd)), from);
    if (!isDouble) {
      a.storeImmediate(false, state(StateBlock.f(rd) + 4), -1);
    }
  }

  /** Writes a result; a NaN becomes the canonical one, which is all that RISC-V ever gives. */
  final void writeResult(boolean isDouble, int rd, int from) {
    int nan = a.label();
    int back = a.label();
    a.ucomis(isDouble, from, from);
    a.jump(PARITY, nan);
    a.bind(back);
    writeFloat(isDouble, rd, from);
    exits.aside(() -> {
      a.bind(nan);
      canonicalNan(isDouble, from);
      a.jump(back);
    });
  }

  /** Uses RAX. */
  final void canonicalNan(boolean isDouble, int to) {
    a.constant(RAX, isDouble ? FpDouble.CANONICAL_NAN : FpSingle.CANONICAL_NAN);
    a.movToSse(isDouble, to, RAX);
  }

  /**
   * Loads a general register with the bits of a number; one without its box goes to {@code miss}.
   */
  final void bitsOf(boolean isDouble, int to, int r, int miss) {
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
  final void writeBits(boolean isDouble, int rd) {
    if (floatPlace(rd) >= 0) {
      a.movToSse(isDouble, floatPlace(rd), RAX);
      return;
    }
    a.store(isDouble, state(StateBlock.f(rd)), RAX);
    if (!isDouble) {
      a.storeImmediate(false, state(StateBlock.f(rd) + 4), -1);
    }
  }

  /** The bits of a number of double or single precision. */
  static long encoding(boolean isDouble, double number) {
    return isDouble
        ? Double.doubleToRawLongBits(number)
        : Float.floatToRawIntBits((float) number) & 0xffff_ffffL;
  }
}
