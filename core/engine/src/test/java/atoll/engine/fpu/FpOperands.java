package atoll.engine.fpu;

import java.util.random.RandomGenerator;

/** Operands that find mistakes in floating-point arithmetic, for any format. */
final class FpOperands {
  private final int width;
  private final int precision;
  private final RandomGenerator random;

  FpOperands(int width, int precision, RandomGenerator random) {
    this.width = width;
    this.precision = precision;
    this.random = random;
  }

  /** Zeros, subnormals, the edges of every range, NaNs of both kinds; each in both signs. */
  long[] special() {
    long hidden = 1L << (precision - 1);
    long infinity = ((1L << (width - precision)) - 1) << (precision - 1);
    long bias = infinity >>> 1 & -hidden;
    long[] positive = {
      0,
      1,
      2,
      hidden / 2,
      hidden - 1,
      hidden,
      hidden + 1,
      2 * hidden - 1,
      bias - hidden,
      bias - hidden + 1,
      bias - 1,
      bias,
      bias + 1,
      bias + 2,
      bias + hidden / 2,
      bias + hidden - 1,
      bias + hidden,
      bias + hidden * (precision - 1),
      infinity - hidden,
      infinity - 2,
      infinity - 1,
      infinity,
      infinity + 1,
      infinity + hidden / 2 - 1,
      infinity + hidden / 2,
      infinity + hidden / 2 + 5,
      infinity + hidden - 1
    };
    long[] all = new long[2 * positive.length];
    for (int i = 0; i < positive.length; i++) {
      all[2 * i] = positive[i];
      all[2 * i + 1] = positive[i] | 1L << (width - 1);
    }
    return all;
  }

  /** Any encoding, with every exponent equally likely and fractions that tend to be simple. */
  long any() {
    long exponents = 1L << (width - precision);
    return encode(random.nextLong(exponents));
  }

  /** A number whose exponent is near that of another one. */
  long near(long other, int distance) {
    long exponents = 1L << (width - precision);
    long field = other >>> (precision - 1) & exponents - 1;
    long nearby = field + random.nextInt(-distance, distance + 1);
    return encode(Math.clamp(nearby, 0, exponents - 2));
  }

  /** A number whose exponent makes a product or quotient with another land at an edge. */
  long atEdge(long other, boolean product) {
    long exponents = 1L << (width - precision);
    long bias = exponents / 2 - 1;
    long field = other >>> (precision - 1) & exponents - 1;
    long target = random.nextBoolean() ? random.nextInt(-precision - 2, 4) : exponents - 2;
    long exponent = product ? target + bias - field : field + bias - target;
    return encode(Math.clamp(exponent + random.nextInt(-2, 3), 0, exponents - 2));
  }

  private long encode(long exponentField) {
    long sign = random.nextBoolean() ? 1L << (width - 1) : 0;
    return sign | exponentField << (precision - 1) | fraction();
  }

  /** Random bits; or few bits at either end; or runs of ones, which make carries and halves. */
  private long fraction() {
    long mask = (1L << (precision - 1)) - 1;
    long bits = random.nextLong();
    return mask
        & switch (random.nextInt(6)) {
          case 0 -> bits & 7;
          case 1 -> bits << random.nextInt(precision);
          case 2 -> -1L << random.nextInt(precision);
          case 3 -> (1L << random.nextInt(precision)) + random.nextInt(-1, 2);
          default -> bits;
        };
  }
}
