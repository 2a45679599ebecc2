package atoll.manager;

import atoll.kernel.BlockContents;
import atoll.snapshot.MemoryWriter;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Copies a block of memory into a snapshot, piece by piece: the block's owner may end meanwhile,
 * and waits for a piece at most.
 */
final class MemoryCopy {
  private static final int PIECE = 1 << 20;

  private final BlockContents block;
  private final MemoryWriter writer;
  private final MemorySegment buffer = Arena.ofAuto().allocate(PIECE, 4096);
  private long copied;

  MemoryCopy(BlockContents block, MemoryWriter writer) {
    this.block = block;
    this.writer = writer;
  }

  /** Copies all that has ever been used. */
  void all() {
    block.used(this::range);
  }

  /** Copies a range. */
  void range(long offset, long bytes) {
    for (long at = offset; at < offset + bytes; at += PIECE) {
      MemorySegment piece = buffer.asSlice(0, Math.min(PIECE, offset + bytes - at));
      block.copy(at, piece);
      writer.write(at, piece);
    }
    copied += bytes;
  }

  /** Bytes that have been copied since this was last asked. */
  long copied() {
    long since = copied;
    copied = 0;
    return since;
  }
}
