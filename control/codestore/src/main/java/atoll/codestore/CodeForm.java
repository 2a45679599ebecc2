package atoll.codestore;

/**
 * The form of a file of translated code, little-endian. A header; pieces, each behind a word with
 * its size and one with its checksum; and an index, which is a hash table with chains.
 */
final class CodeForm {
  /** "ATOLCODE". */
  static final long MAGIC = 0x45444f434c4f5441L;

  /** Changes with the form of files or of pieces. */
  static final int VERSION = 1;

  // The header: offsets.
  static final int AT_MAGIC = 0;
  static final int AT_VERSION = 8;

  /** Pieces in the file. */
  static final int AT_COUNT = 12;

  /** Three words of a {@link BuildId}. */
  static final int AT_BUILD = 16;

  /** Where the index begins: its buckets, then its entries. */
  static final int AT_INDEX = 40;

  /** Buckets, a power of two. */
  static final int AT_BUCKETS = 48;

  static final int AT_INDEX_CHECK = 52;

  /** Checksum of the header before it. */
  static final int AT_HEADER_CHECK = 60;

  static final int HEADER = 64;

  // An entry of the index: offsets.
  static final int ENTRY_HASH = 0;
  static final int ENTRY_KEY = 8;

  /** Where its piece is, in units of {@link #UNIT}. */
  static final int ENTRY_PLACE = 16;

  /** Bytes of the piece. */
  static final int ENTRY_SIZE = 20;

  /** The next one of the same bucket, plus one; or 0. */
  static final int ENTRY_NEXT = 24;

  /** The kind, and above it the length. */
  static final int ENTRY_LABEL = 28;

  static final int ENTRY = 32;
  static final int LENGTH_SHIFT = 8;
  static final int KIND_MASK = 0xff;

  /** Pieces begin at multiples of this. */
  static final int UNIT = 16;

  /** In front of a piece: its size, its checksum, and nothing. */
  static final int PIECE_HEADER = 16;

  /** More entries of one bucket are not looked at. */
  static final int MOST_FOLLOWED = 64;

  /** Pieces of a file at most. */
  static final int MOST_PIECES = 1 << 20;

  private CodeForm() {}

  static int bucket(long key, int buckets) {
    return (int) key & buckets - 1;
  }

  /** Bytes of a file that a piece takes. */
  static int taken(int size) {
    return PIECE_HEADER + size + UNIT - 1 & -UNIT;
  }
}
