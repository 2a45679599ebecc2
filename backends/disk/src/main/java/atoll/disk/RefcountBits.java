package atoll.disk;

import java.nio.ByteBuffer;

/** Refcounts of 1, 2, 4, … 64 bits in a page: counts below a byte fill it from its low end. */
final class RefcountBits {
  private RefcountBits() {}

  /**
   * One count.
   *
   * @param at where the byte with its first bit is
   * @param order the binary logarithm of its bits
   * @param index its number, which tells where in a byte it is
   */
  static long get(ByteBuffer page, int at, int order, long index) {
    return switch (order) {
      case 3 -> page.get(at) & 0xffL;
      case 4 -> page.getShort(at) & 0xffffL;
      case 5 -> page.getInt(at) & 0xffff_ffffL;
      case 6 -> page.getLong(at);
      default -> page.get(at) >>> shift(order, index) & mask(order);
    };
  }

  /** Changes one. */
  static void put(ByteBuffer page, int at, int order, long index, long value) {
    switch (order) {
      case 3 -> page.put(at, (byte) value);
      case 4 -> page.putShort(at, (short) value);
      case 5 -> page.putInt(at, (int) value);
      case 6 -> page.putLong(at, value);
      default -> {
        int shift = shift(order, index);
        int others = page.get(at) & ~(mask(order) << shift);
        page.put(at, (byte) (others | value << shift));
      }
    }
  }

  private static int shift(int order, long index) {
    int perByte = 8 >> order;
    return (int) (index & perByte - 1) << order;
  }

  private static int mask(int order) {
    return (1 << (1 << order)) - 1;
  }

  /** How many counts in a row, from this one to the end of the page, are not 0. */
  static long used(ByteBuffer page, int at, int order, long index) {
    long left = left(page.capacity(), order, index);
    for (long n = 0; n < left; n++) {
      int place =
          (int)
              (at + (order < 3 ? ((index & (8 >> order) - 1) + n) >>> 3 - order : n << order - 3));
      if (get(page, place, order, index + n) == 0) {
        return n;
      }
    }
    return left;
  }

  /** How many counts there are from this one to the end of its page. */
  static long left(int pageSize, int order, long index) {
    long perPage = (long) pageSize * 8 >>> order;
    return perPage - (index & perPage - 1);
  }
}
