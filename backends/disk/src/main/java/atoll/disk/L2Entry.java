package atoll.disk;

import java.io.IOException;

/**
 * What an L2 table says of a cluster.
 *
 * @param word the entry, or its first half
 * @param bitmap in an image with subclusters its second half: the low bit of each says that it is
 *     allocated, the high one that it reads as zero; otherwise 0
 */
record L2Entry(long word, long bitmap) {
  static final long COPIED = 1L << 63;
  static final long COMPRESSED = 1L << 62;
  private static final long ZERO_FLAG = 1;
  static final long OFFSET = 0x00ff_ffff_ffff_fe00L;
  static final int SUBCLUSTERS = 32;
  static final L2Entry NONE = new L2Entry(0, 0);

  /** A cluster that reads as zeroes, without a place or at the place of another entry. */
  static L2Entry zero(long place, boolean extended) {
    return extended ? new L2Entry(place, -1L << 32) : new L2Entry(place | ZERO_FLAG, 0);
  }

  boolean compressed() {
    return (word & COMPRESSED) != 0;
  }

  /** Of a cluster that is not compressed; 0 if it has none. */
  long place() {
    return word & OFFSET;
  }

  boolean owned() {
    return (word & COPIED) != 0;
  }

  /** Whether it refers to a place; in a data file, one at 0 as well. */
  boolean hasPlace(boolean dataFile) {
    return !compressed() && (place() != 0 || dataFile && owned());
  }

  /** Whether there is a place that may be written; in a data file, one at 0 as well. */
  boolean writable(boolean dataFile) {
    return owned() && hasPlace(dataFile);
  }

  /** Whether something is stored at its place. */
  boolean hasData(boolean extended, boolean dataFile) {
    if (compressed()) {
      return true;
    }
    return extended
        ? (bitmap & 0xffff_ffffL) != 0
        : (word & ZERO_FLAG) == 0 && (place() != 0 || dataFile && owned());
  }

  /**
   * Where a unit comes from: the cluster, or a subcluster of it.
   *
   * @throws DamagedImageException if it contradicts itself
   */
  Extent.Kind kind(int unit, Qcow2Header header, Storage file) throws IOException {
    if (compressed()) {
      return Extent.Kind.COMPRESSED;
    }
    if ((place() & header.clusterSize() - 1) != 0) {
      throw new DamagedImageException(file, "has a cluster at 0x%x".formatted(place()));
    }
    return header.extendedL2() ? kindOf(unit, file) : kindOf(header, file);
  }

  private Extent.Kind kindOf(int unit, Storage file) throws IOException {
    boolean allocated = (bitmap >>> unit & 1) != 0;
    boolean zero = (bitmap >>> SUBCLUSTERS + unit & 1) != 0;
    if (allocated && (zero || place() == 0 && !owned())) {
      throw new DamagedImageException(
          file, "has subclusters 0x%x of a cluster at 0x%x".formatted(bitmap, place()));
    }
    return allocated ? Extent.Kind.DATA : zero ? Extent.Kind.ZERO : Extent.Kind.BACKING;
  }

  private Extent.Kind kindOf(Qcow2Header header, Storage file) throws IOException {
    if ((word & ZERO_FLAG) != 0) {
      if (header.version() == 2) {
        throw new DamagedImageException(file, "has a zero cluster, which version 2 has not");
      }
      return Extent.Kind.ZERO;
    }
    return hasData(false, header.dataFile()) ? Extent.Kind.DATA : Extent.Kind.BACKING;
  }

  /**
   * The same with a place of its own and units {@code first} to before {@code end} stored there.
   */
  L2Entry stored(long place, int first, int end, boolean extended) {
    if (!extended) {
      return new L2Entry(place | COPIED, 0);
    }
    long units = mask(first, end);
    return new L2Entry(
        place | COPIED, (compressed() ? 0 : bitmap) & ~(units << SUBCLUSTERS) | units);
  }

  /** The same with units {@code first} to before {@code end} zero; of an image with subclusters. */
  L2Entry zeroed(int first, int end) {
    long units = mask(first, end);
    return new L2Entry(word, bitmap & ~units | units << SUBCLUSTERS);
  }

  private static long mask(int first, int end) {
    return (1L << end) - (1L << first);
  }
}
