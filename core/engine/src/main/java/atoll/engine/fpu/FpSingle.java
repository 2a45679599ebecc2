package atoll.engine.fpu;

/**
 * Single precision on encodings, as the F and Zfa extensions define it. Fast paths are as in {@link
 * FpDouble}; here double precision tells exactness: products are exact in it, and quotients and
 * roots rounded to it still differ from every single-precision number that they are not. An exact
 * result is exact in every rounding mode.
 */
public final class FpSingle {
  public static final int CANONICAL_NAN = 0x7fc0_0000;

  private static final int SIGN = 1 << 31;
  private static final int MAGNITUDE = Integer.MAX_VALUE;
  private static final int INFINITY = 0xff << 23;
  private static final int QUIET = 1 << 22;

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
    return addSlow(a, b, rm, flags);
  }

  /** Knuth's TwoSum, see {@link FpDouble}. */
  private static boolean exactSum(float x, float y, float sum) {
    float fromY = sum - x;
    float fromX = sum - fromY;
    return (x - fromX) + (y - fromY) == 0;
  }

  private static int addSlow(int a, int b, int rm, FpFlags flags) {
    return isNan(a) || isNan(b)
        ? nan(a, b, flags)
        : (int) FpExact.add(FpFormat.SINGLE, widen(a), widen(b), rm, flags);
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
        : mulSlow(a, b, rm, flags);
  }

  private static int mulSlow(int a, int b, int rm, FpFlags flags) {
    return isNan(a) || isNan(b)
        ? nan(a, b, flags)
        : (int) FpExact.mul(FpFormat.SINGLE, widen(a), widen(b), rm, flags);
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
        : divSlow(a, b, rm, flags);
  }

  private static int divSlow(int a, int b, int rm, FpFlags flags) {
    return isNan(a) || isNan(b)
        ? nan(a, b, flags)
        : (int) FpExact.div(FpFormat.SINGLE, widen(a), widen(b), rm, flags);
  }

  static int sqrt(int a, int rm, FpFlags flags) {
    double root = Math.sqrt(Float.intBitsToFloat(a));
    float narrow = (float) root;
    if (narrow == root) {
      return Float.floatToRawIntBits(narrow);
    }
    return rm == FpRounding.RNE && inRange(narrow)
        ? inexact(narrow, flags)
        : sqrtSlow(a, rm, flags);
  }

  private static int sqrtSlow(int a, int rm, FpFlags flags) {
    return isNan(a) ? nan(a, a, flags) : (int) FpExact.sqrt(FpFormat.SINGLE, widen(a), rm, flags);
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
    return fmaSlow(a, b, c, rm, flags);
  }

  private static int fmaSlow(int a, int b, int c, int rm, FpFlags flags) {
    if (!isNan(a) && !isNan(b) && !isNan(c)) {
      return (int) FpExact.fma(FpFormat.SINGLE, widen(a), widen(b), widen(c), rm, flags);
    }
    // Infinity times zero is invalid even if a quiet NaN is added (unpriv, F: Computational).
    if (isInfinite(a) && isZero(b) || isZero(a) && isInfinite(b)) {
      flags.raise(FpFlags.NV);
    }
    nan(a, b, flags);
    return nan(c, c, flags);
  }

  static int negate(int a) {
    return a ^ SIGN;
  }

  /** The smaller one, or the only number; -0 is smaller than +0. */
  static int min(int a, int b, FpFlags flags) {
    float x = Float.intBitsToFloat(a);
    float y = Float.intBitsToFloat(b);
    if (x < y) {
      return a;
    }
    if (x > y) {
      return b;
    }
    return x == y ? a | b : onlyNumber(a, b, flags);
  }

  /** The larger one, or the only number; -0 is smaller than +0. */
  static int max(int a, int b, FpFlags flags) {
    float x = Float.intBitsToFloat(a);
    float y = Float.intBitsToFloat(b);
    if (x > y) {
      return a;
    }
    if (x < y) {
      return b;
    }
    return x == y ? a & b : onlyNumber(a, b, flags);
  }

  private static int onlyNumber(int a, int b, FpFlags flags) {
    int nan = nan(a, b, flags);
    if (isNan(a)) {
      return isNan(b) ? nan : b;
    }
    return a;
  }

  /** As {@link #min}, but NaN if either is (Zfa). */
  static int minm(int a, int b, FpFlags flags) {
    return isNan(a) || isNan(b) ? nan(a, b, flags) : min(a, b, flags);
  }

  /** As {@link #max}, but NaN if either is (Zfa). */
  static int maxm(int a, int b, FpFlags flags) {
    return isNan(a) || isNan(b) ? nan(a, b, flags) : max(a, b, flags);
  }

  /** Equality; only a signaling NaN is invalid. */
  static boolean eq(int a, int b, FpFlags flags) {
    float x = Float.intBitsToFloat(a);
    float y = Float.intBitsToFloat(b);
    return x == y || !(x < y || x > y) && unordered(a, b, flags);
  }

  /** Less than; any NaN is invalid. */
  static boolean lt(int a, int b, FpFlags flags) {
    float x = Float.intBitsToFloat(a);
    float y = Float.intBitsToFloat(b);
    return x < y || !(x >= y) && invalidComparison(flags);
  }

  /** Less than or equal; any NaN is invalid. */
  static boolean le(int a, int b, FpFlags flags) {
    float x = Float.intBitsToFloat(a);
    float y = Float.intBitsToFloat(b);
    return x <= y || !(x > y) && invalidComparison(flags);
  }

  /** Less than; only a signaling NaN is invalid (Zfa). */
  static boolean ltq(int a, int b, FpFlags flags) {
    float x = Float.intBitsToFloat(a);
    float y = Float.intBitsToFloat(b);
    return x < y || !(x >= y) && unordered(a, b, flags);
  }

  /** Less than or equal; only a signaling NaN is invalid (Zfa). */
  static boolean leq(int a, int b, FpFlags flags) {
    float x = Float.intBitsToFloat(a);
    float y = Float.intBitsToFloat(b);
    return x <= y || !(x > y) && unordered(a, b, flags);
  }

  private static boolean invalidComparison(FpFlags flags) {
    flags.raise(FpFlags.NV);
    return false;
  }

  private static boolean unordered(int a, int b, FpFlags flags) {
    nan(a, b, flags);
    return false;
  }

  /** One bit of ten, by what the number is (unpriv, F: Classify Instruction). */
  static long classify(int a) {
    if (isNan(a)) {
      return (a & QUIET) == 0 ? 1 << 8 : 1 << 9;
    }
    int magnitude = a & MAGNITUDE;
    int kind = 1;
    if (magnitude == INFINITY) {
      kind = 0;
    } else if (magnitude == 0) {
      kind = 3;
    } else if (magnitude < 1 << 23) {
      kind = 2;
    }
    return a < 0 ? 1 << kind : 1 << 7 - kind;
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
    return isNan(a) ? nan(a, a, flags) : narrowExactly(FpDouble.round(widen(a), rm, flags));
  }

  /** To an integer in floating point; inexact if that changes it (Zfa: FROUNDNX). */
  static int roundNx(int a, int rm, FpFlags flags) {
    return isNan(a) ? nan(a, a, flags) : narrowExactly(FpDouble.roundNx(widen(a), rm, flags));
  }

  // Conversions to integers go through double precision: widening is exact, and every NaN is
  // invalid whether it signals or not.

  static int toInt32(int a, int rm, FpFlags flags) {
    return FpDouble.toInt32(widen(a), rm, flags);
  }

  static int toUint32(int a, int rm, FpFlags flags) {
    return FpDouble.toUint32(widen(a), rm, flags);
  }

  static long toInt64(int a, int rm, FpFlags flags) {
    return FpDouble.toInt64(widen(a), rm, flags);
  }

  static long toUint64(int a, int rm, FpFlags flags) {
    return FpDouble.toUint64(widen(a), rm, flags);
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
    if (!isNan(a)) {
      return widen(a);
    }
    nan(a, a, flags);
    return FpDouble.CANONICAL_NAN;
  }

  static boolean isNan(int a) {
    return (a & MAGNITUDE) > INFINITY;
  }

  static boolean isSignaling(int a) {
    return isNan(a) && (a & QUIET) == 0;
  }

  private static boolean isInfinite(int a) {
    return (a & MAGNITUDE) == INFINITY;
  }

  private static boolean isZero(int a) {
    return (a & MAGNITUDE) == 0;
  }

  /** Whether a result of the host's is beyond doubt neither an overflow nor an underflow. */
  static boolean inRange(float result) {
    float magnitude = Math.abs(result);
    return magnitude > Float.MIN_NORMAL && magnitude <= Float.MAX_VALUE;
  }

  /** The canonical NaN; invalid if the operand signaled. */
  static int nan(boolean signaling, FpFlags flags) {
    if (signaling) {
      flags.raise(FpFlags.NV);
    }
    return CANONICAL_NAN;
  }

  private static int nan(int a, int b, FpFlags flags) {
    return nan(isSignaling(a) || isSignaling(b), flags);
  }

  /** The same number in double precision; some NaN for a NaN. */
  private static long widen(int a) {
    return Double.doubleToRawLongBits(Float.intBitsToFloat(a));
  }

  /** A double that is a single-precision number, as that. */
  private static int narrowExactly(long a) {
    return Float.floatToRawIntBits((float) Double.longBitsToDouble(a));
  }
}
