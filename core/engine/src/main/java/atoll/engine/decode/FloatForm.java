package atoll.engine.decode;

import atoll.isa.CsrNumber;
import atoll.isa.Format;
import atoll.isa.Instruction;
import atoll.isa.Op;

/** What the encoding of a floating-point instruction says. */
public final class FloatForm {
  /** Instead of a rounding mode: the one in {@code frm}. */
  public static final int DYNAMIC = 7;

  /** Rounding modes. */
  public static final int MODES = 5;

  /** By operation: whether bits 14 to 12 are a rounding mode. */
  private static final boolean[] ROUNDS = rounds();

  private FloatForm() {}

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
  public static boolean isFloat(Instruction instruction) {
    return switch (instruction.extension()) {
      case "F", "D", "Zfhmin", "Zfa" -> true;
      default -> false;
    };
  }

  /** Whether an operation's encoding has a rounding mode. */
  public static boolean rounds(int op) {
    return ROUNDS[op];
  }

  /** Whether an instruction names a rounding mode that does not exist. */
  public static boolean reservedRounding(long packed) {
    int mode = Predecoder.word(packed) >>> 12 & 7;
    return ROUNDS[Predecoder.op(packed)] && mode >= MODES && mode != DYNAMIC;
  }

  /** Whether it is a CSR instruction for {@code fflags}, {@code frm} or {@code fcsr}. */
  public static boolean accessesControl(long packed) {
    return switch (Predecoder.op(packed)) {
      case Op.CSRRW, Op.CSRRS, Op.CSRRC, Op.CSRRWI, Op.CSRRSI, Op.CSRRCI ->
          switch (Predecoder.word(packed) >>> 20) {
            case CsrNumber.FFLAGS, CsrNumber.FRM, CsrNumber.FCSR -> true;
            default -> false;
          };
      default -> false;
    };
  }
}
