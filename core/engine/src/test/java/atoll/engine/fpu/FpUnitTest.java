package atoll.engine.fpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import atoll.engine.decode.Predecoder;
import atoll.isa.Instruction;
import atoll.isa.Op;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Operations reach their semantics by number, with the right registers and NaN boxes. */
class FpUnitTest {
  private static final int RD = 5;
  private static final int RS1 = 6;
  private static final int RS2 = 7;
  private static final int RS3 = 8;
  private static final long BOX = 0xffff_ffff_0000_0000L;
  private static final long NAN = 0x7ff8_0000_0000_0000L;
  private static final long NAN_S = 0xffff_ffff_7fc0_0000L;
  private static final long NAN_H = 0xffff_ffff_ffff_7e00L;

  private final long[] x = new long[33];
  private final long[] f = new long[32];
  private final FpFlags flags = new FpFlags();

  private static long d(double value) {
    return Double.doubleToRawLongBits(value);
  }

  private static long s(float value) {
    return BOX | Float.floatToRawIntBits(value);
  }

  private static long h(float value) {
    return 0xffff_ffff_ffff_0000L | Float.floatToFloat16(value);
  }

  /** Runs on f registers, and checks that an f register is written and no x register. */
  private long toF(int op, long a, long b, long c, int rm) {
    prepare(a, b, c);
    assertThat(FpUnit.execute(op, RD, RS1, RS2, RS3, rm, x, f, flags)).isTrue();
    assertThat(x).containsOnly(0);
    return f[RD];
  }

  private long toF(int op, long a, long b) {
    return toF(op, a, b, 0, FpRounding.RNE);
  }

  /** Runs on f registers, and checks that an x register is written and no f register. */
  private long toX(int op, long a, long b, int rm) {
    prepare(a, b, 0);
    assertThat(FpUnit.execute(op, RD, RS1, RS2, RS3, rm, x, f, flags)).isFalse();
    assertThat(f[RD]).isEqualTo(-7);
    return x[RD];
  }

  private long toX(int op, long a, long b) {
    return toX(op, a, b, FpRounding.RNE);
  }

  private void prepare(long a, long b, long c) {
    Arrays.fill(x, 0);
    Arrays.fill(f, -7);
    f[RS1] = a;
    f[RS2] = b;
    f[RS3] = c;
    flags.bits = 0;
  }

  private long fromX(int op, long value, int rm) {
    prepare(0, 0, 0);
    x[RS1] = value;
    assertThat(FpUnit.execute(op, RD, RS1, RS2, RS3, rm, x, f, flags)).isTrue();
    return f[RD];
  }

  @Test
  void doublesCompute() {
    assertThat(toF(Op.FADD_D, d(7), d(2))).isEqualTo(d(9));
    assertThat(toF(Op.FSUB_D, d(7), d(2))).isEqualTo(d(5));
    assertThat(toF(Op.FMUL_D, d(7), d(2))).isEqualTo(d(14));
    assertThat(toF(Op.FDIV_D, d(7), d(2))).isEqualTo(d(3.5));
    assertThat(toF(Op.FSQRT_D, d(49), 0)).isEqualTo(d(7));
    assertThat(toF(Op.FMADD_D, d(7), d(2), d(3), 0)).isEqualTo(d(17));
    assertThat(toF(Op.FMSUB_D, d(7), d(2), d(3), 0)).isEqualTo(d(11));
    assertThat(toF(Op.FNMSUB_D, d(7), d(2), d(3), 0)).isEqualTo(d(-11));
    assertThat(toF(Op.FNMADD_D, d(7), d(2), d(3), 0)).isEqualTo(d(-17));
    assertThat(toF(Op.FSGNJ_D, d(7), d(-2))).isEqualTo(d(-7));
    assertThat(toF(Op.FSGNJN_D, d(7), d(-2))).isEqualTo(d(7));
    assertThat(toF(Op.FSGNJX_D, d(-7), d(-2))).isEqualTo(d(7));
    assertThat(toF(Op.FMIN_D, d(7), d(2))).isEqualTo(d(2));
    assertThat(toF(Op.FMAX_D, d(7), d(2))).isEqualTo(d(7));
    assertThat(toF(Op.FMINM_D, d(7), NAN)).isEqualTo(NAN);
    assertThat(toF(Op.FMAXM_D, d(7), d(2))).isEqualTo(d(7));
    assertThat(toF(Op.FROUND_D, d(2.5), 0)).isEqualTo(d(2));
    assertThat(flags.bits).isZero();
    assertThat(toF(Op.FROUNDNX_D, d(3.5), 0)).isEqualTo(d(4));
    assertThat(flags.bits).isEqualTo(FpFlags.NX);
  }

  @Test
  void singlesCompute() {
    assertThat(toF(Op.FADD_S, s(7), s(2))).isEqualTo(s(9));
    assertThat(toF(Op.FSUB_S, s(7), s(2))).isEqualTo(s(5));
    assertThat(toF(Op.FMUL_S, s(7), s(2))).isEqualTo(s(14));
    assertThat(toF(Op.FDIV_S, s(7), s(2))).isEqualTo(s(3.5f));
    assertThat(toF(Op.FSQRT_S, s(49), 0)).isEqualTo(s(7));
    assertThat(toF(Op.FMADD_S, s(7), s(2), s(3), 0)).isEqualTo(s(17));
    assertThat(toF(Op.FMSUB_S, s(7), s(2), s(3), 0)).isEqualTo(s(11));
    assertThat(toF(Op.FNMSUB_S, s(7), s(2), s(3), 0)).isEqualTo(s(-11));
    assertThat(toF(Op.FNMADD_S, s(7), s(2), s(3), 0)).isEqualTo(s(-17));
    assertThat(toF(Op.FSGNJ_S, s(7), s(-2))).isEqualTo(s(-7));
    assertThat(toF(Op.FSGNJN_S, s(7), s(-2))).isEqualTo(s(7));
    assertThat(toF(Op.FSGNJX_S, s(-7), s(-2))).isEqualTo(s(7));
    assertThat(toF(Op.FMIN_S, s(7), s(2))).isEqualTo(s(2));
    assertThat(toF(Op.FMAX_S, s(7), s(2))).isEqualTo(s(7));
    assertThat(toF(Op.FMINM_S, s(7), NAN_S)).isEqualTo(NAN_S);
    assertThat(toF(Op.FMAXM_S, s(7), s(2))).isEqualTo(s(7));
    assertThat(toF(Op.FROUND_S, s(2.5f), 0)).isEqualTo(s(2));
    assertThat(flags.bits).isZero();
    assertThat(toF(Op.FROUNDNX_S, s(3.5f), 0)).isEqualTo(s(4));
    assertThat(flags.bits).isEqualTo(FpFlags.NX);
  }

  @Test
  void comparisonsGiveOneOrZero() {
    int[] doubles = {Op.FEQ_D, Op.FLT_D, Op.FLE_D, Op.FLTQ_D, Op.FLEQ_D};
    int[] singles = {Op.FEQ_S, Op.FLT_S, Op.FLE_S, Op.FLTQ_S, Op.FLEQ_S};
    int[] smaller = {0, 1, 1, 1, 1};
    int[] equal = {1, 0, 1, 0, 1};
    int[] invalidForQuietNan = {0, FpFlags.NV, FpFlags.NV, 0, 0};
    for (int i = 0; i < doubles.length; i++) {
      assertThat(toX(doubles[i], d(1), d(2))).isEqualTo(smaller[i]);
      assertThat(toX(singles[i], s(1), s(2))).isEqualTo(smaller[i]);
      assertThat(toX(doubles[i], d(2), d(2))).isEqualTo(equal[i]);
      assertThat(toX(singles[i], s(2), s(2))).isEqualTo(equal[i]);
      assertThat(toX(doubles[i], d(2), d(1))).isZero();
      assertThat(toX(singles[i], s(2), s(1))).isZero();
      assertThat(toX(doubles[i], d(2), NAN)).isZero();
      assertThat(flags.bits).isEqualTo(invalidForQuietNan[i]);
      assertThat(toX(singles[i], s(2), 0)).isZero();
      assertThat(flags.bits).isEqualTo(invalidForQuietNan[i]);
    }
  }

  @Test
  void integersComeAndGo() {
    assertThat(fromX(Op.FMV_D_X, -5, 0)).isEqualTo(-5);
    assertThat(fromX(Op.FMV_W_X, 0x1234_5678_9abc_def0L, 0)).isEqualTo(BOX | 0x9abc_def0L);
    assertThat(fromX(Op.FMV_W_X, 0x3f80_0000, 0)).isEqualTo(s(1));
    assertThat(fromX(Op.FMV_H_X, 0x1234_5678_9abc_5ef0L, 0)).isEqualTo(0xffff_ffff_ffff_5ef0L);
    assertThat(fromX(Op.FCVT_D_W, 0x1_ffff_fffeL, 0)).isEqualTo(d(-2));
    assertThat(fromX(Op.FCVT_D_WU, 0x1_ffff_fffeL, 0)).isEqualTo(d(0xffff_fffeL));
    assertThat(fromX(Op.FCVT_D_L, 0x1_ffff_fffeL, 0)).isEqualTo(d(0x1_ffff_fffeL));
    assertThat(fromX(Op.FCVT_D_LU, -2, FpRounding.RTZ)).isEqualTo(d(0x1.fffffffffffffp63));
    assertThat(fromX(Op.FCVT_S_W, 0x1_ffff_fffeL, 0)).isEqualTo(s(-2));
    assertThat(fromX(Op.FCVT_S_WU, 0x1_ffff_fffeL, FpRounding.RTZ)).isEqualTo(s(0x1.fffffep31f));
    assertThat(fromX(Op.FCVT_S_L, 0x1_ffff_fffeL, 0)).isEqualTo(s(0x1p33f));
    assertThat(fromX(Op.FCVT_S_LU, -2, FpRounding.RTZ)).isEqualTo(s(0x1.fffffep63f));

    assertThat(toX(Op.FMV_X_D, -5, 0)).isEqualTo(-5);
    assertThat(toX(Op.FMV_X_W, 0x1234_5678_9abc_def0L, 0)).isEqualTo(0xffff_ffff_9abc_def0L);
    assertThat(toX(Op.FMV_X_H, 0x1234_5678_1abc_def0L, 0)).isEqualTo(0xffff_ffff_ffff_def0L);
    assertThat(toX(Op.FCVT_W_D, d(-2.5), 0, FpRounding.RDN)).isEqualTo(-3);
    assertThat(toX(Op.FCVT_WU_D, d(0x1p32 - 1), 0)).isEqualTo(-1);
    assertThat(toX(Op.FCVT_L_D, d(-0x1p40), 0)).isEqualTo(-1L << 40);
    assertThat(toX(Op.FCVT_LU_D, d(0x1p63), 0)).isEqualTo(1L << 63);
    assertThat(toX(Op.FCVT_W_S, s(-2.5f), 0, FpRounding.RUP)).isEqualTo(-2);
    assertThat(toX(Op.FCVT_WU_S, s(0x1p31f), 0)).isEqualTo(0xffff_ffff_8000_0000L);
    assertThat(toX(Op.FCVT_L_S, s(-0x1p40f), 0)).isEqualTo(-1L << 40);
    assertThat(toX(Op.FCVT_LU_S, s(0x1p63f), 0)).isEqualTo(1L << 63);
    assertThat(toX(Op.FCVTMOD_W_D, d(0x1p32 + 5), 0, FpRounding.RTZ)).isEqualTo(5);
    assertThat(flags.bits).isEqualTo(FpFlags.NV);
    assertThat(toX(Op.FCLASS_D, d(0x1p-1074), 0)).isEqualTo(1 << 5);
    assertThat(toX(Op.FCLASS_S, s(0x1p-149f), 0)).isEqualTo(1 << 5);
  }

  /** Unpriv, F: the table "Domains of float-to-integer conversions and behavior for invalid". */
  @Test
  void conversionsSaturateAndAreInvalidOutsideTheirDomain() {
    double infinity = Double.POSITIVE_INFINITY;
    saturates(Op.FCVT_W_D, d(-0x1p31 - 1), d(-infinity), Integer.MIN_VALUE);
    saturates(Op.FCVT_W_D, d(0x1p31), d(infinity), Integer.MAX_VALUE);
    saturates(Op.FCVT_W_D, NAN, NAN | 1L << 63, Integer.MAX_VALUE);
    saturates(Op.FCVT_WU_D, d(-1), d(-infinity), 0);
    saturates(Op.FCVT_WU_D, d(0x1p32), d(infinity), -1);
    saturates(Op.FCVT_WU_D, NAN, NAN | 1L << 63, -1);
    saturates(Op.FCVT_L_D, d(-0x1.0000000000001p63), d(-infinity), Long.MIN_VALUE);
    saturates(Op.FCVT_L_D, d(0x1p63), d(infinity), Long.MAX_VALUE);
    saturates(Op.FCVT_L_D, NAN, NAN | 1L << 63, Long.MAX_VALUE);
    saturates(Op.FCVT_LU_D, d(-1), d(-infinity), 0);
    saturates(Op.FCVT_LU_D, d(0x1p64), d(infinity), -1);
    saturates(Op.FCVT_LU_D, NAN, NAN | 1L << 63, -1);
    saturates(Op.FCVT_W_S, s(-0x1.000002p31f), s(-0x1p127f), Integer.MIN_VALUE);
    saturates(Op.FCVT_W_S, s(0x1p31f), NAN_S, Integer.MAX_VALUE);
    saturates(Op.FCVT_WU_S, s(0x1p32f), NAN_S, -1);
    saturates(Op.FCVT_L_S, s(0x1p63f), NAN_S, Long.MAX_VALUE);
    saturates(Op.FCVT_LU_S, s(0x1p64f), NAN_S, -1);
    saturates(Op.FCVT_LU_S, s(-1), s(-0x1p127f), 0);
  }

  private void saturates(int op, long first, long extreme, long expected) {
    for (int rm = 0; rm <= FpRounding.RMM; rm++) {
      assertThat(toX(op, first, 0, rm)).isEqualTo(expected);
      assertThat(flags.bits).isEqualTo(FpFlags.NV);
      assertThat(toX(op, extreme, 0, rm)).isEqualTo(expected);
      assertThat(flags.bits).isEqualTo(FpFlags.NV);
    }
  }

  @Test
  void aNegativeFractionBecomesUnsignedZeroWhereItRoundsToIt() {
    assertThat(toX(Op.FCVT_WU_D, d(-0.5), 0, FpRounding.RNE)).isZero();
    assertThat(flags.bits).isEqualTo(FpFlags.NX);
    assertThat(toX(Op.FCVT_WU_D, d(-0.5), 0, FpRounding.RMM)).isZero();
    assertThat(flags.bits).isEqualTo(FpFlags.NV);
    assertThat(toX(Op.FCVT_LU_D, d(-0.75), 0, FpRounding.RUP)).isZero();
    assertThat(flags.bits).isEqualTo(FpFlags.NX);
    assertThat(toX(Op.FCVT_LU_D, d(-0.75), 0, FpRounding.RDN)).isZero();
    assertThat(flags.bits).isEqualTo(FpFlags.NV);
    assertThat(toX(Op.FCVT_WU_D, d(-0.0), 0, FpRounding.RDN)).isZero();
    assertThat(flags.bits).isZero();
  }

  @Test
  void formatsConvert() {
    assertThat(toF(Op.FCVT_S_D, d(1.5), 0)).isEqualTo(s(1.5f));
    assertThat(toF(Op.FCVT_D_S, s(1.5f), 0)).isEqualTo(d(1.5));
    assertThat(toF(Op.FCVT_S_H, h(1.5f), 0)).isEqualTo(s(1.5f));
    assertThat(toF(Op.FCVT_D_H, h(-1.5f), 0)).isEqualTo(d(-1.5));
    assertThat(toF(Op.FCVT_H_S, s(-1.5f), 0)).isEqualTo(h(-1.5f));
    assertThat(toF(Op.FCVT_H_D, d(1.5), 0)).isEqualTo(h(1.5f));
  }

  @Test
  void constantsLoad() {
    prepare(0, 0, 0);
    assertThat(FpUnit.execute(Op.FLI_D, RD, 0, 0, 0, 0, x, f, flags)).isTrue();
    assertThat(f[RD]).isEqualTo(d(-1));
    assertThat(FpUnit.execute(Op.FLI_S, RD, 29, 0, 0, 0, x, f, flags)).isTrue();
    assertThat(f[RD]).isEqualTo(s(65536));
  }

  @Test
  void whatIsNotBoxedReadsAsTheCanonicalNan() {
    long bare = 0x3f80_0000L;
    long almost = 0xffff_fffe_3f80_0000L;
    long bareHalf = 0xffff_ffff_7fff_3c00L;
    for (long a : new long[] {bare, almost}) {
      assertThat(toF(Op.FADD_S, a, s(1))).isEqualTo(NAN_S);
      assertThat(toF(Op.FMUL_S, s(1), a)).isEqualTo(NAN_S);
      assertThat(toF(Op.FMADD_S, s(1), s(1), a, 0)).isEqualTo(NAN_S);
      assertThat(toF(Op.FSQRT_S, a, 0)).isEqualTo(NAN_S);
      assertThat(toF(Op.FMIN_S, a, s(1))).isEqualTo(s(1));
      assertThat(toF(Op.FSGNJ_S, a, s(-1))).isEqualTo(BOX | 0xffc0_0000L);
      assertThat(toF(Op.FSGNJ_S, s(-1), a)).isEqualTo(s(1));
      assertThat(toF(Op.FCVT_D_S, a, 0)).isEqualTo(NAN);
      assertThat(toF(Op.FCVT_H_S, a, 0)).isEqualTo(NAN_H);
      assertThat(toF(Op.FROUND_S, a, 0)).isEqualTo(NAN_S);
      assertThat(toX(Op.FEQ_S, a, a)).isZero();
      assertThat(toX(Op.FCLASS_S, a, 0)).isEqualTo(1 << 9);
      assertThat(flags.bits).as("the canonical NaN is quiet").isZero();
      assertThat(toX(Op.FCVT_W_S, a, 0)).isEqualTo(Integer.MAX_VALUE);
      assertThat(toX(Op.FMV_X_W, a, 0)).as("a transfer looks at no box").isEqualTo(0x3f80_0000);
    }
    assertThat(toF(Op.FCVT_S_H, bareHalf, 0)).isEqualTo(NAN_S);
    assertThat(toF(Op.FCVT_D_H, bareHalf, 0)).isEqualTo(NAN);
    assertThat(toF(Op.FCVT_D_H, s(1), 0)).as("a single is no half").isEqualTo(NAN);
    assertThat(toX(Op.FMV_X_H, bareHalf, 0)).isEqualTo(0x3c00);
  }

  @Test
  void resultsThatAreNanAreCanonical() {
    long signaling = 0xfff0_0000_0000_0123L;
    long quiet = 0xfff8_0000_0000_0123L;
    long signalingSingle = BOX | 0xff80_0123L;
    assertThat(toF(Op.FADD_D, quiet, d(1))).isEqualTo(NAN);
    assertThat(flags.bits).isZero();
    assertThat(toF(Op.FADD_D, signaling, d(1))).isEqualTo(NAN);
    assertThat(flags.bits).isEqualTo(FpFlags.NV);
    assertThat(toF(Op.FCVT_S_D, signaling, 0)).isEqualTo(NAN_S);
    assertThat(flags.bits).isEqualTo(FpFlags.NV);
    assertThat(toF(Op.FCVT_D_S, signalingSingle, 0)).isEqualTo(NAN);
    assertThat(flags.bits).isEqualTo(FpFlags.NV);
    assertThat(toF(Op.FMIN_D, signaling, d(1))).as("the number is chosen").isEqualTo(d(1));
    assertThat(flags.bits).as("but signaling is invalid").isEqualTo(FpFlags.NV);
    assertThat(toF(Op.FMAX_D, quiet, quiet)).isEqualTo(NAN);
    assertThat(flags.bits).isZero();
    assertThat(toF(Op.FSGNJ_D, signaling, d(1)))
        .as("signs move, NaNs stay")
        .isEqualTo(0x7ff0_0000_0000_0123L);
    assertThat(flags.bits).isZero();
  }

  @Test
  void zerosHaveAnOrderForMinimumAndMaximum() {
    for (int op : new int[] {Op.FMIN_D, Op.FMINM_D}) {
      assertThat(toF(op, d(0.0), d(-0.0))).isEqualTo(d(-0.0));
      assertThat(toF(op, d(-0.0), d(0.0))).isEqualTo(d(-0.0));
    }
    for (int op : new int[] {Op.FMAX_S, Op.FMAXM_S}) {
      assertThat(toF(op, s(0.0f), s(-0.0f))).isEqualTo(s(0.0f));
      assertThat(toF(op, s(-0.0f), s(0.0f))).isEqualTo(s(0.0f));
    }
  }

  @Test
  void infinityTimesZeroPlusAQuietNanIsInvalid() {
    double infinity = Double.POSITIVE_INFINITY;
    assertThat(toF(Op.FMADD_D, d(infinity), d(0), NAN, 0)).isEqualTo(NAN);
    assertThat(flags.bits).isEqualTo(FpFlags.NV);
    assertThat(toF(Op.FNMADD_S, s(-0.0f), s((float) infinity), NAN_S, 0)).isEqualTo(NAN_S);
    assertThat(flags.bits).isEqualTo(FpFlags.NV);
    assertThat(toF(Op.FMADD_D, d(infinity), d(1), NAN, 0)).isEqualTo(NAN);
    assertThat(flags.bits).isZero();
  }

  @Test
  void fusedOperationsThatNegateGetTheirZerosRight() {
    // FNMADD is -(a × b) - c: an exact zero is the sum of -(a × b) and -c, rounded as any sum is.
    assertThat(toF(Op.FNMADD_D, d(1), d(1), d(-1), FpRounding.RNE)).isEqualTo(d(0.0));
    assertThat(toF(Op.FNMADD_D, d(1), d(1), d(-1), FpRounding.RDN)).isEqualTo(d(-0.0));
    assertThat(toF(Op.FNMSUB_S, s(0), s(1), s(0), FpRounding.RNE)).isEqualTo(s(0));
    assertThat(toF(Op.FNMADD_S, s(0), s(1), s(0), FpRounding.RNE)).isEqualTo(s(-0.0f));
    assertThat(toF(Op.FMSUB_S, s(0), s(1), s(0), FpRounding.RDN)).isEqualTo(s(-0.0f));
  }

  @Test
  void theFlagsOfDivisionOverflowAndUnderflow() {
    assertThat(toF(Op.FDIV_D, d(-1), d(0))).isEqualTo(d(Double.NEGATIVE_INFINITY));
    assertThat(flags.bits).isEqualTo(FpFlags.DZ);
    assertThat(toF(Op.FDIV_D, d(0), d(0))).isEqualTo(NAN);
    assertThat(flags.bits).isEqualTo(FpFlags.NV);
    assertThat(toF(Op.FDIV_S, s(Float.POSITIVE_INFINITY), s(0)))
        .isEqualTo(s(Float.POSITIVE_INFINITY));
    assertThat(flags.bits).isZero();
    assertThat(toF(Op.FSQRT_D, d(-0.0), 0)).isEqualTo(d(-0.0));
    assertThat(flags.bits).isZero();
    assertThat(toF(Op.FSQRT_D, d(-1), 0)).isEqualTo(NAN);
    assertThat(flags.bits).isEqualTo(FpFlags.NV);
    assertThat(toF(Op.FMUL_D, d(Double.MAX_VALUE), d(2), 0, FpRounding.RTZ))
        .isEqualTo(d(Double.MAX_VALUE));
    assertThat(flags.bits).isEqualTo(FpFlags.OF | FpFlags.NX);
    assertThat(toF(Op.FMUL_S, s(Float.MIN_NORMAL), s(0.5f))).isEqualTo(s(0x1p-127f));
    assertThat(flags.bits).as("a subnormal that is exact is no underflow").isZero();
    assertThat(toF(Op.FMUL_S, s(Float.MIN_VALUE), s(0.5f))).isEqualTo(s(0));
    assertThat(flags.bits).isEqualTo(FpFlags.UF | FpFlags.NX);
  }

  @Test
  void flagsAccrueAndAreNeverCleared() {
    prepare(d(1), d(3), 0);
    flags.bits = FpFlags.NV;
    FpUnit.execute(Op.FDIV_D, RD, RS1, RS2, RS3, FpRounding.RNE, x, f, flags);
    assertThat(flags.bits).isEqualTo(FpFlags.NV | FpFlags.NX);
    f[RS1] = d(6);
    FpUnit.execute(Op.FDIV_D, RD, RS1, RS2, RS3, FpRounding.RNE, x, f, flags);
    assertThat(flags.bits).isEqualTo(FpFlags.NV | FpFlags.NX);
    assertThat(f[RD]).isEqualTo(d(2));
  }

  /** Predecoded instructions name x0 as destination by 32, whichever file they write. */
  @Test
  void destinationThirtyTwoIsTheSinkOfXAndTheFirstOfF() {
    for (int op : new int[] {Op.FADD_D, Op.FADD_S, Op.FMINM_D}) {
      prepare(d(1), d(1), 0);
      assertThat(FpUnit.execute(op, Predecoder.SINK, RS1, RS2, RS3, 0, x, f, flags)).isTrue();
      assertThat(f[0]).isNotEqualTo(-7);
    }
    for (int op : new int[] {Op.FMV_X_D, Op.FMV_X_W, Op.FMV_X_H}) {
      prepare(d(1), d(1), 0);
      x[Predecoder.SINK] = -1;
      assertThat(FpUnit.execute(op, Predecoder.SINK, RS1, RS2, RS3, 0, x, f, flags)).isFalse();
      assertThat(x[Predecoder.SINK]).isNotEqualTo(-1);
      assertThat(x[0]).isZero();
    }
  }

  /** The instruction table's word on which register file an operation writes. */
  @Test
  void everyOperationIsServedAndWritesTheRegisterFileThatItsEncodingNames() {
    List<Instruction> computations =
        Instruction.all().stream()
            .filter(i -> Set.of("F", "D", "Zfhmin", "Zfa").contains(i.extension()))
            .filter(i -> !i.is(Instruction.LOAD) && !i.is(Instruction.STORE))
            .toList();
    assertThat(computations).hasSizeGreaterThan(70);
    for (Instruction instruction : computations) {
      prepare(d(1), d(1), d(1));
      boolean written =
          FpUnit.execute(instruction.op(), RD, RS1, RS2, RS3, FpRounding.RTZ, x, f, flags);
      assertThat(written).as(instruction.name()).isEqualTo(instruction.pattern().contains(" fd "));
    }
  }

  @Test
  void otherOperationsAreRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> FpUnit.execute(Op.FLW, RD, RS1, RS2, RS3, 0, x, f, flags))
        .withMessageContaining("operation " + Op.FLW);
  }
}
