package atoll.snapshot;

import atoll.host.FileExtents;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.BitSet;

/** Takes a file, which somebody else has written, into a snapshot. */
final class KeptFile {
  private static final int PAGE = ChunkTable.PAGE;
  private static final ByteBuffer ZEROES = ByteBuffer.allocate(PAGE).asReadOnlyBuffer();

  private KeptFile() {}

  /** Brings it to stable storage; what it has. Nobody writes to it any more. */
  static Manifest.Content keep(Path file, String name) throws IOException {
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      channel.force(true);
      long bytes = channel.size();
      ByteBuffer buffer = ByteBuffer.allocate(ChunkTable.MOST * PAGE);
      BitSet present = new BitSet();
      for (FileExtents.Extent extent : FileExtents.of(file)) {
        look(channel, extent, bytes, buffer, present);
      }
      byte[] table =
          ChunkTable.encode(
              present,
              new BitSet(),
              (page, pages) -> PageFile.sum(channel, page, pages, bytes, buffer));
      boolean ignored = file.toFile().setReadOnly();
      return new Manifest.Content(name, bytes, table);
    }
  }

  /** Which pages have something else than zeroes. */
  private static void look(
      FileChannel channel, FileExtents.Extent extent, long bytes, ByteBuffer buffer, BitSet present)
      throws IOException {
    long end = extent.offset() + extent.length();
    for (long at = extent.offset() / PAGE * PAGE; at < end; at += buffer.capacity()) {
      buffer.clear().limit((int) Math.min(buffer.capacity(), Math.min(bytes, end) - at));
      PageFile.read(channel, at, buffer);
      for (int from = 0; from < buffer.limit(); from += PAGE) {
        int size = Math.min(PAGE, buffer.limit() - from);
        if (!buffer.slice(from, size).equals(ZEROES.slice(0, size))) {
          present.set((int) ((at + from) / PAGE));
        }
      }
    }
  }
}
