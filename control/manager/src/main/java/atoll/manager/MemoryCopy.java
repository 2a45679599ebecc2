package atoll.manager;

import atoll.image.RefusedException;
import atoll.kernel.BlockContents;
import atoll.snapshot.MemoryWriter;
import java.lang.foreign.MemorySegment;

/**
 * Copies a block of memory into a snapshot, piece by piece: the block's owner may end meanwhile,
 * and waits for a piece at most.
 */
final class MemoryCopy {
  /** Bytes that are copied in one go. */
  static final int PIECE = 1 << 20;

  private final BlockContents block;
  private final MemoryWriter writer;
  private final MemorySegment buffer;
  private long copied;

  /**
   * @param buffer of {@link #PIECE} bytes
   */
  MemoryCopy(BlockContents block, MemoryWriter writer, MemorySegment buffer) {
    this.block = block;
    this.writer = writer;
    this.buffer = buffer;
  }

  /** Copies all that has ever been used. */
  void all() {
    block.used(this::range);
  }

  /** Copies all that may be otherwise than when the block began. */
  void changed() {
    block.changed(this::range);
  }

  /**
   * Copies a range.
   *
   * @throws RefusedException if the block's owner has ended
   */
  void range(long offset, long bytes) {
    for (long at = offset; at < offset + bytes; at += PIECE) {
      MemorySegment piece = buffer.asSlice(0, Math.min(PIECE, offset + bytes - at));
      read(at, piece);
      writer.write(at, piece);
    }
    copied += bytes;
  }

  private void read(long at, MemorySegment piece) {
    try {
      block.copy(at, piece);
    } catch (IllegalStateException e) {
      throw new RefusedException("a VM has ended while it was being saved; try again", e);
    }
  }

  /** Bytes that have been copied since this was last asked. */
  long copied() {
    long since = copied;
    copied = 0;
    return since;
  }
}
