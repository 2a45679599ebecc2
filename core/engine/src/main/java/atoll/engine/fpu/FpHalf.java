package atoll.engine.fpu;

/**
 * Half precision on encodings in the low 16 bits of an int: the conversions of the Zfhmin
 * extension.
 */
final class FpHalf {
  static final int CANONICAL_NAN = 0x7e00;

  private static final int MAGNITUDE = 0x7fff;
  private static final int INFINITY = 0x1f << 10;
  private static final int QUIET = 1 << 9;

  private FpHalf() {}

  /** FCVT.S.H. */
  static int toSingle(int a, FpFlags flags) {
    return isNan(a)
        ? FpSingle.nan(isSignaling(a), flags)
        : Float.floatToRawIntBits(Float.float16ToFloat((short) a));
  }

  /** FCVT.D.H. */
  static long toDouble(int a, FpFlags flags) {
    return FpSingle.toDouble(toSingle(a, flags), flags);
  }

  /** FCVT.H.S. */
  static int fromSingle(int a, int rm, FpFlags flags) {
    if (FpSingle.isNan(a)) {
      FpSingle.nan(FpSingle.isSignaling(a), flags);
      return CANONICAL_NAN;
    }
    return fromDouble(FpSingle.toDouble(a, flags), rm, flags);
  }

  /** FCVT.H.D. */
  static int fromDouble(long a, int rm, FpFlags flags) {
    if (!FpDouble.isNan(a)) {
      return (int) FpExact.convert(FpFormat.HALF, a, rm, flags);
    }
    FpSingle.nan(FpDouble.isSignaling(a), flags);
    return CANONICAL_NAN;
  }

  private static boolean isNan(int a) {
    return (a & MAGNITUDE) > INFINITY;
  }

  private static boolean isSignaling(int a) {
    return isNan(a) && (a & QUIET) == 0;
  }
}
