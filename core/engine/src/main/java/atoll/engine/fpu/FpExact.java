package atoll.engine.fpu;

/**
 * The software path: arithmetic on integer significands, right in every rounding mode and flag.
 * Operands are encodings of double precision; callers with narrower ones widen them, which is exact
 * and must leave a signaling NaN one. The result is rounded once, into the format named, and
 * returned in its encoding.
 */
final class FpExact {
  private static final long FRACTION = (1L << 52) - 1;
  private static final long MAGNITUDE = Long.MAX_VALUE;
  private static final long INFINITY = 0x7ffL << 52;
  private static final long ONE = 0x3ffL << 52;

  private FpExact() {}

  static long add(FpFormat format, long a, long b, int rm, FpFlags flags) {
    if (!isFinite(a) || !isFinite(b)) {
      return addInfinite(format, a, b, flags);
    }
    if (isZero(a)) {
      return isZero(b) && (a ^ b) < 0 ? format.cancelled(rm) : convert(format, b, rm, flags);
    }
    if (isZero(b)) {
      return convert(format, a, rm, flags);
    }
    boolean ordered = (a & MAGNITUDE) >= (b & MAGNITUDE);
    return addOrdered(format, ordered ? a : b, ordered ? b : a, rm, flags);
  }

  /** Adds numbers of which the first is at least as large in magnitude. */
  private static long addOrdered(FpFormat format, long a, long b, int rm, FpFlags flags) {
    int exponent = exponent(a);
    // One bit of room above for the carry; ten below, of which a cancellation of more than one bit
    // uses none, since then nothing was shifted out.
    long larger = significand(a) >>> 1;
    long smaller = shiftRight(significand(b) >>> 1, exponent - exponent(b));
    long sum = (a ^ b) < 0 ? larger - smaller : larger + smaller;
    if (sum == 0) {
      return format.cancelled(rm);
    }
    int zeros = Long.numberOfLeadingZeros(sum);
    return FpRounding.round(format, a < 0, exponent + 1 - zeros, sum << zeros, rm, flags);
  }

  private static long addInfinite(FpFormat format, long a, long b, FpFlags flags) {
    if (isNan(a) || isNan(b)) {
      return nan(format, a, b, flags);
    }
    if (!isFinite(a) && !isFinite(b) && (a ^ b) < 0) {
      return format.invalid(flags);
    }
    return format.signed(format.infinity, isFinite(a) ? b < 0 : a < 0);
  }

  static long mul(FpFormat format, long a, long b, int rm, FpFlags flags) {
    boolean negative = (a ^ b) < 0;
    if (!isFinite(a) || !isFinite(b)) {
      return mulInfinite(format, a, b, flags);
    }
    if (isZero(a) || isZero(b)) {
      return format.signed(0, negative);
    }
    long m = significand(a);
    long n = significand(b);
    long high = Math.unsignedMultiplyHigh(m, n);
    long low = m * n;
    int exponent = exponent(a) + exponent(b);
    if (high < 0) {
      return FpRounding.round(format, negative, exponent + 1, high | sticky(low), rm, flags);
    }
    long shifted = high << 1 | low >>> 63 | sticky(low << 1);
    return FpRounding.round(format, negative, exponent, shifted, rm, flags);
  }

  private static long mulInfinite(FpFormat format, long a, long b, FpFlags flags) {
    if (isNan(a) || isNan(b)) {
      return nan(format, a, b, flags);
    }
    return isZero(a) || isZero(b)
        ? format.invalid(flags)
        : format.signed(format.infinity, (a ^ b) < 0);
  }

  static long div(FpFormat format, long a, long b, int rm, FpFlags flags) {
    if (isNan(a) || isNan(b)) {
      return nan(format, a, b, flags);
    }
    boolean negative = (a ^ b) < 0;
    if (!isFinite(a)) {
      return isFinite(b) ? format.signed(format.infinity, negative) : format.invalid(flags);
    }
    if (isZero(b)) {
      return divByZero(format, isZero(a), negative, flags);
    }
    if (isZero(a) || !isFinite(b)) {
      return format.signed(0, negative);
    }
    return divFinite(format, a, b, rm, flags);
  }

  private static long divByZero(FpFormat format, boolean zero, boolean negative, FpFlags flags) {
    if (zero) {
      return format.invalid(flags);
    }
    flags.raise(FpFlags.DZ);
    return format.signed(format.infinity, negative);
  }

  private static long divFinite(FpFormat format, long a, long b, int rm, FpFlags flags) {
    long m = significand(a) >>> 11;
    long n = significand(b) >>> 11;
    // The host's quotient of two numbers in [1, 2) is the nearest double to the true one, and the
    // remainder tells on which side of it that lies. A remainder is far below 2^63, so that it is
    // right modulo 2^64. A quotient never rounds to a power of two from below, so that taking one
    // from the significand does not denormalise it.
    long quotient = Double.doubleToRawLongBits(unit(m) / unit(n));
    int halved = quotient < ONE ? 1 : 0;
    long q = significand(quotient);
    long remainder = (m << 52 + halved) - (q >>> 11) * n;
    int exponent = exponent(a) - exponent(b) - halved;
    return FpRounding.round(format, (a ^ b) < 0, exponent, q + Long.signum(remainder), rm, flags);
  }

  static long sqrt(FpFormat format, long a, int rm, FpFlags flags) {
    if (isNan(a)) {
      return nan(format, a, a, flags);
    }
    if (isZero(a)) {
      return format.signed(0, a < 0);
    }
    if (a < 0) {
      return format.invalid(flags);
    }
    if (!isFinite(a)) {
      return format.infinity;
    }
    int exponent = exponent(a);
    int odd = exponent & 1;
    long m = significand(a) >>> 11;
    // As in division: the root of a number in [1, 4), then on which side of it the true root lies.
    double radicand = odd == 0 ? unit(m) : 2 * unit(m);
    long root = significand(Double.doubleToRawLongBits(Math.sqrt(radicand)));
    long r = root >>> 11;
    long remainder = (m << 52 + odd) - r * r;
    return FpRounding.round(format, false, exponent >> 1, root + Long.signum(remainder), rm, flags);
  }

  /** {@code a} × {@code b} + {@code c}, rounded once. */
  static long fma(FpFormat format, long a, long b, long c, int rm, FpFlags flags) {
    boolean negative = (a ^ b) < 0;
    if (!isFinite(a) || !isFinite(b) || !isFinite(c)) {
      return fmaInfinite(format, a, b, c, flags);
    }
    if (isZero(a) || isZero(b)) {
      return isZero(c) && negative != c < 0 ? format.cancelled(rm) : convert(format, c, rm, flags);
    }
    // A product in [2^124, 2^126) of which the low 20 bits are zero.
    long m = significand(a) >>> 1;
    long n = significand(b) >>> 1;
    long high = Math.multiplyHigh(m, n);
    long low = m * n;
    int exponent = exponent(a) + exponent(b);
    if (isZero(c)) {
      return round(format, negative, exponent, high, low, rm, flags);
    }
    // The addend, with its leading bit at 124 too. Bits are lost from the smaller number only when
    // it is shifted by more than 20, and then at most two bits cancel.
    long addend = significand(c) >>> 3;
    int shift = exponent - exponent(c);
    if (shift >= 0) {
      return addWide(
          format,
          negative,
          exponent,
          high,
          low,
          c < 0,
          shiftRightHigh(addend, shift),
          shiftRightLow(addend, 0, shift),
          rm,
          flags);
    }
    return addWide(
        format,
        negative,
        exponent(c),
        shiftRightHigh(high, -shift),
        shiftRightLow(high, low, -shift),
        c < 0,
        addend,
        0,
        rm,
        flags);
  }

  private static long fmaInfinite(FpFormat format, long a, long b, long c, FpFlags flags) {
    if (isNan(a) || isNan(b) || isNan(c)) {
      return fmaNan(format, a, b, c, flags);
    }
    if (isFinite(a) && isFinite(b)) {
      return format.signed(format.infinity, c < 0);
    }
    boolean negative = (a ^ b) < 0;
    if (isZero(a) || isZero(b) || !isFinite(c) && negative != c < 0) {
      return format.invalid(flags);
    }
    return format.signed(format.infinity, negative);
  }

  /** Infinity times zero is invalid even if a quiet NaN is added (unpriv, F: Computational). */
  private static long fmaNan(FpFormat format, long a, long b, long c, FpFlags flags) {
    boolean undefined = isInfinite(a) && isZero(b) || isZero(a) && isInfinite(b);
    boolean signaling = isSignaling(a) || isSignaling(b) || isSignaling(c);
    return format.nan(undefined || signaling, flags);
  }

  /** Adds two 128-bit numbers with signs, of one exponent. */
  private static long addWide(
      FpFormat format,
      boolean negative,
      int exponent,
      long high,
      long low,
      boolean otherNegative,
      long otherHigh,
      long otherLow,
      int rm,
      FpFlags flags) {
    if (negative == otherNegative) {
      long sum = low + otherLow;
      long carry = Long.compareUnsigned(sum, low) < 0 ? 1 : 0;
      return round(format, negative, exponent, high + otherHigh + carry, sum, rm, flags);
    }
    long difference = low - otherLow;
    long borrow = Long.compareUnsigned(low, otherLow) < 0 ? 1 : 0;
    long highDifference = high - otherHigh - borrow;
    if (highDifference < 0) {
      long carry = difference == 0 ? 1 : 0;
      return round(format, !negative, exponent, ~highDifference + carry, -difference, rm, flags);
    }
    if ((highDifference | difference) == 0) {
      return format.cancelled(rm);
    }
    return round(format, negative, exponent, highDifference, difference, rm, flags);
  }

  /** Rounds a 128-bit number, not zero, whose bit 124 has the weight 2^{@code exponent}. */
  private static long round(
      FpFormat format, boolean negative, int exponent, long high, long low, int rm, FpFlags flags) {
    if (high == 0) {
      int zeros = Long.numberOfLeadingZeros(low);
      return FpRounding.round(format, negative, exponent + 3 - 64 - zeros, low << zeros, rm, flags);
    }
    // High is below 2^63, hence at least one leading zero.
    int zeros = Long.numberOfLeadingZeros(high);
    long significand = high << zeros | low >>> 64 - zeros | sticky(low << zeros);
    return FpRounding.round(format, negative, exponent + 3 - zeros, significand, rm, flags);
  }

  /** Rounds a number to a format. */
  static long convert(FpFormat format, long a, int rm, FpFlags flags) {
    if (isNan(a)) {
      return nan(format, a, a, flags);
    }
    if (!isFinite(a)) {
      return format.signed(format.infinity, a < 0);
    }
    if (isZero(a)) {
      return format.signed(0, a < 0);
    }
    return FpRounding.round(format, a < 0, exponent(a), significand(a), rm, flags);
  }

  /** Rounds a signed integer to a format. */
  static long fromSigned(FpFormat format, long value, int rm, FpFlags flags) {
    return fromMagnitude(format, value < 0, Math.abs(value), rm, flags);
  }

  /** Rounds an unsigned integer to a format. */
  static long fromUnsigned(FpFormat format, long value, int rm, FpFlags flags) {
    return fromMagnitude(format, false, value, rm, flags);
  }

  private static long fromMagnitude(
      FpFormat format, boolean negative, long magnitude, int rm, FpFlags flags) {
    if (magnitude == 0) {
      return 0;
    }
    int zeros = Long.numberOfLeadingZeros(magnitude);
    return FpRounding.round(format, negative, 63 - zeros, magnitude << zeros, rm, flags);
  }

  private static boolean isNan(long a) {
    return FpDouble.isNan(a);
  }

  private static boolean isSignaling(long a) {
    return FpDouble.isSignaling(a);
  }

  /** The NaN of a format; invalid if either operand signals. */
  private static long nan(FpFormat format, long a, long b, FpFlags flags) {
    return format.nan(isSignaling(a) || isSignaling(b), flags);
  }

  private static boolean isInfinite(long a) {
    return (a & MAGNITUDE) == INFINITY;
  }

  private static boolean isFinite(long a) {
    return (a & MAGNITUDE) < INFINITY;
  }

  private static boolean isZero(long a) {
    return a << 1 == 0;
  }

  /** The exponent of a finite number that is not zero, subnormal ones normalised. */
  private static int exponent(long a) {
    int field = (int) (a >>> 52) & 0x7ff;
    return field != 0 ? field - 1023 : -1011 - Long.numberOfLeadingZeros(a & FRACTION);
  }

  /** The significand of a finite number that is not zero, its leading bit at 63. */
  private static long significand(long a) {
    long fraction = a & FRACTION;
    return (a & INFINITY) != 0
        ? 1L << 63 | fraction << 11
        : fraction << Long.numberOfLeadingZeros(fraction);
  }

  /** A 53-bit significand as a number in [1, 2). */
  private static double unit(long significand) {
    return Double.longBitsToDouble(ONE | significand & FRACTION);
  }

  /** Whether anything is left, as a lowest bit. */
  private static long sticky(long rest) {
    return rest != 0 ? 1 : 0;
  }

  /** Shifts right; what falls out stays as the lowest bit. */
  private static long shiftRight(long a, int shift) {
    if (shift == 0) {
      return a;
    }
    return shift < 64 ? a >>> shift | sticky(a << 64 - shift) : sticky(a);
  }

  /** The upper half of a 128-bit number shifted right. */
  private static long shiftRightHigh(long high, int shift) {
    return shift < 64 ? high >>> shift : 0;
  }

  /** The lower half of a 128-bit number shifted right; what falls out stays as the lowest bit. */
  private static long shiftRightLow(long high, long low, int shift) {
    if (shift == 0) {
      return low;
    }
    if (shift < 64) {
      return high << 64 - shift | low >>> shift | sticky(low << 64 - shift);
    }
    return shiftRight(high, shift - 64) | sticky(low);
  }
}
