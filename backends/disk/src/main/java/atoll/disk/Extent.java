package atoll.disk;

/**
 * A run of a disk's bytes that come from one place.
 *
 * @param place where its first byte is: an offset in the data's file; of a compressed cluster its
 *     L2 entry; otherwise 0
 * @param length bytes of the disk
 * @param owned whether only the active table refers to the place, so that it may be written
 */
record Extent(Kind kind, long place, long length, boolean owned) {
  /** Where bytes come from. */
  enum Kind {
    /** From a place in the file. */
    DATA,
    /** From nowhere: they are zero. */
    ZERO,
    /** From the backing file; zero if there is none. */
    BACKING,
    /** From a compressed cluster. */
    COMPRESSED
  }

  /** Whether it can be written where it is. */
  boolean writable() {
    return kind == Kind.DATA && owned;
  }
}
