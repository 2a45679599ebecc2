package atoll.engine.fpu;

import java.math.BigInteger;

/**
 * IEEE 754 arithmetic by its definition: compute the exact real result, then round it once. Numbers
 * are fractions ±(numerator / denominator), arbitrarily long; nothing is shared with the code under
 * test but the numbering of rounding modes and flags. An operation returns the encoding and leaves
 * the flags it raised in {@link #flags}.
 */
final class ExactReference {
  static final int NX = 1;
  static final int UF = 2;
  static final int OF = 4;
  static final int DZ = 8;
  static final int NV = 16;

  private static final BigInteger ONE = BigInteger.ONE;

  private final int width;
  private final int precision;
  private final int bias;

  int flags;

  ExactReference(int width, int precision) {
    this.width = width;
    this.precision = precision;
    this.bias = (1 << (width - precision - 1)) - 1;
  }

  // What an encoding stands for.

  private long exponentMask() {
    return (1L << (width - precision)) - 1;
  }

  private long exponentField(long a) {
    return (a >>> (precision - 1)) & exponentMask();
  }

  private long fraction(long a) {
    return a & ((1L << (precision - 1)) - 1);
  }

  boolean negative(long a) {
    return ((a >>> (width - 1)) & 1) != 0;
  }

  boolean nan(long a) {
    return exponentField(a) == exponentMask() && fraction(a) != 0;
  }

  boolean signaling(long a) {
    return nan(a) && ((a >>> (precision - 2)) & 1) == 0;
  }

  boolean infinite(long a) {
    return exponentField(a) == exponentMask() && fraction(a) == 0;
  }

  boolean zero(long a) {
    return exponentField(a) == 0 && fraction(a) == 0;
  }

  /** The integer, with sign, of which a finite number is the multiple by 2^{@link #exponent}. */
  private BigInteger significand(long a) {
    long significand = fraction(a) | (exponentField(a) == 0 ? 0 : 1L << (precision - 1));
    return BigInteger.valueOf(negative(a) ? -significand : significand);
  }

  private int exponent(long a) {
    return (int) Math.max(exponentField(a), 1) - 1 + scale();
  }

  /** The exponent of the least subnormal number. */
  private int scale() {
    return 1 - bias - (precision - 1);
  }

  // Encodings of results.

  long infinity(boolean negative) {
    return signed(exponentMask() << (precision - 1), negative);
  }

  long nan() {
    return exponentMask() << (precision - 1) | 1L << (precision - 2);
  }

  private long signed(long magnitude, boolean negative) {
    return negative ? magnitude | 1L << (width - 1) : magnitude;
  }

  private long invalid() {
    flags |= NV;
    return nan();
  }

  private long anyNan(long... operands) {
    for (long operand : operands) {
      if (signaling(operand)) {
        flags |= NV;
      }
    }
    return nan();
  }

  // Rounding.

  /** Rounds numerator × 2^exponent, plus a bit more in magnitude if {@code more}. */
  private long round(BigInteger numerator, int exponent, boolean more, int rm) {
    boolean negative = numerator.signum() < 0;
    BigInteger magnitude = numerator.abs();
    int top = magnitude.bitLength() - 1 + exponent;
    int quantum = Math.max(top - (precision - 1), scale());
    BigInteger rounded = toMultiple(magnitude, exponent - quantum, more, negative, rm);
    boolean exact = !more && equal(rounded, quantum, magnitude, exponent);
    if (!exact) {
      flags |= NX;
      // Tiny: below the least normal number even if rounded with unbounded exponents.
      int unboundedQuantum = top - (precision - 1);
      BigInteger unbounded = toMultiple(magnitude, exponent - unboundedQuantum, more, negative, rm);
      if (unbounded.bitLength() - 1 + unboundedQuantum < 1 - bias) {
        flags |= UF;
      }
    }
    if (rounded.signum() != 0 && rounded.bitLength() - 1 + quantum > bias) {
      flags |= OF | NX;
      boolean toInfinity = rm == 0 || rm == 4 || (rm == 2 && negative) || (rm == 3 && !negative);
      return toInfinity ? infinity(negative) : infinity(negative) - 1;
    }
    return encode(rounded, quantum, negative);
  }

  /** Whether a × 2^i is b × 2^j. */
  private static boolean equal(BigInteger a, int i, BigInteger b, int j) {
    return a.shiftLeft(Math.max(i - j, 0)).equals(b.shiftLeft(Math.max(j - i, 0)));
  }

  private long encode(BigInteger significand, int quantum, boolean negative) {
    int length = significand.bitLength();
    int top = length - 1 + quantum;
    if (length == 0 || top < 1 - bias) {
      return signed(significand.shiftLeft(quantum - scale()).longValueExact(), negative);
    }
    long bits = significand.shiftLeft(precision - length).longValueExact();
    long field = (long) top + bias;
    return signed(field << (precision - 1) | bits ^ 1L << (precision - 1), negative);
  }

  /** magnitude × 2^shift (and {@code more}) as an integer, rounded. */
  private static BigInteger toMultiple(
      BigInteger magnitude, int shift, boolean more, boolean negative, int rm) {
    // Twice the number, cut off, says in its lowest bit whether half or more was cut off.
    BigInteger floor = magnitude.shiftLeft(shift);
    BigInteger halves = magnitude.shiftLeft(shift + 1);
    boolean rest = more || shift < 0 && !floor.shiftLeft(-shift).equals(magnitude);
    boolean half = halves.testBit(0);
    boolean beyondHalf =
        half && (more || shift < -1 && !halves.shiftLeft(-shift - 1).equals(magnitude));
    boolean up =
        switch (rm) {
          case 0 -> beyondHalf || half && floor.testBit(0);
          case 1 -> false;
          case 2 -> rest && negative;
          case 3 -> rest && !negative;
          case 4 -> half;
          default -> throw new IllegalArgumentException("rounding mode " + rm);
        };
    return up ? floor.add(ONE) : floor;
  }

  private long zeroSum(boolean a, boolean b, int rm) {
    return signed(0, a == b ? a : rm == 2);
  }

  // Operations.

  long add(long a, long b, int rm) {
    if (nan(a) || nan(b)) {
      return anyNan(a, b);
    }
    if (infinite(a) || infinite(b)) {
      if (infinite(a) && infinite(b) && negative(a) != negative(b)) {
        return invalid();
      }
      return infinite(a) ? a : b;
    }
    int exponent = Math.min(exponent(a), exponent(b));
    BigInteger sum =
        significand(a)
            .shiftLeft(exponent(a) - exponent)
            .add(significand(b).shiftLeft(exponent(b) - exponent));
    if (sum.signum() == 0) {
      return zero(a) ? zeroSum(negative(a), negative(b), rm) : signed(0, rm == 2);
    }
    return round(sum, exponent, false, rm);
  }

  long sub(long a, long b, int rm) {
    return add(a, nan(b) ? b : b ^ 1L << (width - 1), rm);
  }

  long mul(long a, long b, int rm) {
    if (nan(a) || nan(b)) {
      return anyNan(a, b);
    }
    boolean negative = negative(a) != negative(b);
    if (infinite(a) || infinite(b)) {
      return zero(a) || zero(b) ? invalid() : infinity(negative);
    }
    if (zero(a) || zero(b)) {
      return signed(0, negative);
    }
    return round(significand(a).multiply(significand(b)), exponent(a) + exponent(b), false, rm);
  }

  long div(long a, long b, int rm) {
    if (nan(a) || nan(b)) {
      return anyNan(a, b);
    }
    boolean negative = negative(a) != negative(b);
    if (infinite(a)) {
      return infinite(b) ? invalid() : infinity(negative);
    }
    if (zero(b)) {
      if (zero(a)) {
        return invalid();
      }
      flags |= DZ;
      return infinity(negative);
    }
    if (zero(a) || infinite(b)) {
      return signed(0, negative);
    }
    BigInteger divisor = significand(b).abs();
    int shift = 2 * precision + 3;
    BigInteger[] parts = significand(a).abs().shiftLeft(shift).divideAndRemainder(divisor);
    BigInteger quotient = negative ? parts[0].negate() : parts[0];
    int exponent = exponent(a) - exponent(b) - shift;
    return round(quotient, exponent, parts[1].signum() != 0, rm);
  }

  long sqrt(long a, int rm) {
    if (nan(a)) {
      return anyNan(a);
    }
    if (zero(a)) {
      return a;
    }
    if (negative(a)) {
      return invalid();
    }
    if (infinite(a)) {
      return a;
    }
    // An even exponent, and enough bits before the root is taken.
    int shift = 2 * precision + 6 + (exponent(a) & 1);
    BigInteger[] parts = significand(a).shiftLeft(shift).sqrtAndRemainder();
    return round(parts[0], (exponent(a) - shift) / 2, parts[1].signum() != 0, rm);
  }

  long fma(long a, long b, long c, int rm) {
    boolean infiniteTimesZero = infinite(a) && zero(b) || zero(a) && infinite(b);
    if (infiniteTimesZero) {
      flags |= NV;
    }
    if (infiniteTimesZero || nan(a) || nan(b) || nan(c)) {
      return anyNan(a, b, c);
    }
    boolean negative = negative(a) != negative(b);
    if (infinite(a) || infinite(b)) {
      return infinite(c) && negative(c) != negative ? invalid() : infinity(negative);
    }
    if (infinite(c)) {
      return c;
    }
    BigInteger product = significand(a).multiply(significand(b));
    int productExponent = exponent(a) + exponent(b);
    int exponent = Math.min(productExponent, exponent(c));
    BigInteger sum =
        product
            .shiftLeft(productExponent - exponent)
            .add(significand(c).shiftLeft(exponent(c) - exponent));
    if (sum.signum() == 0) {
      return product.signum() == 0 && zero(c)
          ? zeroSum(negative, negative(c), rm)
          : signed(0, rm == 2);
    }
    return round(sum, exponent, false, rm);
  }

  /** Converts from another format. */
  long from(ExactReference source, long a, int rm) {
    if (source.nan(a)) {
      flags |= source.signaling(a) ? NV : 0;
      return nan();
    }
    if (source.infinite(a)) {
      return infinity(source.negative(a));
    }
    if (source.zero(a)) {
      return signed(0, source.negative(a));
    }
    return round(source.significand(a), source.exponent(a), false, rm);
  }

  /** Converts from an integer. */
  long from(BigInteger value, int rm) {
    return value.signum() == 0 ? 0 : round(value, 0, false, rm);
  }

  /** Converts to an integer between the bounds, saturating. */
  BigInteger toInteger(long a, int rm, BigInteger least, BigInteger greatest) {
    if (nan(a) || infinite(a)) {
      flags |= NV;
      return nan(a) || !negative(a) ? greatest : least;
    }
    BigInteger rounded = integral(a, rm);
    if (rounded.compareTo(least) < 0 || rounded.compareTo(greatest) > 0) {
      flags |= NV;
      return rounded.signum() < 0 ? least : greatest;
    }
    if (!equal(rounded, 0, significand(a), exponent(a))) {
      flags |= NX;
    }
    return rounded;
  }

  /** A finite number, rounded to an integer. */
  BigInteger integral(long a, int rm) {
    BigInteger magnitude = toMultiple(significand(a).abs(), exponent(a), false, negative(a), rm);
    return negative(a) ? magnitude.negate() : magnitude;
  }

  /** FROUND, and with {@code inexact} FROUNDNX. */
  long roundToIntegral(long a, int rm, boolean inexact) {
    if (nan(a)) {
      return anyNan(a);
    }
    if (infinite(a)) {
      return a;
    }
    BigInteger rounded = integral(a, rm);
    if (inexact && !equal(rounded, 0, significand(a), exponent(a))) {
      flags |= NX;
    }
    return rounded.signum() == 0
        ? signed(0, negative(a))
        : new ExactReference(width, precision).round(rounded, 0, false, rm);
  }

  /** Compares as IEEE 754 does: negative, zero, positive; 2 if unordered. */
  int compare(long a, long b) {
    if (nan(a) || nan(b)) {
      return 2;
    }
    if (infinite(a) || infinite(b)) {
      return Integer.compare(extended(a), extended(b));
    }
    int exponent = Math.min(exponent(a), exponent(b));
    return significand(a)
        .shiftLeft(exponent(a) - exponent)
        .compareTo(significand(b).shiftLeft(exponent(b) - exponent));
  }

  private int extended(long a) {
    if (!infinite(a)) {
      return 0;
    }
    return negative(a) ? -1 : 1;
  }
}
