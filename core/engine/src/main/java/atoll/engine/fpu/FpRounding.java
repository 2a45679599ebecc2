package atoll.engine.fpu;

/** The rounding modes, numbered as in instructions and in {@code frm}, and rounding itself. */
final class FpRounding {
  /** To nearest, ties to even. */
  static final int RNE = 0;

  /** Towards zero. */
  static final int RTZ = 1;

  /** Down, towards negative infinity. */
  static final int RDN = 2;

  /** Up, towards positive infinity. */
  static final int RUP = 3;

  /** To nearest, ties to the larger magnitude. */
  static final int RMM = 4;

  private FpRounding() {}

  /**
   * Rounds the number ±{@code significand} × 2^({@code exponent} - 63) into a format.
   *
   * @param significand normalised: bit 63 is set. Bit 0 may stand for any amount between it and the
   *     next number, above and not including both
   * @return the number's encoding in the format, in the low bits
   */
  static long round(
      FpFormat format, boolean negative, int exponent, long significand, int rm, FpFlags flags) {
    if (exponent > format.maxExponent) {
      return overflow(format, negative, rm, flags);
    }
    int dropped = 64 - format.precision;
    if (exponent < format.minExponent) {
      return subnormal(format, negative, exponent, significand, dropped, rm, flags);
    }
    long kept = significand >>> dropped;
    long rest = significand << format.precision;
    if (rest != 0) {
      if (up(kept, rest, negative, rm)) {
        kept++;
      }
      flags.raise(FpFlags.NX);
    }
    // The significand's leading bit, and a carry out of it, add into the exponent field.
    long magnitude = ((long) (exponent - format.minExponent) << format.precision - 1) + kept;
    if (magnitude >= format.infinity) {
      return overflow(format, negative, rm, flags);
    }
    return format.signed(magnitude, negative);
  }

  private static long subnormal(
      FpFormat format,
      boolean negative,
      int exponent,
      long significand,
      int dropped,
      int rm,
      FpFlags flags) {
    int deficit = format.minExponent - exponent;
    int cut = dropped + deficit;
    // Far below the least subnormal only the fact that it is not zero matters.
    long kept = cut < 64 ? significand >>> cut : 0;
    long rest = cut <= 64 ? significand << 64 - cut : 1;
    if (rest != 0) {
      flags.raise(FpFlags.NX);
      if (tiny(format, negative, deficit, significand, dropped, rm)) {
        flags.raise(FpFlags.UF);
      }
      if (up(kept, rest, negative, rm)) {
        kept++;
      }
    }
    return format.signed(kept, negative);
  }

  /**
   * Tininess is detected after rounding (unpriv, F: Floating-Point Control and Status Register): a
   * number is not tiny if an unbounded exponent range would round it up to the least normal one.
   */
  private static boolean tiny(
      FpFormat format, boolean negative, int deficit, long significand, int dropped, int rm) {
    long kept = significand >>> dropped;
    boolean allOnes = kept == -1L >>> dropped;
    return !(deficit == 1 && allOnes && up(kept, significand << format.precision, negative, rm));
  }

  /**
   * Whether the magnitude is rounded up.
   *
   * @param kept what remains of the significand
   * @param rest what is cut off, as a fraction of 2^64
   */
  private static boolean up(long kept, long rest, boolean negative, int rm) {
    return switch (rm) {
      case RNE -> rest < 0 && (rest != Long.MIN_VALUE || (kept & 1) != 0);
      case RDN -> negative && rest != 0;
      case RUP -> !negative && rest != 0;
      case RMM -> rest < 0;
      default -> false;
    };
  }

  private static long overflow(FpFormat format, boolean negative, int rm, FpFlags flags) {
    flags.raise(FpFlags.OF | FpFlags.NX);
    boolean infinite =
        switch (rm) {
          case RTZ -> false;
          case RDN -> negative;
          case RUP -> !negative;
          default -> true;
        };
    return format.signed(infinite ? format.infinity : format.infinity - 1, negative);
  }
}
