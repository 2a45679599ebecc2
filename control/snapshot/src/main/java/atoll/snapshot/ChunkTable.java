package atoll.snapshot;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.BitSet;

/**
 * Which pages of a region a file has, as chunks of adjacent pages with a checksum each: three
 * little-endian words of 32 bits for a chunk, which are the number of its first page, how many
 * pages it has, and their CRC-32C. A file that lies over another one can also have chunks of
 * zeroes, which hide what is below: they have no bytes and no checksum.
 */
final class ChunkTable {
  /** Bytes of a page. */
  static final int PAGE = 4096;

  /** Most pages of a chunk that has bytes. */
  static final int MOST = 256;

  /** Bytes of an entry. */
  private static final int ENTRY = 12;

  private static final int COUNT = 4;
  private static final int SUM = 8;
  private static final int ZEROES = 1 << 31;

  private final ByteBuffer entries;

  private ChunkTable(byte[] bytes) {
    entries = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  /**
   * A table that anybody may have made.
   *
   * @param pages that the region has
   * @param upper whether it may hide what is below it
   * @throws IllegalArgumentException if it is not in order
   */
  static ChunkTable of(byte[] bytes, long pages, boolean upper) {
    if (bytes.length % ENTRY != 0) {
      throw new IllegalArgumentException(
          "a table of chunks has entries of %d bytes, this one has %d bytes"
              .formatted(ENTRY, bytes.length));
    }
    ChunkTable table = new ChunkTable(bytes);
    long end = 0;
    for (int chunk = 0; chunk < table.size(); chunk++) {
      long next = table.page(chunk) + table.pages(chunk);
      boolean zeroes = table.zeroes(chunk);
      int most = zeroes ? Integer.MAX_VALUE : MOST;
      if (table.page(chunk) < end || next > pages || next == table.page(chunk)) {
        throw new IllegalArgumentException(
            "chunk %d has %d pages from page %d, expected one or more from page %d up to %d"
                .formatted(chunk, table.pages(chunk), table.page(chunk), end, pages));
      }
      if (table.pages(chunk) > most || zeroes && (!upper || table.sum(chunk) != 0)) {
        throw new IllegalArgumentException(
            "chunk %d has %d pages %s, expected at most %d"
                .formatted(
                    chunk, table.pages(chunk), zeroes ? "of zeroes" : "", upper ? most : MOST));
      }
      end = next;
    }
    return table;
  }

  int size() {
    return entries.capacity() / ENTRY;
  }

  /** The first page of a chunk. */
  long page(int chunk) {
    return entries.getInt(chunk * ENTRY) & 0xffff_ffffL;
  }

  /** How many pages a chunk has. */
  int pages(int chunk) {
    return entries.getInt(chunk * ENTRY + COUNT) & ~ZEROES;
  }

  /** Whether a chunk has zeroes instead of bytes. */
  boolean zeroes(int chunk) {
    return entries.getInt(chunk * ENTRY + COUNT) < 0;
  }

  int sum(int chunk) {
    return entries.getInt(chunk * ENTRY + SUM);
  }

  /** Bytes of all chunks that have some. */
  long stored() {
    long pages = 0;
    for (int chunk = 0; chunk < size(); chunk++) {
      pages += zeroes(chunk) ? 0 : pages(chunk);
    }
    return pages * PAGE;
  }

  /** Adds the pages that have bytes, and those that are zeroes. */
  void addTo(BitSet present, BitSet zero) {
    for (int chunk = 0; chunk < size(); chunk++) {
      int first = (int) page(chunk);
      (zeroes(chunk) ? zero : present).set(first, first + pages(chunk));
    }
  }

  /** The checksum of a chunk's bytes. */
  interface Summing<E extends Exception> {
    int sum(long page, int pages) throws E;
  }

  /** The bytes of a table of pages. */
  static <E extends Exception> byte[] encode(BitSet present, BitSet zero, Summing<E> summing)
      throws E {
    ByteBuffer out =
        ByteBuffer.allocate((chunks(present, MOST) + chunks(zero, Integer.MAX_VALUE)) * ENTRY)
            .order(ByteOrder.LITTLE_ENDIAN);
    BitSet all = (BitSet) present.clone();
    all.or(zero);
    for (int from = all.nextSetBit(0); from >= 0; ) {
      boolean stored = present.get(from);
      int end = (stored ? present : zero).nextClearBit(from);
      int until = stored ? Math.min(end, from + MOST) : end;
      out.putInt(from).putInt(until - from | (stored ? 0 : ZEROES));
      out.putInt(stored ? summing.sum(from, until - from) : 0);
      from = all.nextSetBit(until);
    }
    return out.array();
  }

  /** How many chunks the pages of a set are. */
  private static int chunks(BitSet pages, int most) {
    int count = 0;
    for (int from = pages.nextSetBit(0); from >= 0; ) {
      int end = pages.nextClearBit(from);
      count = Math.addExact(count, (end - from - 1) / most + 1);
      from = pages.nextSetBit(end);
    }
    return count;
  }
}
