package atoll.disk;

import atoll.device.spi.BlockBackend;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Copies a disk into another one. */
final class DiskCopy {
  private static final int PIECE = 2 << 20; // A multiple of every cluster's size.
  private static final int GRAIN = 4096;

  private final BlockBackend source;
  private final BlockBackend target;
  private final boolean blank;

  /**
   * @param blank whether the target reads as zeroes, which then need not be written
   */
  DiskCopy(BlockBackend source, BlockBackend target, boolean blank) {
    this.source = source;
    this.target = target;
    this.blank = blank;
  }

  /** Copies all. */
  void run(boolean compressed, CopyProgress progress) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(PIECE, GRAIN);
      for (long at = 0; at < source.size(); at += PIECE) {
        progress.at(at, source.size());
        MemorySegment piece = buffer.asSlice(0, Math.min(PIECE, source.size() - at));
        if (read(at, piece)) {
          write(at, piece, buffer, compressed);
        } else {
          clear(at, piece.byteSize());
        }
      }
    }
    target.flush();
    progress.at(source.size(), source.size());
  }

  /** Fills a piece; returns whether it may be something else than zeroes. */
  private boolean read(long at, MemorySegment piece) throws IOException {
    boolean some = false;
    for (long done = 0; done < piece.byteSize(); ) {
      SparseDisk.Range range = known(at + done, piece.byteSize() - done);
      MemorySegment part = piece.asSlice(done, range.length());
      if (range.zero()) {
        part.fill((byte) 0);
      } else {
        source.read(at + done, part);
        some = true;
      }
      done += range.length();
    }
    return some;
  }

  private SparseDisk.Range known(long offset, long most) throws IOException {
    return source instanceof SparseDisk sparse
        ? sparse.range(offset, most)
        : SparseDisk.Range.unknown(most);
  }

  private void write(long at, MemorySegment piece, MemorySegment buffer, boolean compressed)
      throws IOException {
    int grain = target instanceof Qcow2Disk qcow2 ? qcow2.tables().header().clusterSize() : GRAIN;
    for (long from = 0; from < piece.byteSize(); ) {
      boolean zero = zero(piece, from, grain);
      long end = Math.min(from + grain, piece.byteSize());
      boolean alone = compressed && !zero;
      while (end < piece.byteSize() && !alone && zero(piece, end, grain) == zero) {
        end = Math.min(end + grain, piece.byteSize());
      }
      if (zero) {
        clear(at + from, end - from);
      } else {
        store(at, from, end, buffer, compressed && target instanceof Qcow2Disk);
      }
      from = end;
    }
  }

  private void clear(long at, long length) throws IOException {
    if (!blank) {
      target.writeZeroes(at, length, true);
    }
  }

  private static boolean zero(MemorySegment piece, long at, int grain) {
    long length = Math.min(grain, piece.byteSize() - at);
    MemorySegment part = piece.asSlice(at, length);
    return part.get(ValueLayout.JAVA_BYTE, 0) == 0
        && part.asSlice(1).mismatch(part.asSlice(0, length - 1)) < 0;
  }

  /** The last cluster may be longer than the disk. */
  private void store(long at, long from, long end, MemorySegment buffer, boolean compressed)
      throws IOException {
    if (!compressed) {
      target.write(at + from, buffer.asSlice(from, end - from));
      return;
    }
    Qcow2Disk qcow2 = (Qcow2Disk) target;
    int cluster = qcow2.tables().header().clusterSize();
    if (end - from < cluster) {
      buffer.asSlice(end, from + cluster - end).fill((byte) 0);
    }
    qcow2.writeCompressed(at + from, buffer.asSlice(from, cluster), end - from);
  }
}
