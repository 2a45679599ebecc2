package atoll.tests;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.tests.ExactFloat.Format;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The oracle of the floating-point tests agrees with the host where the host can tell. */
class ExactFloatTest {
  private final Random random = new Random(754);

  private long anyDouble() {
    return switch (random.nextInt(4)) {
      case 0 -> random.nextLong();
      case 1 -> Double.doubleToRawLongBits(random.nextGaussian());
      case 2 -> random.nextLong() & 0x800fffffffffffffL; // subnormal
      default -> Double.doubleToRawLongBits(random.nextInt(100) - 50);
    };
  }

  private static void same(long ours, double host) {
    long expected = Double.isNaN(host) ? Format.D.nan() : Double.doubleToRawLongBits(host);
    assertThat(ours).isEqualTo(expected);
  }

  @Test
  void roundedToNearestItIsWhatTheHostComputes() {
    for (int i = 0; i < 20_000; i++) {
      long a = anyDouble();
      long b = anyDouble();
      long c = anyDouble();
      double x = Double.longBitsToDouble(a);
      double y = Double.longBitsToDouble(b);
      double z = Double.longBitsToDouble(c);
      same(ExactFloat.add(Format.D, a, b, ExactFloat.RNE).bits(), x + y);
      same(ExactFloat.subtract(Format.D, a, b, ExactFloat.RNE).bits(), x - y);
      same(ExactFloat.multiply(Format.D, a, b, ExactFloat.RNE).bits(), x * y);
      same(ExactFloat.divide(Format.D, a, b, ExactFloat.RNE).bits(), x / y);
      same(ExactFloat.squareRoot(Format.D, a, ExactFloat.RNE).bits(), Math.sqrt(x));
      same(ExactFloat.fma(Format.D, a, b, c, ExactFloat.RNE).bits(), Math.fma(x, y, z));
      long narrowed = ExactFloat.convert(Format.D, Format.S, a, ExactFloat.RNE).bits();
      assertThat((int) narrowed)
          .isEqualTo(Double.isNaN(x) ? (int) Format.S.nan() : Float.floatToRawIntBits((float) x));
      long half = ExactFloat.convert(Format.S, Format.H, narrowed, ExactFloat.RNE).bits();
      assertThat((short) half)
          .isEqualTo(Double.isNaN(x) ? (short) 0x7e00 : Float.floatToFloat16((float) x));
    }
  }

  @Test
  void inexactnessIsWhatTheDirectedModesDisagreeOn() {
    for (int i = 0; i < 5_000; i++) {
      long a = anyDouble();
      long b = anyDouble();
      var down = ExactFloat.divide(Format.D, a, b, ExactFloat.RDN);
      var up = ExactFloat.divide(Format.D, a, b, ExactFloat.RUP);
      assertThat((down.flags() & ExactFloat.NX) != 0).isEqualTo(down.bits() != up.bits());
    }
  }

  @Test
  void tininessIsJudgedAfterRounding() {
    // The largest number below 2^-1022 that rounds to it with unbounded exponent is not tiny.
    long almost = 0x3fefffffffffffffL; // 1 - 2^-53
    long least = 0x0010000000000000L; // 2^-1022
    var product = ExactFloat.multiply(Format.D, almost, least, ExactFloat.RNE);
    assertThat(product.bits()).isEqualTo(least);
    assertThat(product.flags()).isEqualTo(ExactFloat.NX | ExactFloat.UF);
    var up = ExactFloat.fma(Format.D, almost, least, 0x0000000000000001L, ExactFloat.RUP);
    assertThat(up.bits()).isEqualTo(0x0010000000000001L);
  }

  @Test
  void conversionsToIntegersSaturate() {
    assertThat(ExactFloat.toInteger(Format.D, Double.doubleToRawLongBits(-1.5), 64, true, 0))
        .isEqualTo(new ExactFloat.Result(0, ExactFloat.NV));
    assertThat(ExactFloat.toInteger(Format.D, Double.doubleToRawLongBits(-0.5), 64, true, 0))
        .isEqualTo(new ExactFloat.Result(0, ExactFloat.NX));
    assertThat(ExactFloat.toInteger(Format.D, Double.doubleToRawLongBits(3e9), 32, true, 1))
        .isEqualTo(new ExactFloat.Result((int) 3_000_000_000L, 0));
  }
}
