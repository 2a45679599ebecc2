package atoll.engine.fpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/**
 * Conversions between formats and with integers, and rounding to integers, beside the definition.
 */
class FpConversionTest {
  private static final long WORD = 0xffff_ffffL;
  private static final BigInteger TWO_31 = BigInteger.ONE.shiftLeft(31);
  private static final BigInteger TWO_32 = BigInteger.ONE.shiftLeft(32);
  private static final BigInteger TWO_63 = BigInteger.ONE.shiftLeft(63);
  private static final BigInteger TWO_64 = BigInteger.ONE.shiftLeft(64);
  private static final ExactReference DOUBLE = new ExactReference(64, 53);
  private static final ExactReference SINGLE = new ExactReference(32, 24);
  private static final ExactReference HALF = new ExactReference(16, 11);

  /** Where conversions to integers are interesting: between a fraction of 1 and 2^65. */
  private static final long AROUND_INTEGERS_DOUBLE = Double.doubleToRawLongBits(0x1p32);

  private static final long AROUND_INTEGERS_SINGLE = Float.floatToRawIntBits(0x1p32f);

  private interface ToInteger {
    long apply(long a, int rm, FpFlags flags);
  }

  private static void doubleToInteger(
      String name, ToInteger operation, BigInteger least, BigInteger beyond) {
    toInteger(name, FpFormat.DOUBLE, operation, least, beyond)
        .unaryNear(AROUND_INTEGERS_DOUBLE, 35);
  }

  private static void singleToInteger(
      String name, ToInteger operation, BigInteger least, BigInteger beyond) {
    toInteger(name, FpFormat.SINGLE, operation, least, beyond)
        .unaryNear(AROUND_INTEGERS_SINGLE, 35);
  }

  private static FpCase toInteger(
      String name, FpFormat format, ToInteger operation, BigInteger least, BigInteger beyond) {
    BigInteger greatest = beyond.subtract(BigInteger.ONE);
    FpCase comparison =
        new FpCase(
            name,
            format,
            (a, b, c, rm, f) -> operation.apply(a, rm, f),
            (r, a, b, c, rm) -> r.toInteger(a, rm, least, greatest).longValue());
    comparison.unary();
    return comparison;
  }

  @Test
  void doublesBecomeInt32() {
    doubleToInteger("fcvt.w.d", FpDouble::toInt32, TWO_31.negate(), TWO_31);
  }

  @Test
  void doublesBecomeUint32() {
    doubleToInteger(
        "fcvt.wu.d", (a, rm, f) -> FpDouble.toUint32(a, rm, f) & WORD, BigInteger.ZERO, TWO_32);
  }

  @Test
  void doublesBecomeInt64() {
    doubleToInteger("fcvt.l.d", FpDouble::toInt64, TWO_63.negate(), TWO_63);
  }

  @Test
  void doublesBecomeUint64() {
    doubleToInteger("fcvt.lu.d", FpDouble::toUint64, BigInteger.ZERO, TWO_64);
  }

  @Test
  void singlesBecomeInt32() {
    singleToInteger(
        "fcvt.w.s", (a, rm, f) -> FpSingle.toInt32((int) a, rm, f), TWO_31.negate(), TWO_31);
  }

  @Test
  void singlesBecomeUint32() {
    singleToInteger(
        "fcvt.wu.s",
        (a, rm, f) -> FpSingle.toUint32((int) a, rm, f) & WORD,
        BigInteger.ZERO,
        TWO_32);
  }

  @Test
  void singlesBecomeInt64() {
    singleToInteger(
        "fcvt.l.s", (a, rm, f) -> FpSingle.toInt64((int) a, rm, f), TWO_63.negate(), TWO_63);
  }

  @Test
  void singlesBecomeUint64() {
    singleToInteger(
        "fcvt.lu.s", (a, rm, f) -> FpSingle.toUint64((int) a, rm, f), BigInteger.ZERO, TWO_64);
  }

  @Test
  void modularConversionTruncatesAndRaisesWhatTheSaturatingOneDoes() {
    FpCase comparison =
        new FpCase(
            "fcvtmod.w.d",
            FpFormat.DOUBLE,
            (a, b, c, rm, f) -> FpDouble.toInt32Modular(a, f),
            (r, a, b, c, rm) -> {
              r.toInteger(a, FpRounding.RTZ, TWO_31.negate(), TWO_31.subtract(BigInteger.ONE));
              return r.nan(a) || r.infinite(a) ? 0 : r.integral(a, FpRounding.RTZ).intValue();
            });
    comparison.unary();
    comparison.unaryNear(Double.doubleToRawLongBits(0x1p42), 60);
  }

  @Test
  void doublesRoundToIntegers() {
    for (boolean inexact : new boolean[] {false, true}) {
      FpCase comparison =
          new FpCase(
              "fround.d",
              FpFormat.DOUBLE,
              (a, b, c, rm, f) -> inexact ? FpDouble.roundNx(a, rm, f) : FpDouble.round(a, rm, f),
              (r, a, b, c, rm) -> r.roundToIntegral(a, rm, inexact));
      comparison.unary();
      comparison.unaryNear(Double.doubleToRawLongBits(0x1p26), 29);
    }
  }

  @Test
  void singlesRoundToIntegers() {
    for (boolean inexact : new boolean[] {false, true}) {
      FpCase comparison =
          new FpCase(
              "fround.s",
              FpFormat.SINGLE,
              (a, b, c, rm, f) ->
                  WORD
                      & (inexact
                          ? FpSingle.roundNx((int) a, rm, f)
                          : FpSingle.round((int) a, rm, f)),
              (r, a, b, c, rm) -> r.roundToIntegral(a, rm, inexact));
      comparison.unary();
      comparison.unaryNear(Float.floatToRawIntBits(0x1p12f), 15);
    }
  }

  @Test
  void doublesBecomeSingles() {
    FpCase comparison =
        new FpCase(
            "fcvt.s.d",
            FpFormat.DOUBLE,
            (a, b, c, rm, f) -> FpDouble.toSingle(a, rm, f) & WORD,
            (r, a, b, c, rm) -> to(SINGLE, r, a, rm));
    comparison.unary();
    comparison.unaryNear(Double.doubleToRawLongBits(Float.MIN_NORMAL), 30);
    comparison.unaryNear(Double.doubleToRawLongBits(Float.MAX_VALUE), 2);
    for (double edge : new double[] {Float.MIN_NORMAL, Float.MIN_VALUE, Float.MAX_VALUE, 1}) {
      neighbours(comparison, Double.doubleToRawLongBits(edge), 28);
    }
  }

  @Test
  void doublesBecomeHalves() {
    FpCase comparison =
        new FpCase(
            "fcvt.h.d",
            FpFormat.DOUBLE,
            (a, b, c, rm, f) -> FpHalf.fromDouble(a, rm, f),
            (r, a, b, c, rm) -> to(HALF, r, a, rm));
    comparison.unary();
    comparison.unaryNear(Double.doubleToRawLongBits(0x1p-14), 14);
    comparison.unaryNear(Double.doubleToRawLongBits(65504), 2);
    for (double edge : new double[] {0x1p-14, 0x1p-24, 65504, 65520, 1}) {
      neighbours(comparison, Double.doubleToRawLongBits(edge), 41);
    }
  }

  @Test
  void singlesBecomeHalves() {
    FpCase comparison =
        new FpCase(
            "fcvt.h.s",
            FpFormat.SINGLE,
            (a, b, c, rm, f) -> FpHalf.fromSingle((int) a, rm, f),
            (r, a, b, c, rm) -> to(HALF, r, a, rm));
    comparison.unary();
    comparison.unaryNear(Float.floatToRawIntBits(0x1p-14f), 14);
    comparison.unaryNear(Float.floatToRawIntBits(65504), 2);
  }

  @Test
  void singlesBecomeDoubles() {
    new FpCase(
            "fcvt.d.s",
            FpFormat.SINGLE,
            (a, b, c, rm, f) -> FpSingle.toDouble((int) a, f),
            (r, a, b, c, rm) -> to(DOUBLE, r, a, rm))
        .unary();
  }

  @Test
  void everyHalfWidens() {
    FpCase single =
        new FpCase(
            "fcvt.s.h",
            FpFormat.HALF,
            (a, b, c, rm, f) -> FpHalf.toSingle((int) a, f) & WORD,
            (r, a, b, c, rm) -> to(SINGLE, r, a, rm));
    FpCase twice =
        new FpCase(
            "fcvt.d.h",
            FpFormat.HALF,
            (a, b, c, rm, f) -> FpHalf.toDouble((int) a, f),
            (r, a, b, c, rm) -> to(DOUBLE, r, a, rm));
    for (int a = 0; a < 1 << 16; a++) {
      single.compare(a, 0, 0);
      twice.compare(a, 0, 0);
    }
  }

  /** Encodings around one, with every bit below the target's precision tried alone. */
  private static void neighbours(FpCase comparison, long center, int bits) {
    for (int i = 0; i <= bits + 1; i++) {
      for (int delta = -1; delta <= 1; delta++) {
        comparison.compare(center + (1L << i) + delta, 0, 0);
        comparison.compare(center - (1L << i) + delta, 0, 0);
      }
    }
  }

  private static long to(ExactReference target, ExactReference source, long a, int rm) {
    target.flags = 0;
    long result = target.from(source, a, rm);
    source.flags = target.flags;
    return result;
  }

  @Test
  void integersBecomeFloatingPoint() {
    SplittableRandom random = new SplittableRandom(7);
    for (int i = 0; i < 64; i++) {
      for (int delta = -2; delta <= 2; delta++) {
        integer((1L << i) + delta);
        integer(-(1L << i) + delta);
      }
    }
    for (int i = 0; i < 20_000; i++) {
      long bits = random.nextLong() >> random.nextInt(64);
      integer(bits);
      // Halfway between two numbers of either format, and next to it.
      integer(bits & -1L << random.nextInt(64));
      integer((bits & -1L << random.nextInt(64)) + random.nextInt(-1, 2));
    }
  }

  private static void integer(long value) {
    BigInteger signed = BigInteger.valueOf(value);
    BigInteger unsigned = signed.mod(TWO_64);
    int low = (int) value;
    BigInteger word = BigInteger.valueOf(low);
    BigInteger unsignedWord = word.mod(TWO_32);
    for (int rm = 0; rm <= FpRounding.RMM; rm++) {
      for (int before = 0; before <= FpFlags.NX; before++) {
        fromInteger(DOUBLE, word, rm, 0, (m, f) -> FpDouble.fromInt32(low));
        fromInteger(DOUBLE, unsignedWord, rm, 0, (m, f) -> FpDouble.fromUint32(low));
        fromInteger(DOUBLE, signed, rm, before, (m, f) -> FpDouble.fromInt64(value, m, f));
        fromInteger(DOUBLE, unsigned, rm, before, (m, f) -> FpDouble.fromUint64(value, m, f));
        fromInteger(SINGLE, word, rm, before, (m, f) -> WORD & FpSingle.fromInt32(low, m, f));
        fromInteger(
            SINGLE, unsignedWord, rm, before, (m, f) -> WORD & FpSingle.fromUint32(low, m, f));
        fromInteger(SINGLE, signed, rm, before, (m, f) -> WORD & FpSingle.fromInt64(value, m, f));
        fromInteger(
            SINGLE, unsigned, rm, before, (m, f) -> WORD & FpSingle.fromUint64(value, m, f));
      }
    }
  }

  private interface FromInteger {
    long apply(int rm, FpFlags flags);
  }

  private static void fromInteger(
      ExactReference reference, BigInteger value, int rm, int before, FromInteger operation) {
    reference.flags = 0;
    long expected = reference.from(value, rm);
    FpFlags flags = new FpFlags();
    flags.bits = before;
    long actual = operation.apply(rm, flags);
    if (actual != expected || flags.bits != (before | reference.flags)) {
      assertThat(Long.toHexString(actual) + " flags " + flags.bits)
          .as("%s in mode %d, flags before %d", value, rm, before)
          .isEqualTo(Long.toHexString(expected) + " flags " + (before | reference.flags));
    }
  }
}
