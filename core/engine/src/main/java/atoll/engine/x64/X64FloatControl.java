package atoll.engine.x64;

import atoll.engine.fpu.FpFlags;
import atoll.engine.hart.StateBlock;
import atoll.engine.target.FloatControl;
import atoll.host.RawMemory;

/** MXCSR: a rounding field and six sticky exceptions, of which RISC-V has all but one. */
final class X64FloatControl implements FloatControl {
  /** Values of {@code frm}, from 0 on, that MXCSR has a rounding for. */
  static final int ROUNDINGS = 4;

  /** MXCSR's exceptions. */
  static final int EXCEPTIONS = 0x3f;

  private static final int DEFAULT = 0x1f80;
  private static final int ROUNDING_SHIFT = 13;

  /** MXCSR's rounding field by {@code frm}: nearest even, towards zero, down, up. */
  private static final int[] ROUNDING = {0, 3, 1, 2};

  /** MXCSR's rounding field for a {@code frm} that it has a rounding for. */
  static int rounding(int frm) {
    return ROUNDING[frm];
  }

  @Override
  public void begin(StateBlock state) {
    state.putInt(StateBlock.FLOAT_CONTROL, DEFAULT);
    state.putInt(StateBlock.HOST_FLOAT_CONTROL, DEFAULT);
    for (int exceptions = 0; exceptions <= EXCEPTIONS; exceptions++) {
      RawMemory.putByte(
          state.base + StateBlock.FLAGS_BY_EXCEPTIONS + exceptions, (byte) flags(exceptions));
    }
    for (int fcsr = 0; fcsr < ROUNDINGS << StateBlock.FCSR_ROUNDING_SHIFT; fcsr++) {
      int control = word(fcsr >> StateBlock.FCSR_ROUNDING_SHIFT, fcsr);
      state.putInt(StateBlock.FLOAT_CONTROL_BY_FCSR + 4 * fcsr, control);
    }
  }

  @Override
  public boolean rounds(int frm) {
    return frm < ROUNDINGS;
  }

  @Override
  public int word(int frm, int flags) {
    int exceptions =
        ((flags & FpFlags.NX) != 0 ? 1 << 5 : 0)
            | ((flags & FpFlags.UF) != 0 ? 1 << 4 : 0)
            | ((flags & FpFlags.OF) != 0 ? 1 << 3 : 0)
            | ((flags & FpFlags.DZ) != 0 ? 1 << 2 : 0)
            | ((flags & FpFlags.NV) != 0 ? 1 : 0);
    return DEFAULT | ROUNDING[frm] << ROUNDING_SHIFT | exceptions;
  }

  @Override
  public int flags(int word) {
    return (word >> 5 & 1) * FpFlags.NX
        | (word >> 4 & 1) * FpFlags.UF
        | (word >> 3 & 1) * FpFlags.OF
        | (word >> 2 & 1) * FpFlags.DZ
        | (word & 1) * FpFlags.NV;
  }
}
