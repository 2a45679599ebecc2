package atoll.engine.fpu;

/**
 * Double precision on encodings, as the D and Zfa extensions define it. Most methods have a fast
 * path that lets the host compute, which is right only when rounding to nearest even, and returns
 * its result only when that provably has the right flags: either nothing was rounded, or the
 * inexact flag has long been raised and the magnitude rules out overflow and underflow. The rest is
 * {@link FpExact}'s. Its cost when inexactness is undecided is met once: it raises the flag.
 */
public final class FpDouble {
  public static final long CANONICAL_NAN = 0x7ff8L << 48;

  private static final long SIGN = 1L << 63;
  private static final long MAGNITUDE = Long.MAX_VALUE;
  private static final long INFINITY = 0x7ffL << 52;
  private static final long QUIET = 1L << 51;
  private static final long ONE = 0x3ffL << 52;
  private static final long HALF = 0x3feL << 52;
  private static final double TWO_63 = 0x1p63;

  /** FLI's table (unpriv, Zfa: Load-Immediate Instructions). */
  private static final double[] IMMEDIATES = {
    -1.0,
    Double.MIN_NORMAL,
    0x1p-16,
    0x1p-15,
    0x1p-8,
    0x1p-7,
    0.0625,
    0.125,
    0.25,
    0.3125,
    0.375,
    0.4375,
    0.5,
    0.625,
    0.75,
    0.875,
    1.0,
    1.25,
    1.5,
    1.75,
    2.0,
    2.5,
    3.0,
    4.0,
    8.0,
    16.0,
    128.0,
    256.0,
    0x1p15,
    0x1p16,
    Double.POSITIVE_INFINITY,
    Double.NaN
  };

  private FpDouble() {}

  static long add(long a, long b, int rm, FpFlags flags) {
    double x = Double.longBitsToDouble(a);
    double y = Double.longBitsToDouble(b);
    double sum = x + y;
    // A sum that is tiny is exact: underflow cannot occur.
    if (rm == FpRounding.RNE
        && Math.abs(sum) <= Double.MAX_VALUE
        && (flags.inexact() || exactSum(x, y, sum))) {
      return Double.doubleToRawLongBits(sum);
    }
    return FpExact.add(FpFormat.DOUBLE, a, b, rm, flags);
  }

  /** Knuth's TwoSum: the rounding error of a sum is a double, and these six operations find it. */
  private static boolean exactSum(double x, double y, double sum) {
    double fromY = sum - x;
    double fromX = sum - fromY;
    return (x - fromX) + (y - fromY) == 0;
  }

  static long sub(long a, long b, int rm, FpFlags flags) {
    return add(a, b ^ SIGN, rm, flags);
  }

  static long mul(long a, long b, int rm, FpFlags flags) {
    double product = Double.longBitsToDouble(a) * Double.longBitsToDouble(b);
    if (rm == FpRounding.RNE && inRange(product) && (flags.inexact() || exactProduct(a, b))) {
      return Double.doubleToRawLongBits(product);
    }
    return FpExact.mul(FpFormat.DOUBLE, a, b, rm, flags);
  }

  /**
   * Whether a product certainly fits: one of numbers with i and j significant bits has at most i +
   * j. Trailing zeros are counted up to the hidden bit.
   */
  private static boolean exactProduct(long a, long b) {
    return Long.numberOfTrailingZeros(a | 1L << 52) + Long.numberOfTrailingZeros(b | 1L << 52)
        >= 53;
  }

  static long div(long a, long b, int rm, FpFlags flags) {
    double quotient = Double.longBitsToDouble(a) / Double.longBitsToDouble(b);
    if (rm == FpRounding.RNE && flags.inexact() && inRange(quotient)) {
      return Double.doubleToRawLongBits(quotient);
    }
    return FpExact.div(FpFormat.DOUBLE, a, b, rm, flags);
  }

  static long sqrt(long a, int rm, FpFlags flags) {
    double root = Math.sqrt(Double.longBitsToDouble(a));
    if (rm == FpRounding.RNE && flags.inexact() && inRange(root)) {
      return Double.doubleToRawLongBits(root);
    }
    return FpExact.sqrt(FpFormat.DOUBLE, a, rm, flags);
  }

  /**
   * {@code a} × {@code b} + {@code c}, rounded once. FMSUB is this with {@code c} negated, FNMSUB
   * with {@code a}, FNMADD with both: negation is exact, and NaNs have no sign to lose.
   */
  static long fma(long a, long b, long c, int rm, FpFlags flags) {
    if (rm == FpRounding.RNE && flags.inexact()) {
      // One instruction where the host has it; elsewhere slow, but exact.
      double sum =
          Math.fma(
              Double.longBitsToDouble(a), Double.longBitsToDouble(b), Double.longBitsToDouble(c));
      if (inRange(sum)) {
        return Double.doubleToRawLongBits(sum);
      }
    }
    return FpExact.fma(FpFormat.DOUBLE, a, b, c, rm, flags);
  }

  static long negate(long a) {
    return a ^ SIGN;
  }

  /** The smaller one, or the only number; -0 is smaller than +0. */
  static long min(long a, long b, FpFlags flags) {
    double x = Double.longBitsToDouble(a);
    double y = Double.longBitsToDouble(b);
    if (x < y) {
      return a;
    }
    if (x > y) {
      return b;
    }
    return x == y ? a | b : onlyNumber(a, b, flags);
  }

  /** The larger one, or the only number; -0 is smaller than +0. */
  static long max(long a, long b, FpFlags flags) {
    double x = Double.longBitsToDouble(a);
    double y = Double.longBitsToDouble(b);
    if (x > y) {
      return a;
    }
    if (x < y) {
      return b;
    }
    return x == y ? a & b : onlyNumber(a, b, flags);
  }

  private static long onlyNumber(long a, long b, FpFlags flags) {
    long nan = nan(a, b, flags);
    if (isNan(a)) {
      return isNan(b) ? nan : b;
    }
    return a;
  }

  /** As {@link #min}, but NaN if either is (Zfa). */
  static long minm(long a, long b, FpFlags flags) {
    return isNan(a) || isNan(b) ? nan(a, b, flags) : min(a, b, flags);
  }

  /** As {@link #max}, but NaN if either is (Zfa). */
  static long maxm(long a, long b, FpFlags flags) {
    return isNan(a) || isNan(b) ? nan(a, b, flags) : max(a, b, flags);
  }

  /** Equality; only a signaling NaN is invalid. */
  static boolean eq(long a, long b, FpFlags flags) {
    double x = Double.longBitsToDouble(a);
    double y = Double.longBitsToDouble(b);
    return x == y || !(x < y || x > y) && unordered(a, b, flags);
  }

  /** Less than; any NaN is invalid. */
  static boolean lt(long a, long b, FpFlags flags) {
    double x = Double.longBitsToDouble(a);
    double y = Double.longBitsToDouble(b);
    return x < y || !(x >= y) && invalidComparison(flags);
  }

  /** Less than or equal; any NaN is invalid. */
  static boolean le(long a, long b, FpFlags flags) {
    double x = Double.longBitsToDouble(a);
    double y = Double.longBitsToDouble(b);
    return x <= y || !(x > y) && invalidComparison(flags);
  }

  /** Less than; only a signaling NaN is invalid (Zfa). */
  static boolean ltq(long a, long b, FpFlags flags) {
    double x = Double.longBitsToDouble(a);
    double y = Double.longBitsToDouble(b);
    return x < y || !(x >= y) && unordered(a, b, flags);
  }

  /** Less than or equal; only a signaling NaN is invalid (Zfa). */
  static boolean leq(long a, long b, FpFlags flags) {
    double x = Double.longBitsToDouble(a);
    double y = Double.longBitsToDouble(b);
    return x <= y || !(x > y) && unordered(a, b, flags);
  }

  private static boolean invalidComparison(FpFlags flags) {
    flags.raise(FpFlags.NV);
    return false;
  }

  private static boolean unordered(long a, long b, FpFlags flags) {
    nan(a, b, flags);
    return false;
  }

  static long sgnj(long a, long b) {
    return a & MAGNITUDE | b & SIGN;
  }

  static long sgnjn(long a, long b) {
    return a & MAGNITUDE | ~b & SIGN;
  }

  static long sgnjx(long a, long b) {
    return a ^ b & SIGN;
  }

  /** The constant that FLI loads for an index 0..31. */
  static long immediate(int index) {
    return Double.doubleToRawLongBits(IMMEDIATES[index]);
  }

  /** To an integer in floating point; never inexact (Zfa: FROUND). */
  static long round(long a, int rm, FpFlags flags) {
    return isNan(a) ? nan(a, a, flags) : integral(a, rm);
  }

  /** To an integer in floating point; inexact if that changes it (Zfa: FROUNDNX). */
  static long roundNx(long a, int rm, FpFlags flags) {
    long result = round(a, rm, flags);
    if (result != a && !isNan(a)) {
      flags.raise(FpFlags.NX);
    }
    return result;
  }

  /** Rounds to an integral value; infinities and NaNs stay what they are. */
  private static long integral(long a, int rm) {
    int exponent = ((int) (a >>> 52) & 0x7ff) - 1023;
    if (exponent >= 52) {
      return a;
    }
    if (exponent < 0) {
      return a & SIGN | (awayFromZero(a, rm) ? ONE : 0);
    }
    long unit = 1L << 52 - exponent;
    long fraction = a & unit - 1;
    long truncated = a ^ fraction;
    // A carry runs into the exponent, where it belongs. For 1 ≤ |a| < 2 the bit that tells whether
    // the integer is odd is the exponent's lowest, set as the hidden bit would be.
    return roundsUp(fraction, unit >>> 1, (a & unit) != 0, a < 0, rm)
        ? truncated + unit
        : truncated;
  }

  /** Whether a number of magnitude below 1 goes to ±1 and not to ±0. */
  private static boolean awayFromZero(long a, int rm) {
    return roundsUp(a & MAGNITUDE, HALF, false, a < 0, rm);
  }

  private static boolean roundsUp(long rest, long half, boolean odd, boolean negative, int rm) {
    return switch (rm) {
      case FpRounding.RNE -> rest > half || rest == half && odd;
      case FpRounding.RDN -> negative && rest != 0;
      case FpRounding.RUP -> !negative && rest != 0;
      case FpRounding.RMM -> rest >= half;
      default -> false;
    };
  }

  static int toInt32(long a, int rm, FpFlags flags) {
    double x = Double.longBitsToDouble(a);
    int truncated = (int) x;
    if (truncated == x) {
      return truncated;
    }
    // What compilers make of a cast.
    if (rm == FpRounding.RTZ && Math.abs(x) < 0x1p31) {
      flags.raise(FpFlags.NX);
      return truncated;
    }
    return toInt32Rounded(a, rm, flags);
  }

  private static int toInt32Rounded(long a, int rm, FpFlags flags) {
    double x = Double.longBitsToDouble(integral(a, rm));
    if (x >= -0x1p31 && x < 0x1p31) {
      flags.raise(FpFlags.NX);
      return (int) x;
    }
    flags.raise(FpFlags.NV);
    return x < 0 ? Integer.MIN_VALUE : Integer.MAX_VALUE;
  }

  static int toUint32(long a, int rm, FpFlags flags) {
    double x = Double.longBitsToDouble(integral(a, rm));
    if (x >= 0 && x < 0x1p32) {
      raiseIfChanged(a, x, flags);
      return (int) (long) x;
    }
    flags.raise(FpFlags.NV);
    return x < 0 ? 0 : -1;
  }

  static long toInt64(long a, int rm, FpFlags flags) {
    double x = Double.longBitsToDouble(a);
    if (Math.abs(x) < TWO_63) {
      long truncated = (long) x;
      if (truncated == x) {
        return truncated;
      }
      if (rm == FpRounding.RTZ) {
        flags.raise(FpFlags.NX);
        return truncated;
      }
    }
    return toInt64Rounded(a, rm, flags);
  }

  private static long toInt64Rounded(long a, int rm, FpFlags flags) {
    double x = Double.longBitsToDouble(integral(a, rm));
    if (x >= -TWO_63 && x < TWO_63) {
      raiseIfChanged(a, x, flags);
      return (long) x;
    }
    flags.raise(FpFlags.NV);
    return x < 0 ? Long.MIN_VALUE : Long.MAX_VALUE;
  }

  static long toUint64(long a, int rm, FpFlags flags) {
    double x = Double.longBitsToDouble(integral(a, rm));
    if (x >= 0 && x < 2 * TWO_63) {
      raiseIfChanged(a, x, flags);
      return x < TWO_63 ? (long) x : (long) (x - TWO_63) ^ Long.MIN_VALUE;
    }
    flags.raise(FpFlags.NV);
    return x < 0 ? 0 : -1;
  }

  private static void raiseIfChanged(long a, double rounded, FpFlags flags) {
    if (Double.longBitsToDouble(a) != rounded) {
      flags.raise(FpFlags.NX);
    }
  }

  /**
   * Truncates to an integer modulo 2^32, with the flags of {@link #toInt32} (Zfa: FCVTMOD.W.D). A
   * value that is not finite becomes 0.
   */
  static int toInt32Modular(long a, FpFlags flags) {
    toInt32(a, FpRounding.RTZ, flags);
    int exponent = ((int) (a >>> 52) & 0x7ff) - 1075;
    long significand = a & (1L << 52) - 1 | 1L << 52;
    int magnitude = 0;
    if (exponent < 0) {
      magnitude = exponent > -53 ? (int) (significand >>> -exponent) : 0;
    } else if (exponent < 32) {
      magnitude = (int) significand << exponent;
    }
    return a < 0 ? -magnitude : magnitude;
  }

  static long fromInt32(int value) {
    return Double.doubleToRawLongBits((double) value);
  }

  static long fromUint32(int value) {
    return Double.doubleToRawLongBits((double) Integer.toUnsignedLong(value));
  }

  static long fromInt64(long value, int rm, FpFlags flags) {
    if (Math.abs(value) >>> 53 == 0 || rm == FpRounding.RNE && flags.inexact()) {
      return Double.doubleToRawLongBits((double) value);
    }
    return FpExact.fromSigned(FpFormat.DOUBLE, value, rm, flags);
  }

  static long fromUint64(long value, int rm, FpFlags flags) {
    return value >>> 53 == 0
        ? Double.doubleToRawLongBits((double) value)
        : FpExact.fromUnsigned(FpFormat.DOUBLE, value, rm, flags);
  }

  /** Rounds to single precision (FCVT.S.D). */
  static int toSingle(long a, int rm, FpFlags flags) {
    double x = Double.longBitsToDouble(a);
    float narrow = (float) x;
    if (narrow == x) {
      return Float.floatToRawIntBits(narrow);
    }
    if (rm == FpRounding.RNE && FpSingle.inRange(narrow)) {
      flags.raise(FpFlags.NX);
      return Float.floatToRawIntBits(narrow);
    }
    return (int) FpExact.convert(FpFormat.SINGLE, a, rm, flags);
  }

  static boolean isNan(long a) {
    return (a & MAGNITUDE) > INFINITY;
  }

  static boolean isSignaling(long a) {
    return isNan(a) && (a & QUIET) == 0;
  }

  /** Whether a result of the host's is beyond doubt neither an overflow nor an underflow. */
  private static boolean inRange(double result) {
    double magnitude = Math.abs(result);
    return magnitude > Double.MIN_NORMAL && magnitude <= Double.MAX_VALUE;
  }

  /** The canonical NaN; invalid if either operand signals. */
  private static long nan(long a, long b, FpFlags flags) {
    return FpFormat.DOUBLE.nan(isSignaling(a) || isSignaling(b), flags);
  }
}
