package atoll.virtio;

/** The 64-bit values that a driver accesses by halves: 0 is the low one, 1 the high one. */
final class Half {
  private Half() {}

  static boolean exists(int select) {
    return select == 0 || select == 1;
  }

  /** A half, or 0 where there is none. */
  static int of(long bits, int select) {
    return exists(select) ? (int) (bits >>> select * Integer.SIZE) : 0;
  }

  static long low(long old, int value) {
    return (old & 0xffff_ffff_0000_0000L) | (value & 0xffff_ffffL);
  }

  static long high(long old, int value) {
    return (old & 0xffff_ffffL) | (long) value << Integer.SIZE;
  }
}
