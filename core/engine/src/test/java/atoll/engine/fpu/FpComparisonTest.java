package atoll.engine.fpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Comparing, choosing the smaller or larger, copying signs, classifying, and the constants. */
class FpComparisonTest {
  private static final long WORD = 0xffff_ffffL;

  private static long bit(boolean value) {
    return value ? 1 : 0;
  }

  /** Order by definition; quiet comparisons mind signaling NaNs only. */
  private static int order(ExactReference r, long a, long b, boolean quiet) {
    int order = r.compare(a, b);
    if (order == 2 && (!quiet || r.signaling(a) || r.signaling(b))) {
      r.flags |= ExactReference.NV;
    }
    return order;
  }

  private static long choose(ExactReference r, long a, long b, boolean smaller, boolean strict) {
    int order = order(r, a, b, true);
    if (order == 2) {
      if (strict || r.nan(a) && r.nan(b)) {
        return r.nan();
      }
      return r.nan(a) ? b : a;
    }
    if (order == 0) {
      // Equal numbers differ in encoding only if they are zeros.
      return r.negative(a) == smaller ? a : b;
    }
    return order < 0 == smaller ? a : b;
  }

  private static void binary(
      String name, FpFormat format, FpCase.Operation operation, FpCase.Definition definition) {
    new FpCase(name, format, operation, definition).binary();
  }

  @Test
  void doublesCompare() {
    FpFormat d = FpFormat.DOUBLE;
    binary(
        "feq.d",
        d,
        (a, b, c, rm, f) -> bit(FpDouble.eq(a, b, f)),
        (r, a, b, c, rm) -> bit(order(r, a, b, true) == 0));
    binary(
        "flt.d",
        d,
        (a, b, c, rm, f) -> bit(FpDouble.lt(a, b, f)),
        (r, a, b, c, rm) -> bit(order(r, a, b, false) < 0));
    binary(
        "fle.d",
        d,
        (a, b, c, rm, f) -> bit(FpDouble.le(a, b, f)),
        (r, a, b, c, rm) -> bit(order(r, a, b, false) <= 0));
    binary(
        "fltq.d",
        d,
        (a, b, c, rm, f) -> bit(FpDouble.ltq(a, b, f)),
        (r, a, b, c, rm) -> bit(order(r, a, b, true) < 0));
    binary(
        "fleq.d",
        d,
        (a, b, c, rm, f) -> bit(FpDouble.leq(a, b, f)),
        (r, a, b, c, rm) -> bit(order(r, a, b, true) <= 0));
  }

  @Test
  void singlesCompare() {
    FpFormat s = FpFormat.SINGLE;
    binary(
        "feq.s",
        s,
        (a, b, c, rm, f) -> bit(FpSingle.eq((int) a, (int) b, f)),
        (r, a, b, c, rm) -> bit(order(r, a, b, true) == 0));
    binary(
        "flt.s",
        s,
        (a, b, c, rm, f) -> bit(FpSingle.lt((int) a, (int) b, f)),
        (r, a, b, c, rm) -> bit(order(r, a, b, false) < 0));
    binary(
        "fle.s",
        s,
        (a, b, c, rm, f) -> bit(FpSingle.le((int) a, (int) b, f)),
        (r, a, b, c, rm) -> bit(order(r, a, b, false) <= 0));
    binary(
        "fltq.s",
        s,
        (a, b, c, rm, f) -> bit(FpSingle.ltq((int) a, (int) b, f)),
        (r, a, b, c, rm) -> bit(order(r, a, b, true) < 0));
    binary(
        "fleq.s",
        s,
        (a, b, c, rm, f) -> bit(FpSingle.leq((int) a, (int) b, f)),
        (r, a, b, c, rm) -> bit(order(r, a, b, true) <= 0));
  }

  @Test
  void theSmallerAndTheLargerDoubleAreChosen() {
    FpFormat d = FpFormat.DOUBLE;
    binary(
        "fmin.d",
        d,
        (a, b, c, rm, f) -> FpDouble.min(a, b, f),
        (r, a, b, c, rm) -> choose(r, a, b, true, false));
    binary(
        "fmax.d",
        d,
        (a, b, c, rm, f) -> FpDouble.max(a, b, f),
        (r, a, b, c, rm) -> choose(r, a, b, false, false));
    binary(
        "fminm.d",
        d,
        (a, b, c, rm, f) -> FpDouble.minm(a, b, f),
        (r, a, b, c, rm) -> choose(r, a, b, true, true));
    binary(
        "fmaxm.d",
        d,
        (a, b, c, rm, f) -> FpDouble.maxm(a, b, f),
        (r, a, b, c, rm) -> choose(r, a, b, false, true));
  }

  @Test
  void theSmallerAndTheLargerSingleAreChosen() {
    FpFormat s = FpFormat.SINGLE;
    binary(
        "fmin.s",
        s,
        (a, b, c, rm, f) -> WORD & FpSingle.min((int) a, (int) b, f),
        (r, a, b, c, rm) -> choose(r, a, b, true, false));
    binary(
        "fmax.s",
        s,
        (a, b, c, rm, f) -> WORD & FpSingle.max((int) a, (int) b, f),
        (r, a, b, c, rm) -> choose(r, a, b, false, false));
    binary(
        "fminm.s",
        s,
        (a, b, c, rm, f) -> WORD & FpSingle.minm((int) a, (int) b, f),
        (r, a, b, c, rm) -> choose(r, a, b, true, true));
    binary(
        "fmaxm.s",
        s,
        (a, b, c, rm, f) -> WORD & FpSingle.maxm((int) a, (int) b, f),
        (r, a, b, c, rm) -> choose(r, a, b, false, true));
  }

  @ParameterizedTest
  @CsvSource({
    "fff0000000000000, ff800000, 0", // negative infinity
    "ffefffffffffffff, ff7fffff, 1", // negative normal
    "8010000000000000, 80800000, 1",
    "800fffffffffffff, 807fffff, 2", // negative subnormal
    "8000000000000001, 80000001, 2",
    "8000000000000000, 80000000, 3",
    "0000000000000000, 00000000, 4",
    "0000000000000001, 00000001, 5",
    "000fffffffffffff, 007fffff, 5",
    "0010000000000000, 00800000, 6",
    "7fefffffffffffff, 7f7fffff, 6",
    "7ff0000000000000, 7f800000, 7",
    "7ff0000000000001, 7f800001, 8", // signaling, either sign
    "fff7ffffffffffff, ffbfffff, 8",
    "7ff8000000000000, 7fc00000, 9",
    "ffffffffffffffff, ffffffff, 9"
  })
  void everyNumberHasOneClass(String twice, String single, int bit) {
    assertThat(FpFormat.DOUBLE.classify(Long.parseUnsignedLong(twice, 16))).isEqualTo(1L << bit);
    assertThat(FpFormat.SINGLE.classify(Integer.parseUnsignedInt(single, 16))).isEqualTo(1L << bit);
  }

  @Test
  void signsAreCopiedInvertedAndMultiplied() {
    for (long a : new long[] {0, 1, 0x3ff0_0000_0000_0000L, 0x7ff0_0000_0000_0001L}) {
      for (long b : new long[] {0, 5, Long.MIN_VALUE, -1}) {
        boolean negative = b < 0;
        long minus = a | Long.MIN_VALUE;
        assertThat(FpDouble.sgnj(a, b)).isEqualTo(negative ? minus : a);
        assertThat(FpDouble.sgnj(minus, b)).isEqualTo(negative ? minus : a);
        assertThat(FpDouble.sgnjn(a, b)).isEqualTo(negative ? a : minus);
        assertThat(FpDouble.sgnjn(minus, b)).isEqualTo(negative ? a : minus);
        assertThat(FpDouble.sgnjx(a, b)).isEqualTo(negative ? minus : a);
        assertThat(FpDouble.sgnjx(minus, b)).isEqualTo(negative ? a : minus);
      }
    }
    for (int a : new int[] {0, 1, 0x3f80_0000, 0x7f80_0001}) {
      for (int b : new int[] {0, 5, Integer.MIN_VALUE, -1}) {
        boolean negative = b < 0;
        int minus = a | Integer.MIN_VALUE;
        assertThat(FpSingle.sgnj(a, b)).isEqualTo(negative ? minus : a);
        assertThat(FpSingle.sgnj(minus, b)).isEqualTo(negative ? minus : a);
        assertThat(FpSingle.sgnjn(a, b)).isEqualTo(negative ? a : minus);
        assertThat(FpSingle.sgnjn(minus, b)).isEqualTo(negative ? a : minus);
        assertThat(FpSingle.sgnjx(a, b)).isEqualTo(negative ? minus : a);
        assertThat(FpSingle.sgnjx(minus, b)).isEqualTo(negative ? a : minus);
      }
    }
  }

  @Test
  void constantsAreThoseOfTheTable() {
    int[] singles = {
      0xbf80_0000, 0x0080_0000, 0x3780_0000, 0x3800_0000, 0x3b80_0000, 0x3c00_0000, 0x3d80_0000,
      0x3e00_0000, 0x3e80_0000, 0x3ea0_0000, 0x3ec0_0000, 0x3ee0_0000, 0x3f00_0000, 0x3f20_0000,
      0x3f40_0000, 0x3f60_0000, 0x3f80_0000, 0x3fa0_0000, 0x3fc0_0000, 0x3fe0_0000, 0x4000_0000,
      0x4020_0000, 0x4040_0000, 0x4080_0000, 0x4100_0000, 0x4180_0000, 0x4300_0000, 0x4380_0000,
      0x4700_0000, 0x4780_0000, 0x7f80_0000, 0x7fc0_0000
    };
    assertThat(IntStream.range(0, 32).map(FpSingle::immediate)).containsExactly(box(singles));
    for (int i = 0; i < 31; i++) {
      double expected = i == 1 ? 0x1p-1022 : Float.intBitsToFloat(singles[i]);
      assertThat(FpDouble.immediate(i)).isEqualTo(Double.doubleToRawLongBits(expected));
    }
    assertThat(FpDouble.immediate(31)).isEqualTo(0x7ff8_0000_0000_0000L);
  }

  private static Integer[] box(int[] values) {
    return IntStream.of(values).boxed().toArray(Integer[]::new);
  }
}
