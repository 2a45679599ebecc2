package atoll.engine.fpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** The reference is right where the JVM can tell: rounding to nearest even, numbers only. */
class ExactReferenceTest {
  private static final int CASES = 20_000;

  private final FpOperands doubles = new FpOperands(64, 53, new SplittableRandom(1));
  private final FpOperands singles = new FpOperands(32, 24, new SplittableRandom(2));
  private final ExactReference reference = new ExactReference(64, 53);
  private final ExactReference narrow = new ExactReference(32, 24);

  @Test
  void doublePrecisionAgreesWithTheJvm() {
    for (int i = 0; i < CASES; i++) {
      long a = doubles.any();
      long b = doubles.near(a, 60);
      long c = doubles.near(a, 120);
      double x = Double.longBitsToDouble(a);
      double y = Double.longBitsToDouble(b);
      double z = Double.longBitsToDouble(c);
      assertThat(reference.add(a, b, 0)).isEqualTo(Double.doubleToLongBits(x + y));
      assertThat(reference.mul(a, b, 0)).isEqualTo(Double.doubleToLongBits(x * y));
      assertThat(reference.div(a, b, 0)).isEqualTo(Double.doubleToLongBits(x / y));
      assertThat(reference.sqrt(a, 0)).isEqualTo(Double.doubleToLongBits(Math.sqrt(x)));
      assertThat(reference.fma(a, b, c, 0)).isEqualTo(Double.doubleToLongBits(Math.fma(x, y, z)));
      assertThat(reference.roundToIntegral(a, 0, true))
          .isEqualTo(Double.doubleToLongBits(Math.rint(x)));
      assertThat(narrow.from(reference, a, 0)).isEqualTo(Float.floatToIntBits((float) x) & MASK);
    }
  }

  private static final long MASK = 0xffff_ffffL;

  @Test
  void singlePrecisionAgreesWithTheJvm() {
    for (int i = 0; i < CASES; i++) {
      long a = singles.any();
      long b = singles.near(a, 30);
      float x = Float.intBitsToFloat((int) a);
      float y = Float.intBitsToFloat((int) b);
      assertThat(narrow.add(a, b, 0)).isEqualTo(Float.floatToIntBits(x + y) & MASK);
      assertThat(narrow.mul(a, b, 0)).isEqualTo(Float.floatToIntBits(x * y) & MASK);
      assertThat(narrow.div(a, b, 0)).isEqualTo(Float.floatToIntBits(x / y) & MASK);
    }
  }

  @Test
  void directedModesEncloseTheExactResultAndTellIfItWasRounded() {
    for (int i = 0; i < CASES; i++) {
      long a = doubles.near(1023L << 52, 40);
      long b = doubles.near(a, 60);
      reference.flags = 0;
      double down = Double.longBitsToDouble(reference.add(a, b, FpRounding.RDN));
      double up = Double.longBitsToDouble(reference.add(a, b, FpRounding.RUP));
      boolean exact = (reference.flags & FpFlags.NX) == 0;
      assertThat(exact ? down : Math.nextUp(down)).isEqualTo(up == 0 ? down : up);
    }
  }

  @Test
  void tininessIsDetectedAfterRounding() {
    // Just below the least normal number: 2^-1022 × (1 - 2^-53) rounds up to it, whatever the
    // exponent range; with 2^-52 it is a subnormal number and exact, with 2^-52 + 2^-54 tiny.
    reference.flags = 0;
    assertThat(reference.mul(0x1fL << 52 | 1, 0x3e0L << 52 | (1L << 52) - 1, FpRounding.RNE))
        .isEqualTo(1L << 52);
    assertThat(reference.flags).isEqualTo(FpFlags.NX);
    reference.flags = 0;
    assertThat(reference.mul(0x1fL << 52, 0x3e0L << 52 | (1L << 52) - 1, FpRounding.RNE))
        .isEqualTo(1L << 52);
    assertThat(reference.flags).isEqualTo(FpFlags.NX | FpFlags.UF);
  }
}
