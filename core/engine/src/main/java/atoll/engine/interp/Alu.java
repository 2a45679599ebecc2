package atoll.engine.interp;

/**
 * The computations of integer instructions for which Java has no operator: the M, Zba, Zbb, Zbs,
 * Zbc, Zbkb and Zicond extensions on 64-bit registers. Every method is pure; a name ending in
 * {@code W} works on the low words and sign-extends its result. Shift amounts and bit indexes are
 * taken modulo the width, which is what Java's shifts do by themselves.
 */
final class Alu {
  private static final long LOW_WORD = 0xffff_ffffL;
  private static final long EVERY_FOURTH_BIT = 0x1111_1111_1111_1111L;
  private static final long LOW_SEVEN_BITS = 0x7f7f_7f7f_7f7f_7f7fL;
  private static final long LOWEST_BITS = 0x0101_0101_0101_0101L;

  private Alu() {}

  // M: division by zero and overflow give the values of the unprivileged specification's table
  // "Semantics for division by zero and division overflow". Java's division of the most negative
  // number by -1 wraps to the dividend with remainder 0, as the table demands.

  static long mulh(long a, long b) {
    return Math.multiplyHigh(a, b);
  }

  /** The upper half of signed {@code a} times unsigned {@code b}. */
  static long mulhsu(long a, long b) {
    // As a signed number b lacks 2^64 if its top bit is set: that adds a to the upper half.
    return Math.multiplyHigh(a, b) + (a & (b >> 63));
  }

  static long mulhu(long a, long b) {
    return Math.unsignedMultiplyHigh(a, b);
  }

  static long mulw(long a, long b) {
    return (int) (a * b);
  }

  static long div(long a, long b) {
    return b == 0 ? -1 : a / b;
  }

  static long divu(long a, long b) {
    return b == 0 ? -1 : Long.divideUnsigned(a, b);
  }

  static long rem(long a, long b) {
    return b == 0 ? a : a % b;
  }

  static long remu(long a, long b) {
    return b == 0 ? a : Long.remainderUnsigned(a, b);
  }

  static long divw(long a, long b) {
    return (int) b == 0 ? -1 : (int) a / (int) b;
  }

  static long divuw(long a, long b) {
    return (int) b == 0 ? -1 : (int) ((a & LOW_WORD) / (b & LOW_WORD));
  }

  static long remw(long a, long b) {
    return (int) b == 0 ? (int) a : (int) a % (int) b;
  }

  static long remuw(long a, long b) {
    return (int) b == 0 ? (int) a : (int) ((a & LOW_WORD) % (b & LOW_WORD));
  }

  // Zba: address generation.

  static long addUw(long a, long b) {
    return (a & LOW_WORD) + b;
  }

  static long sh1add(long a, long b) {
    return (a << 1) + b;
  }

  static long sh2add(long a, long b) {
    return (a << 2) + b;
  }

  static long sh3add(long a, long b) {
    return (a << 3) + b;
  }

  static long sh1addUw(long a, long b) {
    return ((a & LOW_WORD) << 1) + b;
  }

  static long sh2addUw(long a, long b) {
    return ((a & LOW_WORD) << 2) + b;
  }

  static long sh3addUw(long a, long b) {
    return ((a & LOW_WORD) << 3) + b;
  }

  static long slliUw(long a, long shift) {
    return (a & LOW_WORD) << shift;
  }

  // Zbb: basic bit manipulation.

  static long andn(long a, long b) {
    return a & ~b;
  }

  static long orn(long a, long b) {
    return a | ~b;
  }

  static long xnor(long a, long b) {
    return ~(a ^ b);
  }

  static long clz(long a) {
    return Long.numberOfLeadingZeros(a);
  }

  static long clzw(long a) {
    return Integer.numberOfLeadingZeros((int) a);
  }

  static long ctz(long a) {
    return Long.numberOfTrailingZeros(a);
  }

  static long ctzw(long a) {
    return Integer.numberOfTrailingZeros((int) a);
  }

  static long cpop(long a) {
    return Long.bitCount(a);
  }

  static long cpopw(long a) {
    return Integer.bitCount((int) a);
  }

  static long max(long a, long b) {
    return Math.max(a, b);
  }

  static long maxu(long a, long b) {
    return Long.compareUnsigned(a, b) > 0 ? a : b;
  }

  static long min(long a, long b) {
    return Math.min(a, b);
  }

  static long minu(long a, long b) {
    return Long.compareUnsigned(a, b) < 0 ? a : b;
  }

  static long sextB(long a) {
    return (byte) a;
  }

  static long sextH(long a) {
    return (short) a;
  }

  static long zextH(long a) {
    return a & 0xffff;
  }

  static long rol(long a, long shift) {
    return Long.rotateLeft(a, (int) shift);
  }

  static long ror(long a, long shift) {
    return Long.rotateRight(a, (int) shift);
  }

  static long rolw(long a, long shift) {
    return Integer.rotateLeft((int) a, (int) shift);
  }

  static long rorw(long a, long shift) {
    return Integer.rotateRight((int) a, (int) shift);
  }

  /** Every byte that is not zero becomes 0xff. */
  static long orcB(long a) {
    // Adding 0x7f carries into a byte's top bit if any of its other bits is set, and never beyond.
    long nonZero = (((a & LOW_SEVEN_BITS) + LOW_SEVEN_BITS) | a) >>> 7 & LOWEST_BITS;
    return nonZero * 0xff;
  }

  static long rev8(long a) {
    return Long.reverseBytes(a);
  }

  // Zbs: single bits.

  static long bclr(long a, long index) {
    return a & ~(1L << index);
  }

  static long bext(long a, long index) {
    return a >>> index & 1;
  }

  static long binv(long a, long index) {
    return a ^ 1L << index;
  }

  static long bset(long a, long index) {
    return a | 1L << index;
  }

  // Zbkb: bit manipulation for cryptography, beyond what it shares with Zbb.

  /** Reverses the order of the bits within every byte. */
  static long brev8(long a) {
    return Long.reverseBytes(Long.reverse(a));
  }

  static long pack(long a, long b) {
    return a & LOW_WORD | b << 32;
  }

  static long packh(long a, long b) {
    return a & 0xff | (b & 0xff) << 8;
  }

  static long packw(long a, long b) {
    return (int) (a & 0xffff | b << 16);
  }

  // Zbc: products of polynomials over GF(2).

  /** Bits 63..0 of the carry-less product. */
  static long clmul(long a, long b) {
    // Ordinary products of operands that have one bit in four: a column of a partial product sums
    // at most 15 ones below bit 60, so carries die in the three zero bits between two columns, and
    // what the columns from bit 60 carry leaves the word. A column's lowest bit is its parity.
    long a0 = a & EVERY_FOURTH_BIT;
    long a1 = a & EVERY_FOURTH_BIT << 1;
    long a2 = a & EVERY_FOURTH_BIT << 2;
    long a3 = a & EVERY_FOURTH_BIT << 3;
    long b0 = b & EVERY_FOURTH_BIT;
    long b1 = b & EVERY_FOURTH_BIT << 1;
    long b2 = b & EVERY_FOURTH_BIT << 2;
    long b3 = b & EVERY_FOURTH_BIT << 3;
    long c0 = a0 * b0 ^ a1 * b3 ^ a2 * b2 ^ a3 * b1;
    long c1 = a0 * b1 ^ a1 * b0 ^ a2 * b3 ^ a3 * b2;
    long c2 = a0 * b2 ^ a1 * b1 ^ a2 * b0 ^ a3 * b3;
    long c3 = a0 * b3 ^ a1 * b2 ^ a2 * b1 ^ a3 * b0;
    return c0 & EVERY_FOURTH_BIT
        | c1 & EVERY_FOURTH_BIT << 1
        | c2 & EVERY_FOURTH_BIT << 2
        | c3 & EVERY_FOURTH_BIT << 3;
  }

  /** Bits 127..64 of the carry-less product. */
  static long clmulh(long a, long b) {
    return clmulr(a, b) >>> 1;
  }

  /** Bits 126..63 of the carry-less product. */
  static long clmulr(long a, long b) {
    // Without carries a product of mirrored operands is the mirrored product.
    return Long.reverse(clmul(Long.reverse(a), Long.reverse(b)));
  }

  // Zicond: conditional zero.

  static long czeroEqz(long a, long condition) {
    return condition == 0 ? 0 : a;
  }

  static long czeroNez(long a, long condition) {
    return condition != 0 ? 0 : a;
  }
}
