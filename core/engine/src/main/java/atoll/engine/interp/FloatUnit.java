package atoll.engine.interp;

import atoll.engine.decode.FloatForm;
import atoll.engine.decode.Predecoder;
import atoll.engine.fpu.FpFlags;
import atoll.engine.fpu.FpUnit;
import atoll.engine.hart.LoadStoreUnit;
import atoll.engine.hart.Outcome;
import atoll.engine.hart.SoftHart;
import atoll.isa.Op;

/** Floating-point instructions: whether they may run, how they round, and what they leave dirty. */
final class FloatUnit {
  private final SoftHart hart;
  private final LoadStoreUnit memory;

  FloatUnit(SoftHart hart) {
    this.hart = hart;
    memory = hart.memory;
  }

  /** Arithmetic, comparisons, conversions and moves. */
  int execute(long packed) {
    int op = Predecoder.op(packed);
    int word = Predecoder.word(packed);
    int mode = 0;
    if (FloatForm.rounds(op)) {
      mode = word >>> 12 & 7;
      mode = mode == FloatForm.DYNAMIC ? hart.roundingMode : mode;
    }
    if (hart.floatOff() || mode >= FloatForm.MODES) {
      return ColdUnit.illegal(hart);
    }
    FpFlags flags = hart.flags;
    int before = flags.bits;
    boolean wrote =
        FpUnit.execute(
            op,
            Predecoder.rd(packed),
            Predecoder.rs1(packed),
            Predecoder.rs2(packed),
            word >>> 27,
            mode,
            hart.x,
            hart.f,
            flags);
    if (wrote || flags.bits != before) {
      hart.dirtyFloat();
    }
    return Outcome.NEXT;
  }

  /** Loads and stores; loads of fewer than 64 bits fill the box with ones (unpriv §21.2). */
  int memory(long packed) {
    if (hart.floatOff()) {
      return ColdUnit.illegal(hart);
    }
    long va = hart.x[Predecoder.rs1(packed)] + Predecoder.immediate(packed);
    switch (Predecoder.op(packed)) {
      case Op.FLH -> load(packed, va, 2, -1L << 16);
      case Op.FLW -> load(packed, va, 4, -1L << 32);
      case Op.FLD -> load(packed, va, 8, 0);
      case Op.FSH -> store(packed, va, 2);
      case Op.FSW -> store(packed, va, 4);
      default -> store(packed, va, 8);
    }
    return hart.outcome;
  }

  private void load(long packed, long va, int size, long box) {
    long value = memory.load(va, size);
    if (hart.outcome == Outcome.NEXT) {
      hart.f[Predecoder.rd(packed)] = value | box;
      hart.dirtyFloat();
    }
  }

  private void store(long packed, long va, int size) {
    memory.store(va, size, hart.f[Predecoder.rs2(packed)]);
  }
}
