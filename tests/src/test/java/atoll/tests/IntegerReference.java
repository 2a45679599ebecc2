package atoll.tests;

import java.math.BigInteger;
import java.util.HashMap;
import java.util.Map;

/**
 * The integer instructions by their definitions, for tests: in unbounded arithmetic or bit by bit,
 * sharing nothing with the engine. Operands are the registers' values; of immediate forms the
 * second is the immediate.
 */
final class IntegerReference {
  private static final BigInteger TWO_64 = BigInteger.ONE.shiftLeft(64);

  /** What an instruction computes. */
  @FunctionalInterface
  interface Definition {
    long of(long a, long b);
  }

  private static final Map<String, Definition> BY_NAME = new HashMap<>();

  static {
    base();
    multiplication();
    addressGeneration();
    bitManipulation();
    singleBits();
    carryLess();
    cryptography();
    BY_NAME.put("czero.eqz", (a, b) -> b == 0 ? 0 : a);
    BY_NAME.put("czero.nez", (a, b) -> b != 0 ? 0 : a);
    BY_NAME.put("mop.r", (a, b) -> 0);
    BY_NAME.put("mop.rr", (a, b) -> 0);
  }

  private IntegerReference() {}

  static Map<String, Definition> all() {
    return BY_NAME;
  }

  private static BigInteger s(long v) {
    return BigInteger.valueOf(v);
  }

  private static BigInteger u(long v) {
    return v < 0 ? s(v).add(TWO_64) : s(v);
  }

  private static BigInteger uw(long v) {
    return s(v & 0xffff_ffffL);
  }

  private static BigInteger sw(long v) {
    return s(v << 32 >> 32);
  }

  private static long bool(boolean b) {
    return b ? 1 : 0;
  }

  /** Sign-extends the low 32 bits. */
  private static long word(BigInteger v) {
    return v.intValue();
  }

  private static BigInteger power(long exponent) {
    return BigInteger.ONE.shiftLeft((int) exponent);
  }

  private static BigInteger floorDivide(BigInteger a, BigInteger powerOfTwo) {
    BigInteger[] qr = a.divideAndRemainder(powerOfTwo);
    return qr[1].signum() < 0 ? qr[0].subtract(BigInteger.ONE) : qr[0];
  }

  /** Unpriv 2.4 and 4.2. */
  private static void base() {
    both("add", "addi", (a, b) -> s(a).add(s(b)).longValue());
    BY_NAME.put("sub", (a, b) -> s(a).subtract(s(b)).longValue());
    both("slt", "slti", (a, b) -> bool(s(a).compareTo(s(b)) < 0));
    both("sltu", "sltiu", (a, b) -> bool(u(a).compareTo(u(b)) < 0));
    both("xor", "xori", (a, b) -> s(a).xor(s(b)).longValue());
    both("or", "ori", (a, b) -> s(a).or(s(b)).longValue());
    both("and", "andi", (a, b) -> s(a).and(s(b)).longValue());
    both("sll", "slli", (a, b) -> u(a).multiply(power(b & 63)).longValue());
    both("srl", "srli", (a, b) -> u(a).divide(power(b & 63)).longValue());
    both("sra", "srai", (a, b) -> floorDivide(s(a), power(b & 63)).longValue());
    both("addw", "addiw", (a, b) -> word(s(a).add(s(b))));
    BY_NAME.put("subw", (a, b) -> word(s(a).subtract(s(b))));
    both("sllw", "slliw", (a, b) -> word(uw(a).multiply(power(b & 31))));
    both("srlw", "srliw", (a, b) -> word(uw(a).divide(power(b & 31))));
    both("sraw", "sraiw", (a, b) -> word(floorDivide(sw(a), power(b & 31))));
    BY_NAME.put("lui", (a, b) -> word(s(b).shiftLeft(12)));
  }

  private static void both(String register, String immediate, Definition d) {
    BY_NAME.put(register, d);
    BY_NAME.put(immediate, d);
  }

  /** Unpriv 12.1, 12.2 and the table of division by zero and overflow. */
  private static void multiplication() {
    BY_NAME.put("mul", (a, b) -> s(a).multiply(s(b)).longValue());
    BY_NAME.put("mulh", (a, b) -> s(a).multiply(s(b)).shiftRight(64).longValue());
    BY_NAME.put("mulhsu", (a, b) -> s(a).multiply(u(b)).shiftRight(64).longValue());
    BY_NAME.put("mulhu", (a, b) -> u(a).multiply(u(b)).shiftRight(64).longValue());
    BY_NAME.put("mulw", (a, b) -> word(s(a).multiply(s(b))));
    BY_NAME.put("div", (a, b) -> b == 0 ? -1 : s(a).divide(s(b)).longValue());
    BY_NAME.put("divu", (a, b) -> b == 0 ? -1 : u(a).divide(u(b)).longValue());
    BY_NAME.put("rem", (a, b) -> b == 0 ? a : s(a).remainder(s(b)).longValue());
    BY_NAME.put("remu", (a, b) -> b == 0 ? a : u(a).remainder(u(b)).longValue());
    BY_NAME.put("divw", (a, b) -> (int) b == 0 ? -1 : word(sw(a).divide(sw(b))));
    BY_NAME.put("divuw", (a, b) -> (int) b == 0 ? -1 : word(uw(a).divide(uw(b))));
    BY_NAME.put("remw", (a, b) -> (int) b == 0 ? (int) a : word(sw(a).remainder(sw(b))));
    BY_NAME.put("remuw", (a, b) -> (int) b == 0 ? (int) a : word(uw(a).remainder(uw(b))));
  }

  private static void addressGeneration() {
    for (int n = 1; n <= 3; n++) {
      long factor = 1L << n;
      BY_NAME.put("sh" + n + "add", (a, b) -> u(a).multiply(s(factor)).add(u(b)).longValue());
      BY_NAME.put("sh" + n + "add.uw", (a, b) -> uw(a).multiply(s(factor)).add(u(b)).longValue());
    }
    BY_NAME.put("add.uw", (a, b) -> uw(a).add(u(b)).longValue());
    BY_NAME.put("slli.uw", (a, b) -> uw(a).multiply(power(b & 63)).longValue());
  }

  private static boolean bit(long v, long n) {
    return u(v).testBit((int) n);
  }

  private static long leadingZeroes(long v, int width) {
    long n = 0;
    while (n < width && !bit(v, width - 1 - n)) {
      n++;
    }
    return n;
  }

  private static long trailingZeroes(long v, int width) {
    long n = 0;
    while (n < width && !bit(v, n)) {
      n++;
    }
    return n;
  }

  private static long population(long v, int width) {
    long n = 0;
    for (int i = 0; i < width; i++) {
      n += bool(bit(v, i));
    }
    return n;
  }

  private static long rotateRight(long v, long by, int width) {
    BigInteger r = BigInteger.ZERO;
    for (int i = 0; i < width; i++) {
      if (bit(v, (i + by) % width)) {
        r = r.setBit(i);
      }
    }
    return width == 32 ? r.intValue() : r.longValue();
  }

  private static long byteAt(long v, int i) {
    return v >>> (8 * i) & 0xff;
  }

  private static void bitManipulation() {
    BY_NAME.put("andn", (a, b) -> s(a).andNot(s(b)).longValue());
    BY_NAME.put("orn", (a, b) -> s(a).or(s(b).not()).longValue());
    BY_NAME.put("xnor", (a, b) -> s(a).xor(s(b)).not().longValue());
    BY_NAME.put("clz", (a, b) -> leadingZeroes(a, 64));
    BY_NAME.put("ctz", (a, b) -> trailingZeroes(a, 64));
    BY_NAME.put("cpop", (a, b) -> population(a, 64));
    BY_NAME.put("clzw", (a, b) -> leadingZeroes(a, 32));
    BY_NAME.put("ctzw", (a, b) -> trailingZeroes(a, 32));
    BY_NAME.put("cpopw", (a, b) -> population(a, 32));
    BY_NAME.put("min", (a, b) -> s(a).min(s(b)).longValue());
    BY_NAME.put("max", (a, b) -> s(a).max(s(b)).longValue());
    BY_NAME.put("minu", (a, b) -> u(a).min(u(b)).longValue());
    BY_NAME.put("maxu", (a, b) -> u(a).max(u(b)).longValue());
    BY_NAME.put("sext.b", (a, b) -> (byte) a);
    BY_NAME.put("sext.h", (a, b) -> (short) a);
    BY_NAME.put("zext.h", (a, b) -> a & 0xffff);
    BY_NAME.put("rol", (a, b) -> rotateRight(a, 64 - (b & 63), 64));
    BY_NAME.put("rolw", (a, b) -> rotateRight(a, 32 - (b & 31), 32));
    both("ror", "rori", (a, b) -> rotateRight(a, b & 63, 64));
    both("rorw", "roriw", (a, b) -> rotateRight(a, b & 31, 32));
    BY_NAME.put(
        "orc.b",
        (a, b) -> {
          long r = 0;
          for (int i = 0; i < 8; i++) {
            r |= byteAt(a, i) == 0 ? 0 : 0xffL << (8 * i);
          }
          return r;
        });
    BY_NAME.put(
        "rev8",
        (a, b) -> {
          long r = 0;
          for (int i = 0; i < 8; i++) {
            r |= byteAt(a, i) << (8 * (7 - i));
          }
          return r;
        });
  }

  private static void singleBits() {
    both("bclr", "bclri", (a, b) -> u(a).clearBit((int) (b & 63)).longValue());
    both("bext", "bexti", (a, b) -> bool(bit(a, b & 63)));
    both("binv", "binvi", (a, b) -> u(a).flipBit((int) (b & 63)).longValue());
    both("bset", "bseti", (a, b) -> u(a).setBit((int) (b & 63)).longValue());
  }

  private static BigInteger carryLessProduct(long a, long b) {
    BigInteger r = BigInteger.ZERO;
    for (int i = 0; i < 64; i++) {
      if (bit(b, i)) {
        r = r.xor(u(a).shiftLeft(i));
      }
    }
    return r;
  }

  private static void carryLess() {
    BY_NAME.put("clmul", (a, b) -> carryLessProduct(a, b).longValue());
    BY_NAME.put("clmulh", (a, b) -> carryLessProduct(a, b).shiftRight(64).longValue());
    BY_NAME.put("clmulr", (a, b) -> carryLessProduct(a, b).shiftRight(63).longValue());
  }

  private static void cryptography() {
    BY_NAME.put("pack", (a, b) -> uw(b).shiftLeft(32).or(uw(a)).longValue());
    BY_NAME.put("packh", (a, b) -> (b & 0xff) * 256 + (a & 0xff));
    BY_NAME.put("packw", (a, b) -> word(s(b & 0xffff).shiftLeft(16).or(s(a & 0xffff))));
    BY_NAME.put(
        "brev8",
        (a, b) -> {
          BigInteger r = BigInteger.ZERO;
          for (int i = 0; i < 64; i++) {
            if (bit(a, i)) {
              r = r.setBit(i / 8 * 8 + 7 - i % 8);
            }
          }
          return r.longValue();
        });
  }
}
