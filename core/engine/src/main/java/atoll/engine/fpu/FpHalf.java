package atoll.engine.fpu;

/**
 * Half precision on encodings in the low 16 bits of an int: the conversions of the Zfhmin
 * extension.
 */
final class FpHalf {
  static final int CANONICAL_NAN = 0x7e00;

  private FpHalf() {}

  /** FCVT.S.H. */
  static int toSingle(int a, FpFlags flags) {
    return FpFormat.HALF.isNan(a)
        ? (int) FpFormat.SINGLE.nan(FpFormat.HALF.isSignaling(a), flags)
        : Float.floatToRawIntBits(Float.float16ToFloat((short) a));
  }

  /** FCVT.D.H. */
  static long toDouble(int a, FpFlags flags) {
    return FpSingle.toDouble(toSingle(a, flags), flags);
  }

  /** FCVT.H.S. */
  static int fromSingle(int a, int rm, FpFlags flags) {
    return fromDouble(FpSingle.wide(a), rm, flags);
  }

  /** FCVT.H.D. */
  static int fromDouble(long a, int rm, FpFlags flags) {
    return (int) FpExact.convert(FpFormat.HALF, a, rm, flags);
  }
}
