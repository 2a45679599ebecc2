package atoll.engine.interp;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.util.SplittableRandom;
import java.util.function.LongBinaryOperator;
import java.util.function.LongUnaryOperator;
import org.junit.jupiter.api.Test;

/** Integer operations beside unbounded integers, or bit by bit. */
class AluTest {
  private static final BigInteger TWO_64 = BigInteger.ONE.shiftLeft(64);
  private static final long[] SPECIAL = {
    0,
    1,
    2,
    -1,
    -2,
    7,
    0x7f,
    0x80,
    0xff,
    0x8000,
    0xffff,
    0x7fff_ffffL,
    0x8000_0000L,
    0xffff_ffffL,
    0x1_0000_0000L,
    0xffff_ffff_8000_0000L,
    Long.MAX_VALUE,
    Long.MIN_VALUE,
    Long.MIN_VALUE + 1,
    0x0123_4567_89ab_cdefL,
    0x8100_0018_0000_7e01L,
    63,
    64,
    31,
    32
  };

  private interface Definition {
    BigInteger apply(BigInteger a, BigInteger b);
  }

  private interface BitOf {
    boolean at(int i, long a, long b);
  }

  private static BigInteger unsigned(long a) {
    return BigInteger.valueOf(a).mod(TWO_64);
  }

  private static void pairs(
      String name, LongBinaryOperator operation, LongBinaryOperator expected) {
    for (long a : SPECIAL) {
      for (long b : SPECIAL) {
        compare(name, a, b, operation, expected);
      }
    }
    SplittableRandom random = new SplittableRandom(name.hashCode());
    for (int i = 0; i < 3_000; i++) {
      long a = random.nextLong() >> random.nextInt(64);
      long b = random.nextLong() >>> random.nextInt(64);
      compare(name, a, b, operation, expected);
    }
  }

  private static void compare(
      String name, long a, long b, LongBinaryOperator operation, LongBinaryOperator expected) {
    if (operation.applyAsLong(a, b) != expected.applyAsLong(a, b)) {
      assertThat(Long.toHexString(operation.applyAsLong(a, b)))
          .as("%s %x %x", name, a, b)
          .isEqualTo(Long.toHexString(expected.applyAsLong(a, b)));
    }
  }

  private static void signed(String name, LongBinaryOperator operation, Definition definition) {
    pairs(
        name,
        operation,
        (a, b) -> definition.apply(BigInteger.valueOf(a), BigInteger.valueOf(b)).longValue());
  }

  private static void unsigned(String name, LongBinaryOperator operation, Definition definition) {
    pairs(name, operation, (a, b) -> definition.apply(unsigned(a), unsigned(b)).longValue());
  }

  private static void bits(String name, LongBinaryOperator operation, BitOf bit) {
    pairs(
        name,
        operation,
        (a, b) -> {
          long result = 0;
          for (int i = 0; i < 64; i++) {
            result |= bit.at(i, a, b) ? 1L << i : 0;
          }
          return result;
        });
  }

  private static void one(String name, LongUnaryOperator operation, LongUnaryOperator expected) {
    pairs(name, (a, b) -> operation.applyAsLong(a), (a, b) -> expected.applyAsLong(a));
  }

  private static boolean bit(long a, int i) {
    return i >= 0 && i < 64 && (a >> i & 1) != 0;
  }

  private static BigInteger word(BigInteger a) {
    int low = a.intValue();
    return BigInteger.valueOf(low);
  }

  private static BigInteger unsignedWord(BigInteger a) {
    return a.mod(BigInteger.ONE.shiftLeft(32));
  }

  @Test
  void upperHalvesOfProducts() {
    signed("mulh", Alu::mulh, (a, b) -> a.multiply(b).shiftRight(64));
    unsigned("mulhu", Alu::mulhu, (a, b) -> a.multiply(b).shiftRight(64));
    signed("mulhsu", Alu::mulhsu, (a, b) -> a.multiply(b.mod(TWO_64)).shiftRight(64));
    signed("mulw", Alu::mulw, (a, b) -> word(a.multiply(b)));
  }

  @Test
  void quotientsAndRemaindersWithTheirSpecialCases() {
    signed("div", Alu::div, (a, b) -> quotient(a, b));
    signed("rem", Alu::rem, (a, b) -> remainder(a, b));
    unsigned("divu", Alu::divu, (a, b) -> quotient(a, b));
    unsigned("remu", Alu::remu, (a, b) -> remainder(a, b));
    signed("divw", Alu::divw, (a, b) -> word(quotient(word(a), word(b))));
    signed("remw", Alu::remw, (a, b) -> word(remainder(word(a), word(b))));
    unsigned("divuw", Alu::divuw, (a, b) -> word(quotient(unsignedWord(a), unsignedWord(b))));
    unsigned("remuw", Alu::remuw, (a, b) -> word(remainder(unsignedWord(a), unsignedWord(b))));
  }

  private static BigInteger quotient(BigInteger a, BigInteger b) {
    return b.signum() == 0 ? BigInteger.ONE.negate() : a.divide(b);
  }

  private static BigInteger remainder(BigInteger a, BigInteger b) {
    return b.signum() == 0 ? a : a.subtract(a.divide(b).multiply(b));
  }

  @Test
  void divisionByZeroAndOverflowGiveTheTablesValues() {
    assertThat(Alu.div(7, 0)).isEqualTo(-1);
    assertThat(Alu.divu(7, 0)).isEqualTo(-1);
    assertThat(Alu.rem(7, 0)).isEqualTo(7);
    assertThat(Alu.remu(7, 0)).isEqualTo(7);
    assertThat(Alu.div(Long.MIN_VALUE, -1)).isEqualTo(Long.MIN_VALUE);
    assertThat(Alu.rem(Long.MIN_VALUE, -1)).isZero();
    // The upper half of a word operation's operands is ignored, and its result sign-extended.
    assertThat(Alu.divw(7, 1L << 32)).isEqualTo(-1);
    assertThat(Alu.divuw(7, 1L << 32)).isEqualTo(-1);
    assertThat(Alu.remw(0x8000_0000L, 1L << 32)).isEqualTo(Integer.MIN_VALUE);
    assertThat(Alu.remuw(0x8000_0000L, 1L << 32)).isEqualTo(Integer.MIN_VALUE);
    assertThat(Alu.divw(0x8000_0000L, -1)).isEqualTo(Integer.MIN_VALUE);
    assertThat(Alu.remw(0x8000_0000L, -1)).isZero();
    assertThat(Alu.divuw(0xffff_ffffL, 1)).isEqualTo(-1);
  }

  @Test
  void addresses() {
    BigInteger two = BigInteger.TWO;
    unsigned("sh1add", Alu::sh1add, (a, b) -> a.multiply(two).add(b));
    unsigned("sh2add", Alu::sh2add, (a, b) -> a.multiply(two.pow(2)).add(b));
    unsigned("sh3add", Alu::sh3add, (a, b) -> a.multiply(two.pow(3)).add(b));
    unsigned("add.uw", Alu::addUw, (a, b) -> unsignedWord(a).add(b));
    unsigned("sh1add.uw", Alu::sh1addUw, (a, b) -> unsignedWord(a).multiply(two).add(b));
    unsigned("sh2add.uw", Alu::sh2addUw, (a, b) -> unsignedWord(a).multiply(two.pow(2)).add(b));
    unsigned("sh3add.uw", Alu::sh3addUw, (a, b) -> unsignedWord(a).multiply(two.pow(3)).add(b));
    unsigned("slli.uw", Alu::slliUw, (a, b) -> unsignedWord(a).shiftLeft(b.intValue() & 63));
  }

  @Test
  void logicWithNegation() {
    bits("andn", Alu::andn, (i, a, b) -> bit(a, i) && !bit(b, i));
    bits("orn", Alu::orn, (i, a, b) -> bit(a, i) || !bit(b, i));
    bits("xnor", Alu::xnor, (i, a, b) -> bit(a, i) == bit(b, i));
  }

  @Test
  void counts() {
    one("clz", Alu::clz, a -> 64 - unsigned(a).bitLength());
    one("clzw", Alu::clzw, a -> 32 - unsignedWord(unsigned(a)).bitLength());
    one("ctz", Alu::ctz, a -> a == 0 ? 64 : unsigned(a).getLowestSetBit());
    one("ctzw", Alu::ctzw, a -> (int) a == 0 ? 32 : unsigned(a).getLowestSetBit());
    one("cpop", Alu::cpop, a -> unsigned(a).bitCount());
    one("cpopw", Alu::cpopw, a -> unsignedWord(unsigned(a)).bitCount());
  }

  @Test
  void extremes() {
    signed("max", Alu::max, BigInteger::max);
    signed("min", Alu::min, BigInteger::min);
    unsigned("maxu", Alu::maxu, BigInteger::max);
    unsigned("minu", Alu::minu, BigInteger::min);
  }

  @Test
  void extensions() {
    bits("sext.b", (a, b) -> Alu.sextB(a), (i, a, b) -> bit(a, Math.min(i, 7)));
    bits("sext.h", (a, b) -> Alu.sextH(a), (i, a, b) -> bit(a, Math.min(i, 15)));
    bits("zext.h", (a, b) -> Alu.zextH(a), (i, a, b) -> i < 16 && bit(a, i));
  }

  @Test
  void rotations() {
    bits("rol", Alu::rol, (i, a, b) -> bit(a, (int) (i - b & 63)));
    bits("ror", Alu::ror, (i, a, b) -> bit(a, (int) (i + b & 63)));
    bits("rolw", Alu::rolw, (i, a, b) -> bit(a, (int) (Math.min(i, 31) - b & 31)));
    bits("rorw", Alu::rorw, (i, a, b) -> bit(a, (int) (Math.min(i, 31) + b & 31)));
  }

  @Test
  void bytesAndTheirBits() {
    bits("orc.b", (a, b) -> Alu.orcB(a), (i, a, b) -> (a >>> (i & 56) & 0xff) != 0);
    bits("rev8", (a, b) -> Alu.rev8(a), (i, a, b) -> bit(a, i ^ 56));
    bits("brev8", (a, b) -> Alu.brev8(a), (i, a, b) -> bit(a, i ^ 7));
    bits("pack", Alu::pack, (i, a, b) -> i < 32 ? bit(a, i) : bit(b, i - 32));
    bits("packh", Alu::packh, (i, a, b) -> i < 16 && (i < 8 ? bit(a, i) : bit(b, i - 8)));
    bits("packw", Alu::packw, (i, a, b) -> i < 16 ? bit(a, i) : bit(b, Math.min(i, 31) - 16));
  }

  @Test
  void singleBits() {
    bits("bclr", Alu::bclr, (i, a, b) -> bit(a, i) && i != (b & 63));
    bits("bset", Alu::bset, (i, a, b) -> bit(a, i) || i == (b & 63));
    bits("binv", Alu::binv, (i, a, b) -> bit(a, i) != (i == (b & 63)));
    bits("bext", Alu::bext, (i, a, b) -> i == 0 && bit(a, (int) (b & 63)));
  }

  @Test
  void productsWithoutCarries() {
    bits("clmul", Alu::clmul, (i, a, b) -> column(i, a, b));
    bits("clmulh", Alu::clmulh, (i, a, b) -> column(i + 64, a, b));
    bits("clmulr", Alu::clmulr, (i, a, b) -> column(i + 63, a, b));
    assertThat(Alu.clmul(-1, -1)).isEqualTo(0x5555_5555_5555_5555L);
    assertThat(Alu.clmulh(-1, -1)).isEqualTo(0x5555_5555_5555_5555L);
  }

  /** The parity of a column of a long multiplication. */
  private static boolean column(int i, long a, long b) {
    boolean odd = false;
    for (int j = 0; j < 64; j++) {
      odd ^= bit(a, j) && bit(b, i - j);
    }
    return odd;
  }

  @Test
  void conditionalZeros() {
    pairs("czero.eqz", Alu::czeroEqz, (a, b) -> b == 0 ? 0 : a);
    pairs("czero.nez", Alu::czeroNez, (a, b) -> b == 0 ? a : 0);
  }
}
