package atoll.engine.fpu;

/** A binary interchange format of IEEE 754. */
enum FpFormat {
  HALF(16, 11),
  SINGLE(32, 24),
  DOUBLE(64, 53);

  /** Bits of the significand, the hidden one included. */
  final int precision;

  /** The exponent of the largest finite number, which is also the bias of the exponent field. */
  final int maxExponent;

  /** The exponent of the least normal number. */
  final int minExponent;

  /** The encoding of positive infinity; the largest finite number is one less. */
  final long infinity;

  /** The NaN that every operation produces (unpriv, F: NaN Generation and Propagation). */
  final long canonicalNan;

  /** The sign bit. */
  final long sign;

  /** The bit that a NaN has unless it signals. */
  private final long quiet;

  FpFormat(int width, int precision) {
    this.precision = precision;
    maxExponent = (1 << width - precision - 1) - 1;
    minExponent = 1 - maxExponent;
    infinity = (1L << width - precision) - 1 << precision - 1;
    quiet = 1L << precision - 2;
    canonicalNan = infinity | quiet;
    sign = 1L << width - 1;
  }

  /** The encoding of a magnitude with its sign. */
  long signed(long magnitude, boolean negative) {
    return negative ? magnitude | sign : magnitude;
  }

  /** The sum of opposite numbers: positive, but negative when rounding down (IEEE 754 §6.3). */
  long cancelled(int rm) {
    return rm == FpRounding.RDN ? sign : 0;
  }

  private long magnitude(long a) {
    return a & sign - 1;
  }

  boolean isNan(long a) {
    return magnitude(a) > infinity;
  }

  boolean isSignaling(long a) {
    return isNan(a) && (a & quiet) == 0;
  }

  /** The NaN of an operation that has one as an operand; invalid if one signals. */
  long nan(boolean signaling, FpFlags flags) {
    return signaling ? invalid(flags) : canonicalNan;
  }

  /** One bit of ten, by what the number is (unpriv, F: Classify Instruction). */
  long classify(long a) {
    if (isNan(a)) {
      return isSignaling(a) ? 1 << 8 : 1 << 9;
    }
    long magnitude = magnitude(a);
    int kind = 1;
    if (magnitude == infinity) {
      kind = 0;
    } else if (magnitude == 0) {
      kind = 3;
    } else if (magnitude < 1L << precision - 1) {
      kind = 2;
    }
    return (a & sign) != 0 ? 1 << kind : 1 << 7 - kind;
  }

  /** The result of an operation that has none. */
  long invalid(FpFlags flags) {
    flags.raise(FpFlags.NV);
    return canonicalNan;
  }
}
