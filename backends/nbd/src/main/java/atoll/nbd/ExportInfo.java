package atoll.nbd;

/**
 * What a server says of an export.
 *
 * @param size bytes
 * @param flags of transmission
 * @param least bytes that requests must be multiples of, in length and place
 * @param most bytes of data that a request may have
 */
record ExportInfo(long size, int flags, int least, int most) {
  private static final int LEAST_MOST = 64 << 10;

  ExportInfo {
    if (size < 0 || least < 1 || least > LEAST_MOST || Integer.bitCount(least) != 1) {
      throw new IllegalArgumentException(
          "an export of %d bytes in blocks of %d".formatted(size, least));
    }
    if (most < least) {
      throw new IllegalArgumentException(
          "requests of at most %d bytes, and at least %d".formatted(most, least));
    }
  }

  boolean has(int flag) {
    return (flags & flag) != 0;
  }
}
