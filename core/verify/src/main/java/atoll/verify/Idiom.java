package atoll.verify;

import java.util.Arrays;
import java.util.HexFormat;

/**
 * Instructions that are taken together, as one: nothing can jump between them. They are given as
 * bytes; each {@code ....} is a field of four bytes, a number that the verifier looks at.
 */
final class Idiom {
  private static final String FIELD = "....";
  private static final short ANY = -1;

  private final short[] pattern;
  private final int[] fields;
  private final byte third;

  /** Which one it is. */
  final int number;

  Idiom(int number, String... instructions) {
    this.number = number;
    short[] bytes = new short[64];
    int[] places = new int[8];
    int size = 0;
    int count = 0;
    for (String token : String.join(" ", instructions).split(" ", -1)) {
      if (token.equals(FIELD)) {
        places[count++] = size;
        Arrays.fill(bytes, size, size + 4, ANY);
        size += 4;
      } else {
        bytes[size++] = (short) HexFormat.fromHexDigits(token);
      }
    }
    pattern = Arrays.copyOf(bytes, size);
    fields = Arrays.copyOf(places, count);
    third = (byte) pattern[2];
  }

  /** One of the first three bytes, which are no fields. */
  int begin(int index) {
    return pattern[index];
  }

  /** How many fields there are. */
  int fields() {
    return fields.length;
  }

  int length() {
    return pattern.length;
  }

  /** Whether it is there; the first two bytes are known to be. */
  boolean matches(byte[] code, int at) {
    if (third != code[at + 2]) {
      return false;
    }
    short[] p = pattern;
    for (int i = 3; i < p.length; i++) {
      short b = p[i];
      if (b >= 0 && b != (code[at + i] & 0xff)) {
        return false;
      }
    }
    return true;
  }

  /** The place behind a field, from which jumps and relative operands count. */
  int behind(int at, int field) {
    return at + fields[field] + 4;
  }

  int value(byte[] code, int at, int field) {
    return int32(code, at + fields[field]);
  }

  static int int32(byte[] code, int at) {
    return (code[at] & 0xff)
        | (code[at + 1] & 0xff) << 8
        | (code[at + 2] & 0xff) << 16
        | code[at + 3] << 24;
  }

  static void int32(byte[] code, int at, int value) {
    for (int i = 0; i < Integer.BYTES; i++) {
      code[at + i] = (byte) (value >> 8 * i);
    }
  }
}
