package atoll.manager;

import atoll.device.spi.BlockBackend;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.BitSet;

/**
 * Which pieces of a disk were written to. However large the disk is, that takes half a MiB at most:
 * where pieces would be too many, they become larger. Thread-safe.
 */
final class DiskWrites {
  /** Pieces at most. */
  private static final int MOST = 1 << 22;

  /** Bytes that are copied at a time. */
  private static final int PART = 256 << 10;

  private final long finest;

  // Guarded by this.
  private long piece;
  private BitSet pieces = new BitSet();

  /** What is done with bytes that were written to. */
  @FunctionalInterface
  interface Each<E extends Exception> {
    /**
     * Takes a range of them.
     *
     * @param end of the piece, which may be behind the end of the disk
     */
    void range(long from, long end) throws E;
  }

  /**
   * None has been written to yet.
   *
   * @param finest bytes of a piece as long as there are not too many; a power of two
   */
  DiskWrites(long finest) {
    this.finest = finest;
    piece = finest;
  }

  /**
   * Notes that bytes are about to be changed, or have been.
   *
   * @param in where; nothing is done if it is null
   */
  static void note(DiskWrites in, long offset, long length) {
    if (in != null && length > 0) {
      in.mark(offset, offset + length);
    }
  }

  private synchronized void mark(long from, long end) {
    while ((end - 1) / piece >= MOST) {
      coarsen();
    }
    pieces.set((int) (from / piece), (int) ((end - 1) / piece) + 1);
  }

  private void coarsen() {
    BitSet coarse = new BitSet();
    pieces.stream().forEach(each -> coarse.set(each >> 1));
    pieces = coarse;
    piece <<= 1;
  }

  /** Bytes of all the pieces. */
  synchronized long bytes() {
    return pieces.cardinality() * piece;
  }

  /** What was written to since the last call; from now on none has been. */
  synchronized DiskWrites take() {
    DiskWrites taken = new DiskWrites(piece);
    taken.pieces = pieces;
    pieces = new BitSet();
    piece = finest;
    return taken;
  }

  /** Does something with all ranges, in order. */
  synchronized <E extends Exception> void forEach(Each<E> each) throws E {
    for (int from = pieces.nextSetBit(0); from >= 0; ) {
      int end = pieces.nextClearBit(from);
      each.range(from * piece, end * piece);
      from = pieces.nextSetBit(end);
    }
  }

  /**
   * Gives the pieces what they had; then none has been written to.
   *
   * @param then what the disk had at the moment
   * @param disk that nobody else uses meanwhile; what is written there may be noted here
   */
  synchronized void undo(BlockBackend then, BlockBackend disk) throws IOException {
    if (pieces.isEmpty()) {
      return;
    }
    long size = Math.min(then.size(), disk.size());
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(PART, 4096);
      this.<IOException>forEach((from, end) -> copy(then, disk, from, Math.min(end, size), buffer));
    }
    disk.flush(); // what the guest knows to be on stable storage is there
    pieces.clear();
  }

  private static void copy(
      BlockBackend from, BlockBackend to, long begin, long end, MemorySegment buffer)
      throws IOException {
    for (long at = begin; at < end; at += PART) {
      MemorySegment part = buffer.asSlice(0, Math.min(PART, end - at));
      from.read(at, part);
      to.write(at, part);
    }
  }
}
