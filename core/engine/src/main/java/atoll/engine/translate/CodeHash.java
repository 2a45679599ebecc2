package atoll.engine.translate;

import atoll.host.RawMemory;

/**
 * What a piece of translated code is sought by: its place in its page, and the guest code that is
 * there. A hash alone decides nothing, since a guest could choose its code by it: all bytes are
 * compared before a piece is used.
 */
final class CodeHash {
  /** Bytes that code is sought by, if it has that many. */
  static final int PREFIX = 16;

  /** Bytes that shorter code is sought by: no instruction is smaller. */
  static final int SHORT_PREFIX = 2;

  private static final long FACTOR = 0x9e3779b97f4a7c15L;
  private static final int WORD = Long.BYTES;

  private CodeHash() {}

  /**
   * A key.
   *
   * @param hva of the code
   * @param length of the prefix
   * @param place whatever else the piece depends on
   */
  static long key(long hva, int length, int place) {
    return hash(hva, length, (long) place << 16 | length);
  }

  /** A hash of {@code length} bytes at {@code hva}. */
  static long hash(long hva, int length) {
    return hash(hva, length, length);
  }

  private static long hash(long hva, int length, long seed) {
    long hash = seed * FACTOR;
    int i = 0;
    for (; i <= length - WORD; i += WORD) {
      hash = mix(hash, RawMemory.getLong(hva + i));
    }
    long rest = 0;
    for (; i < length; i += 2) {
      rest = rest << 16 | RawMemory.getShort(hva + i) & 0xffff;
    }
    return mix(hash, rest);
  }

  private static long mix(long hash, long word) {
    long mixed = (hash ^ word) * FACTOR;
    return mixed ^ mixed >>> 32;
  }
}
