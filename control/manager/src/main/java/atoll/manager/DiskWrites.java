package atoll.manager;

import atoll.device.spi.BlockBackend;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.BitSet;

/** Which pieces of a disk were written to since a moment. Thread-safe. */
final class DiskWrites {
  private static final int PIECE = 256 << 10;

  private final BitSet pieces = new BitSet();

  /**
   * Notes that bytes are about to be changed.
   *
   * @param in where; nothing is done if it is null
   */
  static void note(DiskWrites in, long offset, long length) {
    if (in != null && length > 0) {
      in.note(offset, length);
    }
  }

  private synchronized void note(long offset, long length) {
    pieces.set((int) (offset / PIECE), (int) ((offset + length - 1) / PIECE) + 1);
  }

  /** Adds the pieces of another one. */
  synchronized void add(DiskWrites other) {
    pieces.or(other.copy());
  }

  private synchronized BitSet copy() {
    return (BitSet) pieces.clone();
  }

  /**
   * Gives the pieces what they had; then none has been written to.
   *
   * @param then what the disk had at the moment
   * @param disk that nobody uses meanwhile
   */
  synchronized void undo(BlockBackend then, BlockBackend disk) throws IOException {
    if (pieces.isEmpty()) {
      return;
    }
    long size = Math.min(then.size(), disk.size());
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(PIECE, 4096);
      for (int piece = pieces.nextSetBit(0); piece >= 0; piece = pieces.nextSetBit(piece + 1)) {
        long at = (long) piece * PIECE;
        if (at < size) {
          MemorySegment part = buffer.asSlice(0, Math.min(PIECE, size - at));
          then.read(at, part);
          disk.write(at, part);
        }
      }
    }
    disk.flush(); // what the guest knows to be on stable storage is there
    pieces.clear();
  }
}
