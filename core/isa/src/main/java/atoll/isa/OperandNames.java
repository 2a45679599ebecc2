package atoll.isa;

import java.util.List;

/** The spellings of operands that are neither registers nor plain numbers. */
final class OperandNames {
  /** Unpriv., F, "Rounding modes"; 5 and 6 are reserved and spelt so that they can be read back. */
  static final List<String> ROUNDING_MODES =
      List.of("rne", "rtz", "rdn", "rup", "rmm", "rm5", "rm6", "dyn");

  /** The rounding mode that an instruction has where none is written: the one in {@code frm}. */
  static final int DYNAMIC = 7;

  /** By the bits aq and rl. */
  static final List<String> ORDERINGS = List.of("", ".rl", ".aq", ".aqrl");

  /** {@code fence.tso}: fm = 8, predecessor and successor rw. */
  static final int TSO = 8;

  static final int READ_WRITE = 3;

  /** Unpriv., Zfa, "fli": by number; {@code min} is the smallest normal number of the format. */
  static final List<String> CONSTANTS =
      List.of(
          "-1.0",
          "min",
          "1.52587890625e-05",
          "3.0517578125e-05",
          "0.00390625",
          "0.0078125",
          "0.0625",
          "0.125",
          "0.25",
          "0.3125",
          "0.375",
          "0.4375",
          "0.5",
          "0.625",
          "0.75",
          "0.875",
          "1.0",
          "1.25",
          "1.5",
          "1.75",
          "2.0",
          "2.5",
          "3.0",
          "4.0",
          "8.0",
          "16.0",
          "128.0",
          "256.0",
          "32768.0",
          "65536.0",
          "inf",
          "nan");

  private static final String FENCE = "iorw";

  private OperandNames() {}

  /** A fence's set: {@code rw} for 3, {@code 0} for none. */
  static String fenceSet(int bits) {
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < 4; i++) {
      if ((bits & 8 >> i) != 0) {
        out.append(FENCE.charAt(i));
      }
    }
    return out.isEmpty() ? "0" : out.toString();
  }

  /** The inverse of {@link #fenceSet}; -1 if {@code text} is not a set. */
  static int fenceBits(String text) {
    if (text.equals("0")) {
      return 0;
    }
    int bits = 0;
    for (int i = 0; i < text.length(); i++) {
      int bit = FENCE.indexOf(text.charAt(i));
      if (bit < 0 || (bits & 8 >> bit) != 0) {
        return -1;
      }
      bits |= 8 >> bit;
    }
    return text.isEmpty() ? -1 : bits;
  }

  /** The number of the constant that {@code text} spells in any way; -1 if there is none. */
  static int constant(String text) {
    int exact = CONSTANTS.indexOf(text);
    if (exact >= 0) {
      return exact;
    }
    try {
      return indexOf(Double.parseDouble(text));
    } catch (NumberFormatException e) {
      return -1;
    }
  }

  private static int indexOf(double value) {
    for (int i = 0; i < CONSTANTS.size(); i++) {
      if (i != 1 && i < 30 && Double.parseDouble(CONSTANTS.get(i)) == value) {
        return i;
      }
    }
    return -1;
  }
}
