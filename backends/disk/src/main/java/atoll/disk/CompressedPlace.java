package atoll.disk;

/**
 * Where a compressed cluster is.
 *
 * @param offset its first byte in the file
 * @param length bytes to the end of its last sector; what follows its data there is anything
 */
record CompressedPlace(long offset, long length) {
  private static final int SECTOR_BITS = 9;

  /** Of an L2 entry: the offset's bits are fewer the larger clusters are. */
  static CompressedPlace of(long word, int clusterBits) {
    int bits = offsetBits(clusterBits);
    long offset = word & (1L << bits) - 1;
    long sectors = (word & L2Entry.COMPRESSED - 1) >>> bits;
    return new CompressedPlace(offset, ((sectors + 1) << SECTOR_BITS) - (offset & 511));
  }

  /** The L2 entry for {@code length} bytes from {@code offset} on. */
  static long word(long offset, long length, int clusterBits) {
    long sectors = (offset + length - 1 >>> SECTOR_BITS) - (offset >>> SECTOR_BITS);
    return L2Entry.COMPRESSED | sectors << offsetBits(clusterBits) | offset;
  }

  /** The most that an offset can be, plus one. */
  static long limit(int clusterBits) {
    return 1L << Math.min(offsetBits(clusterBits), 56);
  }

  private static int offsetBits(int clusterBits) {
    return 62 - (clusterBits - 8);
  }
}
