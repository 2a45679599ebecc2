package atoll.engine.x64;

import atoll.engine.decode.FloatForm;
import atoll.engine.decode.Predecoder;
import atoll.isa.Format;
import atoll.isa.Instruction;
import atoll.isa.Op;
import java.util.Arrays;

/** How much a region uses each register, and which host registers they therefore get. */
final class RegisterUse {
  // By operation: what it reads and writes.
  private static final int X1 = 1;
  private static final int X2 = 2;
  private static final int XD = 4;
  private static final int F1 = 8;
  private static final int F2 = 16;
  private static final int F3 = 32;
  private static final int FD = 64;

  /** Its floating-point sources, or its destination, are of single precision. */
  private static final int SINGLE_SOURCE = 128;

  private static final int SINGLE_RESULT = 256;

  /** The lowering leaves it to Java, which finds registers in the state block. */
  private static final int OTHER = 512;

  private static final int SP = 2;

  /**
   * Bytes from one access to the next for which a slot is not a cache: its misses are mispredicted.
   */
  private static final int LONG_STRIDE = 256;

  /** Uses, counted by loops, that pay for moving a register at each entry and exit. */
  private static final int WORTH_MOVING = 16;

  private static final short[] OPERANDS = operands();

  private final long[] weight = new long[32];
  private final long[] floatWeight = new long[32];
  private final boolean[] asSingle = new boolean[32];
  private final boolean[] asDouble = new boolean[32];
  private final boolean[] written = new boolean[32];
  private boolean floats;
  private int wanderers;

  private static short[] operands() {
    short[] table = new short[Predecoder.OP_MASK + 1];
    for (Instruction i : Instruction.all()) {
      table[i.op()] = (short) operands(i);
    }
    return table;
  }

  private static int operands(Instruction i) {
    if (FloatForm.isFloat(i)) {
      return floatOperands(i);
    }
    return switch (i.format()) {
      case U, J -> XD;
      case STORE, BRANCH -> X1 | X2;
      case I, SHIFT, LOAD -> X1 | XD;
      default -> X1 | X2 | XD;
    };
  }

  private static int floatOperands(Instruction i) {
    return switch (i.op()) {
      case Op.FLD -> X1 | FD;
      case Op.FLW -> X1 | FD | SINGLE_RESULT;
      case Op.FSD -> X1 | F2;
      case Op.FSW -> X1 | F2 | SINGLE_SOURCE;
      case Op.FADD_D, Op.FSUB_D, Op.FMUL_D, Op.FDIV_D, Op.FMIN_D, Op.FMAX_D -> F1 | F2 | FD;
      case Op.FSGNJ_D, Op.FSGNJN_D, Op.FSGNJX_D, Op.FMINM_D, Op.FMAXM_D -> F1 | F2 | FD;
      case Op.FADD_S, Op.FSUB_S, Op.FMUL_S, Op.FDIV_S, Op.FMIN_S, Op.FMAX_S ->
          F1 | F2 | FD | SINGLE_SOURCE | SINGLE_RESULT;
      case Op.FSGNJ_S, Op.FSGNJN_S, Op.FSGNJX_S, Op.FMINM_S, Op.FMAXM_S ->
          F1 | F2 | FD | SINGLE_SOURCE | SINGLE_RESULT;
      case Op.FSQRT_D, Op.FROUND_D, Op.FROUNDNX_D -> F1 | FD;
      case Op.FSQRT_S, Op.FROUND_S, Op.FROUNDNX_S -> F1 | FD | SINGLE_SOURCE | SINGLE_RESULT;
      case Op.FLI_D -> FD;
      case Op.FLI_S -> FD | SINGLE_RESULT;
      case Op.FMADD_D, Op.FMSUB_D, Op.FNMSUB_D, Op.FNMADD_D -> F1 | F2 | F3 | FD;
      case Op.FMADD_S, Op.FMSUB_S, Op.FNMSUB_S, Op.FNMADD_S ->
          F1 | F2 | F3 | FD | SINGLE_SOURCE | SINGLE_RESULT;
      case Op.FEQ_D, Op.FLT_D, Op.FLE_D, Op.FLTQ_D, Op.FLEQ_D -> F1 | F2 | XD;
      case Op.FEQ_S, Op.FLT_S, Op.FLE_S, Op.FLTQ_S, Op.FLEQ_S -> F1 | F2 | XD | SINGLE_SOURCE;
      case Op.FCLASS_D -> F1 | XD;
      case Op.FCLASS_S -> F1 | XD | SINGLE_SOURCE;
      case Op.FMV_X_D, Op.FCVT_W_D, Op.FCVT_L_D, Op.FCVT_WU_D, Op.FCVT_LU_D -> F1 | XD;
      case Op.FMV_X_W, Op.FCVT_W_S, Op.FCVT_L_S, Op.FCVT_WU_S, Op.FCVT_LU_S ->
          F1 | XD | SINGLE_SOURCE;
      case Op.FMV_D_X, Op.FCVT_D_W, Op.FCVT_D_WU, Op.FCVT_D_L, Op.FCVT_D_LU -> X1 | FD;
      case Op.FMV_W_X, Op.FCVT_S_W, Op.FCVT_S_WU, Op.FCVT_S_L, Op.FCVT_S_LU ->
          X1 | FD | SINGLE_RESULT;
      case Op.FCVT_S_D -> F1 | FD | SINGLE_RESULT;
      case Op.FCVT_D_S -> F1 | FD | SINGLE_SOURCE;
      default -> other(i);
    };
  }

  /** Java may write any bits to the register: it then counts as neither single nor double. */
  private static int other(Instruction i) {
    int all = F1 | F2 | FD | OTHER;
    return i.format() == Format.R4 ? all | F3 : all;
  }

  /**
   * Registers that loops load from where they point, as lists and trees are walked, or move by long
   * strides; a bit each.
   */
  public int wanderers() {
    return wanderers;
  }

  public void clear() {
    wanderers = 0;
    Arrays.fill(weight, 0);
    Arrays.fill(floatWeight, 0);
    Arrays.fill(asSingle, false);
    Arrays.fill(asDouble, false);
    Arrays.fill(written, false);
    floats = false;
  }

  /** Counts an instruction {@code w} times. */
  public void add(long packed, int w) {
    int use = OPERANDS[Predecoder.op(packed)];
    int rs1 = Predecoder.rs1(packed);
    int rs2 = Predecoder.rs2(packed);
    int rd = Predecoder.rd(packed);
    weight[rs1] += (use & X1) != 0 ? w : 0;
    weight[rs2] += (use & X2) != 0 ? w : 0;
    if ((use & XD) != 0 && rd != Predecoder.SINK) {
      weight[rd] += w;
    }
    if (wanders(packed) && w > 1) {
      wanderers |= 1 << rd;
    }
    floats |= (use & (F1 | F2 | F3 | FD)) != 0 || FloatForm.accessesControl(packed);
    source(use, F1, rs1, w);
    source(use, F2, rs2, w);
    source(use, F3, Predecoder.word(packed) >>> 27, w);
    if ((use & FD) != 0) {
      note(rd & 31, (use & SINGLE_RESULT) != 0, (use & OTHER) != 0, w);
      written[rd & 31] = true;
    }
  }

  /** Whether an instruction in a loop takes a register to another page all the time. */
  private static boolean wanders(long packed) {
    int rd = Predecoder.rd(packed);
    return rd == Predecoder.rs1(packed)
        && switch (Predecoder.op(packed)) {
          case Op.LD -> true;
          case Op.ADDI -> rd != SP && Math.abs(Predecoder.immediate(packed)) >= LONG_STRIDE;
          default -> false;
        };
  }

  private void source(int use, int which, int f, int w) {
    if ((use & which) != 0) {
      note(f, (use & SINGLE_SOURCE) != 0, (use & OTHER) != 0, w);
    }
  }

  private void note(int f, boolean single, boolean either, int w) {
    floatWeight[f] += w;
    asSingle[f] |= single || either;
    asDouble[f] |= !single || either;
  }

  /** Whether the region has floating-point instructions. */
  public boolean floats() {
    return floats;
  }

  /** Whether a register that {@link #assignFloats} has placed holds singles, all of them boxed. */
  public boolean single(int f) {
    return asSingle[f];
  }

  public boolean floatWritten(int f) {
    return written[f];
  }

  /** Gives the most used registers the host's; those pinned everywhere stay where they are. */
  public void assign(int[] map) {
    Arrays.fill(map, -1);
    int[] pins = Trampolines.pinnedMap();
    boolean[] chosen = new boolean[32];
    for (int n = 0; n < Trampolines.PINNABLE.length; n++) {
      int best = 0;
      for (int r = 1; r < 32; r++) {
        boolean worth = pins[r] >= 0 || weight[r] >= WORTH_MOVING;
        if (!chosen[r] && worth && preferred(r, pins) > preferred(best, pins)) {
          best = r;
        }
      }
      if (best == 0) {
        break;
      }
      chosen[best] = true;
    }
    boolean[] taken = new boolean[16];
    for (int r = 1; r < 32; r++) {
      if (chosen[r] && pins[r] >= 0) {
        map[r] = pins[r];
        taken[pins[r]] = true;
      }
    }
    int next = 0;
    for (int r = 1; r < 32; r++) {
      if (chosen[r] && pins[r] < 0) {
        while (taken[Trampolines.PINNABLE[next]]) {
          next++;
        }
        map[r] = Trampolines.PINNABLE[next++];
      }
    }
    for (int r = 1; r < 32; r++) { // unused pins stay: there is nothing to move
      if (!chosen[r] && pins[r] >= 0 && !contains(map, pins[r])) {
        map[r] = pins[r];
      }
    }
  }

  private static boolean contains(int[] map, int host) {
    for (int h : map) {
      if (h == host) {
        return true;
      }
    }
    return false;
  }

  /** A register that is pinned anyway wins over an equal one. */
  private long preferred(int r, int[] pins) {
    return r == 0 ? 0 : weight[r] == 0 ? 0 : 2 * weight[r] + (pins[r] >= 0 ? 1 : 0);
  }

  /** Gives floating-point registers of one precision a place in {@code xmm} registers. */
  public void assignFloats(int[] map, int first, int count) {
    Arrays.fill(map, -1);
    for (int n = 0; n < count; n++) {
      int best = -1;
      for (int f = 0; f < 32; f++) {
        boolean free = map[f] < 0 && floatWeight[f] > 0 && asSingle[f] != asDouble[f];
        if (free && (best < 0 || floatWeight[f] > floatWeight[best])) {
          best = f;
        }
      }
      if (best < 0) {
        return;
      }
      map[best] = first + n;
    }
  }
}
