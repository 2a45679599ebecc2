package atoll.disk;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** Pieces of memory, one after the other, that are read or written together. */
final class Pieces {
  private Pieces() {}

  /** Bytes in all. */
  static long size(List<MemorySegment> pieces) {
    long size = 0;
    for (MemorySegment piece : pieces) {
      size += piece.byteSize();
    }
    return size;
  }

  /** {@code length} bytes of them from {@code from} on. */
  static List<MemorySegment> slice(List<MemorySegment> pieces, long from, long length) {
    List<MemorySegment> part = new ArrayList<>(pieces.size());
    long before = from;
    long left = length;
    for (MemorySegment piece : pieces) {
      long size = piece.byteSize();
      if (before >= size) {
        before -= size;
        continue;
      }
      if (left == 0) {
        break;
      }
      long taken = Math.min(size - before, left);
      part.add(taken == size ? piece : piece.asSlice(before, taken));
      left -= taken;
      before = 0;
    }
    return part;
  }

  /** What is behind the first {@code done} bytes. */
  static List<MemorySegment> rest(List<MemorySegment> pieces, long done) {
    return done == 0 ? pieces : slice(pieces, done, Long.MAX_VALUE);
  }

  static void zero(List<MemorySegment> pieces) {
    for (MemorySegment piece : pieces) {
      piece.fill((byte) 0);
    }
  }
}
