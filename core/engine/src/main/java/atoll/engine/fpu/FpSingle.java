package atoll.engine.fpu;

/**
 * Single precision on encodings, as the F and Zfa extensions define it. Every number is one of
 * double precision, too, where it is compared, rounded to an integer, and computed exactly. Only
 * the fast paths of arithmetic are its own: here double precision tells exactness, since products
 * are exact in it, and quotients and roots rounded to it still differ from every single-precision
 * number that they are not. An exact result is exact in every rounding mode. Sums and fused
 * operations have the form of {@link FpDouble}'s, in the host's other type.
 */
public final class FpSingle {
  public static final int CANONICAL_NAN = 0x7fc0_0000;

  private static final int SIGN = 1 << 31;
  private static final int MAGNITUDE = Integer.MAX_VALUE;

  private FpSingle() {}

  static int add(int a, int b, int rm, FpFlags flags) {
    float x = Float.intBitsToFloat(a);
    float y = Float.intBitsToFloat(b);
    float sum = x + y;
    if (rm == FpRounding.RNE
        && Math.abs(sum) <= Float.MAX_VALUE
        && (flags.inexact() || exactSum(x, y, sum))) {
      return Float.floatToRawIntBits(sum);
    }
    return (int) FpExact.add(FpFormat.SINGLE, wide(a), wide(b), rm, flags);
  }

  /** Knuth's TwoSum, see {@link FpDouble}. */
  private static boolean exactSum(float x, float y, float sum) {
    float fromY = sum - x;
    float fromX = sum - fromY;
    return (x - fromX) + (y - fromY) == 0;
  }

  static int sub(int a, int b, int rm, FpFlags flags) {
    return add(a, b ^ SIGN, rm, flags);
  }

  static int mul(int a, int b, int rm, FpFlags flags) {
    double product = (double) Float.intBitsToFloat(a) * Float.intBitsToFloat(b);
    float narrow = (float) product;
    if (narrow == product) {
      return Float.floatToRawIntBits(narrow);
    }
    return rm == FpRounding.RNE && inRange(narrow)
        ? inexact(narrow, flags)
        : (int) FpExact.mul(FpFormat.SINGLE, wide(a), wide(b), rm, flags);
  }

  static int div(int a, int b, int rm, FpFlags flags) {
    // Rounding twice does no harm: double precision has more than twice the bits, and two more. An
    // infinite quotient is left to the software path, which knows a division by zero.
    double quotient = (double) Float.intBitsToFloat(a) / Float.intBitsToFloat(b);
    float narrow = (float) quotient;
    if (narrow == quotient && Math.abs(narrow) <= Float.MAX_VALUE) {
      return Float.floatToRawIntBits(narrow);
    }
    return rm == FpRounding.RNE && inRange(narrow)
        ? inexact(narrow, flags)
        : (int) FpExact.div(FpFormat.SINGLE, wide(a), wide(b), rm, flags);
  }

  static int sqrt(int a, int rm, FpFlags flags) {
    double root = Math.sqrt(Float.intBitsToFloat(a));
    float narrow = (float) root;
    if (narrow == root) {
      return Float.floatToRawIntBits(narrow);
    }
    return rm == FpRounding.RNE && inRange(narrow)
        ? inexact(narrow, flags)
        : (int) FpExact.sqrt(FpFormat.SINGLE, wide(a), rm, flags);
  }

  private static int inexact(float result, FpFlags flags) {
    flags.raise(FpFlags.NX);
    return Float.floatToRawIntBits(result);
  }

  /**
   * {@code a} × {@code b} + {@code c}, rounded once; see {@link FpDouble#fma} for its relatives.
   */
  static int fma(int a, int b, int c, int rm, FpFlags flags) {
    if (rm == FpRounding.RNE && flags.inexact()) {
      float sum =
          Math.fma(Float.intBitsToFloat(a), Float.intBitsToFloat(b), Float.intBitsToFloat(c));
      if (inRange(sum)) {
        return Float.floatToRawIntBits(sum);
      }
    }
    return (int) FpExact.fma(FpFormat.SINGLE, wide(a), wide(b), wide(c), rm, flags);
  }

  static int negate(int a) {
    return a ^ SIGN;
  }

  // Whoever compares sees the same numbers in double precision.

  /** See {@link FpDouble#min}. */
  static int min(int a, int b, FpFlags flags) {
    return narrowExactly(FpDouble.min(wide(a), wide(b), flags));
  }

  /** See {@link FpDouble#max}. */
  static int max(int a, int b, FpFlags flags) {
    return narrowExactly(FpDouble.max(wide(a), wide(b), flags));
  }

  /** See {@link FpDouble#minm}. */
  static int minm(int a, int b, FpFlags flags) {
    return narrowExactly(FpDouble.minm(wide(a), wide(b), flags));
  }

  /** See {@link FpDouble#maxm}. */
  static int maxm(int a, int b, FpFlags flags) {
    return narrowExactly(FpDouble.maxm(wide(a), wide(b), flags));
  }

  /** See {@link FpDouble#eq}. */
  static boolean eq(int a, int b, FpFlags flags) {
    return FpDouble.eq(wide(a), wide(b), flags);
  }

  /** See {@link FpDouble#lt}. */
  static boolean lt(int a, int b, FpFlags flags) {
    return FpDouble.lt(wide(a), wide(b), flags);
  }

  /** See {@link FpDouble#le}. */
  static boolean le(int a, int b, FpFlags flags) {
    return FpDouble.le(wide(a), wide(b), flags);
  }

  /** See {@link FpDouble#ltq}. */
  static boolean ltq(int a, int b, FpFlags flags) {
    return FpDouble.ltq(wide(a), wide(b), flags);
  }

  /** See {@link FpDouble#leq}. */
  static boolean leq(int a, int b, FpFlags flags) {
    return FpDouble.leq(wide(a), wide(b), flags);
  }

  static int sgnj(int a, int b) {
    return a & MAGNITUDE | b & SIGN;
  }

  static int sgnjn(int a, int b) {
    return a & MAGNITUDE | ~b & SIGN;
  }

  static int sgnjx(int a, int b) {
    return a ^ b & SIGN;
  }

  /**
   * The constant that FLI loads for an index 0..31: the least normal number is the format's own.
   */
  static int immediate(int index) {
    return index == 1
        ? Float.floatToRawIntBits(Float.MIN_NORMAL)
        : Float.floatToRawIntBits((float) Double.longBitsToDouble(FpDouble.immediate(index)));
  }

  /** To an integer in floating point; never inexact (Zfa: FROUND). */
  static int round(int a, int rm, FpFlags flags) {
    return narrowExactly(FpDouble.round(wide(a), rm, flags));
  }

  /** To an integer in floating point; inexact if that changes it (Zfa: FROUNDNX). */
  static int roundNx(int a, int rm, FpFlags flags) {
    return narrowExactly(FpDouble.roundNx(wide(a), rm, flags));
  }

  // Conversions to integers go through double precision: widening is exact, and every NaN is
  // invalid whether it signals or not.

  static int toInt32(int a, int rm, FpFlags flags) {
    return FpDouble.toInt32(wide(a), rm, flags);
  }

  static int toUint32(int a, int rm, FpFlags flags) {
    return FpDouble.toUint32(wide(a), rm, flags);
  }

  static long toInt64(int a, int rm, FpFlags flags) {
    return FpDouble.toInt64(wide(a), rm, flags);
  }

  static long toUint64(int a, int rm, FpFlags flags) {
    return FpDouble.toUint64(wide(a), rm, flags);
  }

  static int fromInt32(int value, int rm, FpFlags flags) {
    return FpDouble.toSingle(FpDouble.fromInt32(value), rm, flags);
  }

  static int fromUint32(int value, int rm, FpFlags flags) {
    return FpDouble.toSingle(FpDouble.fromUint32(value), rm, flags);
  }

  static int fromInt64(long value, int rm, FpFlags flags) {
    if (Math.abs(value) >>> 24 == 0 || rm == FpRounding.RNE && flags.inexact()) {
      return Float.floatToRawIntBits((float) value);
    }
    return (int) FpExact.fromSigned(FpFormat.SINGLE, value, rm, flags);
  }

  static int fromUint64(long value, int rm, FpFlags flags) {
    return value >>> 24 == 0
        ? Float.floatToRawIntBits((float) value)
        : (int) FpExact.fromUnsigned(FpFormat.SINGLE, value, rm, flags);
  }

  /** Widens to double precision (FCVT.D.S). */
  static long toDouble(int a, FpFlags flags) {
    return FpFormat.SINGLE.isNan(a)
        ? FpFormat.DOUBLE.nan(FpFormat.SINGLE.isSignaling(a), flags)
        : wide(a);
  }

  /** Whether a result of the host's is beyond doubt neither an overflow nor an underflow. */
  static boolean inRange(float result) {
    float magnitude = Math.abs(result);
    return magnitude > Float.MIN_NORMAL && magnitude <= Float.MAX_VALUE;
  }

  /** The same number in double precision; a NaN that signals if, and only if, the other does. */
  static long wide(int a) {
    float x = Float.intBitsToFloat(a);
    return Float.isNaN(x) ? wideNan(a) : Double.doubleToRawLongBits(x);
  }

  private static long wideNan(int a) {
    return (long) a << 52 - 23 | FpFormat.DOUBLE.infinity;
  }

  /** A double that is a single-precision number, or the canonical NaN, as that. */
  private static int narrowExactly(long a) {
    return Float.floatToIntBits((float) Double.longBitsToDouble(a));
  }
}
