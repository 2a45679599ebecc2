package atoll.snapshot;

import atoll.host.HostException;
import atoll.image.Progress;
import atoll.image.RefusedException;
import com.github.luben.zstd.Zstd;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/**
 * Writes a snapshot as one file: a header, the manifest as it is, and the bytes of each file with
 * memory, without its holes, in blocks that are packed with zstd where that makes them smaller.
 */
final class ExportFile implements AutoCloseable {
  static final String MARK = "AtollExport";
  static final int VERSION = 1;

  /** Bytes of the header: the mark, the version, and the length of the manifest. */
  static final int HEADER = 16;

  /** Bytes of a block, but for the last one of a file. */
  static final int BLOCK = 1 << 20;

  /** Of a block's length: it is not packed. */
  static final int PLAIN = 1 << 31;

  private static final int LEVEL = 3; // Zstandard's default

  private final FileChannel out;
  private final byte[] block = new byte[BLOCK];
  private final byte[] packed = new byte[(int) Zstd.compressBound(BLOCK)];
  private int filled;

  private ExportFile(FileChannel out) {
    this.out = out;
  }

  /**
   * Writes a file that is there whole or not at all.
   *
   * @throws RefusedException if the snapshot is damaged
   * @throws HostException if the file cannot be written
   */
  static void write(Snapshot snapshot, Path file, Progress progress) {
    Path next = file.resolveSibling("." + file.getFileName() + ".part");
    progress.begin("exporting " + snapshot.name(), snapshot.all());
    try {
      try (ExportFile export = new ExportFile(open(next))) {
        export.write(snapshot, progress);
        export.out.force(true);
        Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      } finally {
        Files.deleteIfExists(next);
      }
    } catch (ClosedByInterruptException e) {
      throw new RefusedException("%s is not written: it was interrupted".formatted(file), e);
    } catch (IOException e) {
      throw new HostException(
          "%s cannot be written: %s; give another file".formatted(file, HostException.reason(e)),
          e);
    } finally {
      progress.end();
    }
  }

  private static FileChannel open(Path file) throws IOException {
    return FileChannel.open(
        file,
        StandardOpenOption.CREATE,
        StandardOpenOption.TRUNCATE_EXISTING,
        StandardOpenOption.WRITE);
  }

  private void write(Snapshot snapshot, Progress progress) throws IOException {
    put(header(snapshot.encoded().length));
    put(ByteBuffer.wrap(snapshot.encoded()));
    long[] done = {0};
    ByteBuffer chunk = ByteBuffer.allocate(ChunkTable.MOST * ChunkTable.PAGE);
    snapshot.forEachFile((file, table) -> {
      for (int i = 0; i < table.size(); i++) {
        if (!table.zeroes(i)) {
          read(file, table, i, chunk);
          done[0] += chunk.remaining();
          add(chunk);
          progress.advance(done[0]);
        }
      }
      flush();
    });
  }

  private static ByteBuffer header(int manifest) {
    return ByteBuffer.allocate(HEADER)
        .order(ByteOrder.LITTLE_ENDIAN)
        .put(MARK.getBytes(StandardCharsets.US_ASCII))
        .put((byte) VERSION)
        .putInt(manifest)
        .flip();
  }

  private static void read(PageFile file, ChunkTable table, int i, ByteBuffer into)
      throws IOException {
    if (file.sum(table, i, into) != table.sum(i)) {
      throw new RefusedException(
          "%s is damaged at %d; 'atoll snapshot verify' says what else is"
              .formatted(file.path(), table.page(i) * ChunkTable.PAGE));
    }
  }

  private void add(ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      int size = Math.min(bytes.remaining(), BLOCK - filled);
      bytes.get(block, filled, size);
      filled += size;
      if (filled == BLOCK) {
        flush();
      }
    }
  }

  private void flush() throws IOException {
    if (filled == 0) {
      return;
    }
    long size = Zstd.compressByteArray(packed, 0, packed.length, block, 0, filled, LEVEL, false);
    boolean pays = !Zstd.isError(size) && size < filled;
    put(
        ByteBuffer.allocate(Integer.BYTES)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putInt(pays ? (int) size : filled | PLAIN)
            .flip());
    put(ByteBuffer.wrap(pays ? packed : block, 0, pays ? (int) size : filled));
    filled = 0;
  }

  private void put(ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      out.write(bytes);
    }
  }

  @Override
  public void close() throws IOException {
    out.close();
  }
}
