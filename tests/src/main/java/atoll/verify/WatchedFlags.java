package atoll.verify;

import java.util.SplittableRandom;

/**
 * The arithmetic flags of a {@link WatchedProcessor}, and what they come of (Intel SDM, volume 1).
 */
final class WatchedFlags {
  static final int ADD = 0;
  static final int OR = 1;
  static final int AND = 4;
  static final int SUB = 5;
  static final int XOR = 6;
  static final int CMP = 7;

  boolean carry;
  boolean zero;
  private boolean sign;
  private boolean overflow;
  private boolean parity;

  /**
   * Computes what an opcode of the first row does, and sets the flags.
   *
   * @param op as its bits 3 to 5 have it
   * @param wide whether on 64 bits
   */
  long compute(int op, long x, long y, boolean wide) {
    long a = wide ? x : x & 0xffff_ffffL;
    long b = wide ? y : y & 0xffff_ffffL;
    return switch (op) {
      case ADD -> {
        long sum = cut(a + b, wide);
        carry = Long.compareUnsigned(sum, a) < 0;
        set(sum, (a ^ sum) & (b ^ sum), wide);
        yield sum;
      }
      case SUB, CMP -> {
        long difference = cut(a - b, wide);
        carry = Long.compareUnsigned(a, b) < 0;
        set(difference, (a ^ b) & (a ^ difference), wide);
        yield difference;
      }
      case OR -> logic(a | b, wide);
      case AND -> logic(a & b, wide);
      case XOR -> logic(a ^ b, wide);
      default -> throw new EscapeException("an operation: " + op);
    };
  }

  /** The bits that an operation has. */
  static long cut(long value, boolean wide) {
    return wide ? value : value & 0xffff_ffffL;
  }

  /** Sets the flags as a bitwise operation with this result does. */
  long logic(long value, boolean wide) {
    carry = false;
    long result = cut(value, wide);
    set(result, 0, wide);
    return result;
  }

  private void set(long result, long over, boolean wide) {
    zero = result == 0;
    sign = (wide ? result : result << 32) < 0;
    overflow = (wide ? over : over << 32) < 0;
    parity = (Long.bitCount(result & 0xff) & 1) == 0;
  }

  /** What an operation leaves whose flags are not followed. */
  void any(SplittableRandom random) {
    int bits = random.nextInt(32);
    carry = (bits & 1) != 0;
    zero = (bits & 2) != 0;
    sign = (bits & 4) != 0;
    overflow = (bits & 8) != 0;
    parity = (bits & 16) != 0;
  }

  /** Whether a condition holds, by the low four bits of its opcode. */
  boolean condition(int number) {
    boolean yes =
        switch (number >> 1) {
          case 0 -> overflow;
          case 1 -> carry;
          case 2 -> zero;
          case 3 -> carry || zero;
          case 4 -> sign;
          case 5 -> parity;
          case 6 -> sign != overflow;
          default -> zero || sign != overflow;
        };
    return yes != ((number & 1) != 0);
  }

  /**
   * The result of a shift or rotation.
   *
   * @param op as the opcode's extension has it
   * @param x zero-extended if it has 32 bits
   */
  static long shifted(int op, long x, int count, boolean wide) {
    return switch (op) {
      case 0 -> wide ? Long.rotateLeft(x, count) : Integer.rotateLeft((int) x, count);
      case 1 -> wide ? Long.rotateRight(x, count) : Integer.rotateRight((int) x, count);
      case 4 -> x << count;
      case 5 -> x >>> count;
      case 7 -> wide ? x >> count : (int) x >> count;
      default -> throw new EscapeException("a shift");
    };
  }
}
