package atoll.tests;

import java.math.BigInteger;

/**
 * Floating-point arithmetic by its definition, for tests: every result is computed exactly as a
 * rational number and rounded once (IEEE 754-2019 clause 4, unpriv chapters 20 to 26). Slow,
 * simple, and it shares nothing with the engine.
 */
final class ExactFloat {
  static final int RNE = 0;
  static final int RTZ = 1;
  static final int RDN = 2;
  static final int RUP = 3;
  static final int RMM = 4;

  static final int NX = 1;
  static final int UF = 2;
  static final int OF = 4;
  static final int DZ = 8;
  static final int NV = 16;

  /** A binary interchange format of IEEE 754. */
  enum Format {
    H(5, 10),
    S(8, 23),
    D(11, 52);

    final int exponentBits;
    final int fractionBits;
    final int bias;
    final int minExponent;

    Format(int exponentBits, int fractionBits) {
      this.exponentBits = exponentBits;
      this.fractionBits = fractionBits;
      this.bias = (1 << (exponentBits - 1)) - 1;
      this.minExponent = 1 - bias;
    }

    int width() {
      return 1 + exponentBits + fractionBits;
    }

    long sign() {
      return 1L << (width() - 1);
    }

    long infinity() {
      return ((1L << exponentBits) - 1) << fractionBits;
    }

    /** The canonical NaN (unpriv 20.3): positive, quiet, the rest zero. */
    long nan() {
      return infinity() | 1L << (fractionBits - 1);
    }

    long largest() {
      return infinity() - 1;
    }

    long mask() {
      return width() == 64 ? -1L : (1L << width()) - 1;
    }

    boolean isNan(long bits) {
      return (bits & ~sign() & mask()) > infinity() && (bits & infinity()) == infinity();
    }

    boolean isSignaling(long bits) {
      return isNan(bits) && (bits >>> (fractionBits - 1) & 1) == 0;
    }

    boolean isInfinite(long bits) {
      return (bits & ~sign() & mask()) == infinity();
    }

    boolean isZero(long bits) {
      return (bits & ~sign() & mask()) == 0;
    }

    boolean isNegative(long bits) {
      return (bits & sign()) != 0;
    }

    /** As a register holds it: every higher bit one (unpriv 21.2). */
    long box(long bits) {
      return bits | ~mask();
    }

    /** What an operation sees of a register: the canonical NaN unless properly boxed. */
    long unbox(long register) {
      return (register | mask()) == -1L ? register & mask() : nan();
    }
  }

  /**
   * @param bits the result's encoding, or an integer
   * @param flags accrued exception flags
   */
  record Result(long bits, int flags) {}

  /** A finite number: {@code numerator / denominator * 2^exponent}; the sign also of a zero. */
  private record Exact(
      boolean negative, BigInteger numerator, BigInteger denominator, int exponent) {
    boolean zero() {
      return numerator.signum() == 0;
    }

    BigInteger signed() {
      return negative ? numerator.negate() : numerator;
    }
  }

  private ExactFloat() {}

  private static Exact number(Format f, long bits) {
    long fraction = bits & ((1L << f.fractionBits) - 1);
    int biased = (int) (bits >>> f.fractionBits) & ((1 << f.exponentBits) - 1);
    long significand = biased == 0 ? fraction : fraction | 1L << f.fractionBits;
    int exponent = Math.max(biased, 1) - f.bias - f.fractionBits;
    return new Exact(f.isNegative(bits), BigInteger.valueOf(significand), BigInteger.ONE, exponent);
  }

  private static Exact add(Exact a, Exact b) {
    int e = Math.min(a.exponent, b.exponent);
    BigInteger sum = a.signed().shiftLeft(a.exponent - e).add(b.signed().shiftLeft(b.exponent - e));
    return new Exact(sum.signum() < 0, sum.abs(), BigInteger.ONE, e);
  }

  private static Exact multiply(Exact a, Exact b) {
    return new Exact(
        a.negative != b.negative,
        a.numerator.multiply(b.numerator),
        BigInteger.ONE,
        a.exponent + b.exponent);
  }

  /** Quotient and remainder of a magnitude by 2^quantum. */
  private static BigInteger[] divide(Exact x, int quantum) {
    int shift = x.exponent - quantum;
    BigInteger num = shift >= 0 ? x.numerator.shiftLeft(shift) : x.numerator;
    BigInteger den = shift >= 0 ? x.denominator : x.denominator.shiftLeft(-shift);
    BigInteger[] qr = num.divideAndRemainder(den);
    return new BigInteger[] {qr[0], qr[1], den};
  }

  private static boolean roundsUp(BigInteger[] qr, boolean negative, int mode) {
    int half = qr[1].shiftLeft(1).compareTo(qr[2]);
    return switch (mode) {
      case RNE -> half > 0 || (half == 0 && qr[0].testBit(0));
      case RTZ -> false;
      case RDN -> negative && qr[1].signum() != 0;
      case RUP -> !negative && qr[1].signum() != 0;
      case RMM -> half >= 0 && qr[1].signum() != 0;
      default -> throw new IllegalArgumentException("rounding mode " + mode);
    };
  }

  /** floor(log2 |x|) of a nonzero number. */
  private static int magnitude(Exact x) {
    int guess = x.numerator.bitLength() - x.denominator.bitLength() + x.exponent;
    return divide(x, guess)[0].signum() > 0 ? guess : guess - 1;
  }

  private static Result round(Format f, Exact x, int mode) {
    long sign = x.negative ? f.sign() : 0;
    if (x.zero()) {
      return new Result(sign, 0);
    }
    int magnitude = magnitude(x);
    int quantum = Math.max(magnitude, f.minExponent) - f.fractionBits;
    BigInteger[] qr = divide(x, quantum);
    boolean inexact = qr[1].signum() != 0;
    BigInteger n = roundsUp(qr, x.negative, mode) ? qr[0].add(BigInteger.ONE) : qr[0];
    // The encoding's integer is monotonic in the value, so a carry walks into the exponent by
    // itself.
    long encoded =
        n.longValueExact()
            + ((long) (Math.max(magnitude, f.minExponent) + f.bias - 1) << f.fractionBits);
    if (magnitude > f.bias || encoded >= f.infinity()) {
      boolean toInfinity =
          mode == RNE || mode == RMM || (mode == RDN && x.negative) || (mode == RUP && !x.negative);
      return new Result(sign | (toInfinity ? f.infinity() : f.largest()), OF | NX);
    }
    int flags = inexact ? NX : 0;
    if (inexact && tinyAfterRounding(f, x, magnitude, mode)) {
      flags |= UF;
    }
    return new Result(sign | encoded, flags);
  }

  /** Unpriv 20.2: tininess is detected after rounding, as if the exponent were unbounded. */
  private static boolean tinyAfterRounding(Format f, Exact x, int magnitude, int mode) {
    BigInteger[] qr = divide(x, magnitude - f.fractionBits);
    BigInteger n = roundsUp(qr, x.negative, mode) ? qr[0].add(BigInteger.ONE) : qr[0];
    int rounded = magnitude + (n.bitLength() > f.fractionBits + 1 ? 1 : 0);
    return rounded < f.minExponent;
  }

  private static Result nan(Format f, long... operands) {
    for (long bits : operands) {
      if (f.isSignaling(bits)) {
        return new Result(f.nan(), NV);
      }
    }
    return new Result(f.nan(), 0);
  }

  private static boolean anyNan(Format f, long... operands) {
    for (long bits : operands) {
      if (f.isNan(bits)) {
        return true;
      }
    }
    return false;
  }

  static Result add(Format f, long a, long b, int mode) {
    if (anyNan(f, a, b)) {
      return nan(f, a, b);
    }
    if (f.isInfinite(a) || f.isInfinite(b)) {
      if (f.isInfinite(a) && f.isInfinite(b) && a != b) {
        return new Result(f.nan(), NV);
      }
      return new Result(f.isInfinite(a) ? a : b, 0);
    }
    return sum(f, number(f, a), number(f, b), mode);
  }

  /** An exact zero is positive, or negative when rounding down, unless both terms agree. */
  private static Result sum(Format f, Exact a, Exact b, int mode) {
    Exact exact = add(a, b);
    if (exact.zero()) {
      boolean negative = a.negative == b.negative ? a.negative : mode == RDN;
      return new Result(negative ? f.sign() : 0, 0);
    }
    return round(f, exact, mode);
  }

  static Result subtract(Format f, long a, long b, int mode) {
    return f.isNan(b) ? add(f, a, b, mode) : add(f, a, b ^ f.sign(), mode);
  }

  static Result multiply(Format f, long a, long b, int mode) {
    if (anyNan(f, a, b)) {
      return nan(f, a, b);
    }
    long sign = (a ^ b) & f.sign();
    if (f.isInfinite(a) || f.isInfinite(b)) {
      return f.isZero(a) || f.isZero(b)
          ? new Result(f.nan(), NV)
          : new Result(sign | f.infinity(), 0);
    }
    return round(f, multiply(number(f, a), number(f, b)), mode);
  }

  static Result divide(Format f, long a, long b, int mode) {
    if (anyNan(f, a, b)) {
      return nan(f, a, b);
    }
    long sign = (a ^ b) & f.sign();
    if ((f.isInfinite(a) && f.isInfinite(b)) || (f.isZero(a) && f.isZero(b))) {
      return new Result(f.nan(), NV);
    }
    if (f.isInfinite(a)) {
      return new Result(sign | f.infinity(), 0);
    }
    if (f.isInfinite(b)) {
      return new Result(sign, 0);
    }
    if (f.isZero(b)) {
      return new Result(sign | f.infinity(), DZ);
    }
    Exact x = number(f, a);
    Exact y = number(f, b);
    return round(
        f,
        new Exact(x.negative != y.negative, x.numerator, y.numerator, x.exponent - y.exponent),
        mode);
  }

  static Result squareRoot(Format f, long a, int mode) {
    if (f.isNan(a)) {
      return nan(f, a);
    }
    if (f.isZero(a)) {
      return new Result(a, 0);
    }
    if (f.isNegative(a)) {
      return new Result(f.nan(), NV);
    }
    if (f.isInfinite(a)) {
      return new Result(a, 0);
    }
    Exact x = number(f, a);
    int e = x.exponent;
    BigInteger n = x.numerator.shiftLeft(Math.floorMod(e, 2)).shiftLeft(128);
    e = (e - Math.floorMod(e, 2)) / 2 - 64;
    BigInteger[] root = n.sqrtAndRemainder();
    // A half that is not there stands for the irrational rest: never a tie, never exact.
    BigInteger sticky =
        root[0].shiftLeft(1).add(root[1].signum() != 0 ? BigInteger.ONE : BigInteger.ZERO);
    return round(f, new Exact(false, sticky, BigInteger.ONE, e - 1), mode);
  }

  /** a * b + c, rounded once; the negated forms negate operands (unpriv 20.6). */
  static Result fma(Format f, long a, long b, long c, int mode) {
    boolean invalid = (f.isInfinite(a) && f.isZero(b)) || (f.isZero(a) && f.isInfinite(b));
    if (invalid) {
      return new Result(f.nan(), NV); // even if c is a quiet NaN
    }
    if (anyNan(f, a, b, c)) {
      return nan(f, a, b, c);
    }
    long productSign = (a ^ b) & f.sign();
    if (f.isInfinite(a) || f.isInfinite(b)) {
      return f.isInfinite(c) && (c & f.sign()) != productSign
          ? new Result(f.nan(), NV)
          : new Result(productSign | f.infinity(), 0);
    }
    if (f.isInfinite(c)) {
      return new Result(c, 0);
    }
    return sum(f, multiply(number(f, a), number(f, b)), number(f, c), mode);
  }

  static long negate(Format f, long a) {
    return a ^ f.sign();
  }

  /** -1, 0 or 1 for numbers; both zeroes are equal. */
  private static int compare(Format f, long a, long b) {
    if (f.isZero(a) && f.isZero(b)) {
      return 0;
    }
    long x = f.isNegative(a) ? -(a & ~f.sign() & f.mask()) : a;
    long y = f.isNegative(b) ? -(b & ~f.sign() & f.mask()) : b;
    return Long.compare(x, y);
  }

  static Result equal(Format f, long a, long b) {
    if (anyNan(f, a, b)) {
      return new Result(0, nan(f, a, b).flags);
    }
    return new Result(compare(f, a, b) == 0 ? 1 : 0, 0);
  }

  /**
   * @param quiet fltq and fleq: only a signaling NaN is invalid
   */
  static Result less(Format f, long a, long b, boolean orEqual, boolean quiet) {
    if (anyNan(f, a, b)) {
      return new Result(0, quiet ? nan(f, a, b).flags : NV);
    }
    int c = compare(f, a, b);
    return new Result(c < 0 || (orEqual && c == 0) ? 1 : 0, 0);
  }

  /**
   * @param propagate fminm and fmaxm: a NaN wins
   */
  static Result minimum(Format f, long a, long b, boolean max, boolean propagate) {
    if (anyNan(f, a, b)) {
      int flags = nan(f, a, b).flags;
      if (propagate || (f.isNan(a) && f.isNan(b))) {
        return new Result(f.nan(), flags);
      }
      return new Result(f.isNan(a) ? b : a, flags);
    }
    int c = compare(f, a, b);
    if (c == 0) { // -0 is less than +0
      c = f.isNegative(a) == f.isNegative(b) ? 0 : f.isNegative(a) ? -1 : 1;
    }
    return new Result((c < 0) != max ? a : b, 0);
  }

  static long classify(Format f, long a) {
    boolean negative = f.isNegative(a);
    if (f.isNan(a)) {
      return f.isSignaling(a) ? 1 << 8 : 1 << 9;
    }
    if (f.isInfinite(a)) {
      return negative ? 1 : 1 << 7;
    }
    if (f.isZero(a)) {
      return negative ? 1 << 3 : 1 << 4;
    }
    boolean subnormal = (a & f.infinity()) == 0;
    if (subnormal) {
      return negative ? 1 << 2 : 1 << 5;
    }
    return negative ? 1 << 1 : 1 << 6;
  }

  static Result convert(Format from, Format to, long a, int mode) {
    if (from.isNan(a)) {
      return new Result(to.nan(), nan(from, a).flags);
    }
    long sign = from.isNegative(a) ? to.sign() : 0;
    if (from.isInfinite(a)) {
      return new Result(sign | to.infinity(), 0);
    }
    return round(to, number(from, a), mode);
  }

  /** From an integer register of {@code bits} bits. */
  static Result fromInteger(Format f, long value, int bits, boolean unsigned, int mode) {
    BigInteger v = BigInteger.valueOf(bits == 32 ? (int) value : value);
    if (unsigned && v.signum() < 0) {
      v = v.add(BigInteger.ONE.shiftLeft(bits));
    }
    return round(f, new Exact(v.signum() < 0, v.abs(), BigInteger.ONE, 0), mode);
  }

  /** To an integer register (unpriv 20.7, table of out-of-range results). */
  static Result toInteger(Format f, long a, int bits, boolean unsigned, int mode) {
    BigInteger low = unsigned ? BigInteger.ZERO : BigInteger.ONE.shiftLeft(bits - 1).negate();
    BigInteger high = BigInteger.ONE.shiftLeft(unsigned ? bits : bits - 1).subtract(BigInteger.ONE);
    if (f.isNan(a) || f.isInfinite(a)) {
      boolean down = f.isInfinite(a) && f.isNegative(a);
      return new Result(extend(down ? low : high, bits), NV);
    }
    Exact x = number(f, a);
    BigInteger[] qr = divide(x, 0);
    BigInteger n = roundsUp(qr, x.negative, mode) ? qr[0].add(BigInteger.ONE) : qr[0];
    n = x.negative ? n.negate() : n;
    if (n.compareTo(low) < 0) {
      return new Result(extend(low, bits), NV);
    }
    if (n.compareTo(high) > 0) {
      return new Result(extend(high, bits), NV);
    }
    return new Result(extend(n, bits), qr[1].signum() != 0 ? NX : 0);
  }

  private static long extend(BigInteger n, int bits) {
    return bits == 32 ? n.intValue() : n.longValue();
  }

  /** fcvtmod.w.d (unpriv 26.5): modulo 2^32 towards zero, flags as fcvt.w.d. */
  static Result toIntegerModular(long a) {
    int flags = toInteger(Format.D, a, 32, false, RTZ).flags;
    if (Format.D.isNan(a) || Format.D.isInfinite(a)) {
      return new Result(0, flags);
    }
    Exact x = number(Format.D, a);
    BigInteger n = divide(x, 0)[0];
    return new Result((x.negative ? n.negate() : n).intValue(), flags);
  }

  /** fround and froundnx (unpriv 26.4). */
  static Result toIntegral(Format f, long a, int mode, boolean reportInexact) {
    if (f.isNan(a)) {
      return nan(f, a);
    }
    if (f.isInfinite(a) || f.isZero(a)) {
      return new Result(a, 0);
    }
    Exact x = number(f, a);
    BigInteger[] qr = divide(x, 0);
    BigInteger n = roundsUp(qr, x.negative, mode) ? qr[0].add(BigInteger.ONE) : qr[0];
    int flags = reportInexact && qr[1].signum() != 0 ? NX : 0;
    return new Result(round(f, new Exact(x.negative, n, BigInteger.ONE, 0), RNE).bits, flags);
  }
}
