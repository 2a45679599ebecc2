package atoll.engine.target;

import atoll.engine.decode.CodePage;
import atoll.engine.decode.Predecoder;
import atoll.isa.Op;

/** Where code goes on, for all that cut guest code into pieces. */
public final class ControlFlow {
  private ControlFlow() {}

  /** Whether an instruction is a conditional branch. */
  public static boolean isBranch(long packed) {
    return switch (Predecoder.op(packed)) {
      case Op.BEQ, Op.BNE, Op.BLT, Op.BGE, Op.BLTU, Op.BGEU -> true;
      default -> false;
    };
  }

  /** Instructions behind which Java decides where to go on. */
  public static boolean leavesToJava(long packed) {
    return switch (Predecoder.op(packed)) {
      case Op.ECALL, Op.EBREAK, Op.MRET, Op.SRET, Op.WFI -> true;
      case Op.SFENCE_VMA, Op.SINVAL_VMA, Op.ILLEGAL -> true;
      default -> false;
    };
  }

  /**
   * Whether code for a parcel is found by its address: it lies in another page, or may go on there.
   */
  public static boolean byAddress(int parcel) {
    return parcel < 0 || parcel >= CodePage.PARCELS - 1;
  }
}
