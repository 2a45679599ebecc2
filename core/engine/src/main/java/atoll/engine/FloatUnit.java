package atoll.engine;

import atoll.isa.Format;
import atoll.isa.Instruction;
import atoll.isa.Op;

/** Floating-point instructions: whether they may run, how they round, and what they leave dirty. */
final class FloatUnit {
  private static final int DYNAMIC = 7;
  private static final int MODES = 5;

  /** By operation: whether bits 14 to 12 are a rounding mode. */
  private static final boolean[] ROUNDS = rounds();

  private final Hart hart;
  private final LoadStoreUnit memory;

  FloatUnit(Hart hart) {
    this.hart = hart;
    memory = hart.memory;
  }

  private static boolean[] rounds() {
    boolean[] table = new boolean[Predecoder.OP_MASK + 1];
    for (Instruction instruction : Instruction.all()) {
      Format format = instruction.format();
      table[instruction.op()] =
          format == Format.R_RM || format == Format.UNARY_RM || format == Format.R4;
    }
    return table;
  }

  /** Whether an instruction works on floating-point registers. */
  static boolean executes(Instruction instruction) {
    return switch (instruction.extension()) {
      case "F", "D", "Zfhmin", "Zfa" -> true;
      default -> false;
    };
  }

  /** Whether an instruction names a rounding mode that does not exist. */
  static boolean reservedRounding(long packed) {
    int mode = Predecoder.word(packed) >>> 12 & 7;
    return ROUNDS[Predecoder.op(packed)] && mode >= MODES && mode != DYNAMIC;
  }

  /** Arithmetic, comparisons, conversions and moves. */
  int execute(long packed) {
    int op = Predecoder.op(packed);
    int word = Predecoder.word(packed);
    int mode = 0;
    if (ROUNDS[op]) {
      mode = word >>> 12 & 7;
      mode = mode == DYNAMIC ? hart.roundingMode : mode;
    }
    if (hart.floatOff() || mode >= MODES) {
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
    return ColdUnit.NEXT;
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
    return hart.event == Hart.NONE ? ColdUnit.NEXT : ColdUnit.EVENT;
  }

  private void load(long packed, long va, int size, long box) {
    long value = memory.load(va, size);
    if (hart.event == Hart.NONE) {
      hart.f[Predecoder.rd(packed)] = value | box;
      hart.dirtyFloat();
    }
  }

  private void store(long packed, long va, int size) {
    memory.store(va, size, hart.f[Predecoder.rs2(packed)]);
  }
}
