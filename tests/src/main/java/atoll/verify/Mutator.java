package atoll.verify;

import java.util.SplittableRandom;

/** Changes code a little, as a fault in a translator might, or somebody who writes into a cache. */
final class Mutator {
  private static final int[] EDGES = {
    0,
    1,
    -1,
    7,
    8,
    16,
    -8,
    -16,
    0x7f,
    -0x80,
    0xff,
    4088,
    4095,
    4096,
    -4096,
    -4095,
    Integer.MAX_VALUE,
    Integer.MIN_VALUE,
    384,
    392,
    400,
    408,
    416,
    424,
    432
  };

  private final SplittableRandom random;

  /** The last one's first changed byte. */
  private int at;

  Mutator(SplittableRandom numbers) {
    random = numbers;
  }

  int at() {
    return at;
  }

  /** Changes some bytes in place. */
  void change(byte[] code, byte[] other) {
    at = random.nextInt(code.length);
    switch (random.nextInt(8)) {
      case 0, 1, 2 -> code[at] ^= (byte) (1 << random.nextInt(8));
      case 3 -> code[at] = (byte) random.nextInt(256);
      case 4 -> immediate(code);
      case 5 -> branch(code);
      case 6 -> swap(code);
      default -> copy(code, other);
    }
  }

  /** Four bytes become a number at an edge, or a little more or less. */
  private void immediate(byte[] code) {
    at = random.nextInt(Math.max(1, code.length - 4));
    int old = Idiom.int32(code, at);
    put(code, random.nextBoolean() ? EDGES[random.nextInt(EDGES.length)] : old + nearby());
  }

  private int nearby() {
    return random.nextInt(-16, 17);
  }

  /** A jump, or what looks like one, goes elsewhere. */
  private void branch(byte[] code) {
    for (int i = at; i + 5 < code.length; i++) {
      int b = code[i] & 0xff;
      if (b == 0xe9 || b == 0xe8 || (b & 0xf0) == 0x80 && i > 0 && code[i - 1] == 0x0f) {
        at = i + 1;
        int target = random.nextInt(code.length);
        put(code, random.nextBoolean() ? target - (at + 4) : Idiom.int32(code, at) + nearby());
        return;
      }
    }
  }

  private void put(byte[] code, int value) {
    for (int i = 0; i < 4 && at + i < code.length; i++) {
      code[at + i] = (byte) (value >> 8 * i);
    }
  }

  /** Bytes change places with those behind them. */
  private void swap(byte[] code) {
    int first = random.nextInt(1, 8);
    int second = random.nextInt(1, 8);
    if (at + first + second > code.length) {
      return;
    }
    byte[] before = java.util.Arrays.copyOfRange(code, at, at + first + second);
    System.arraycopy(before, first, code, at, second);
    System.arraycopy(before, 0, code, at + second, first);
  }

  /** Bytes of other code, of the size of an instruction or a few. */
  private void copy(byte[] code, byte[] other) {
    int size = Math.min(random.nextInt(1, 16), Math.min(code.length - at, other.length));
    System.arraycopy(other, random.nextInt(other.length - size + 1), code, at, size);
  }
}
