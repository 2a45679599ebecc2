package atoll.snapshot;

import atoll.host.HostException;
import atoll.image.ByteSize;
import atoll.image.Progress;
import atoll.image.RefusedException;
import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdException;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * Reads what {@link ExportFile} writes, from a file that anybody may have made: every byte is
 * covered by a checksum or has one possible value, and nothing is allocated that is larger than a
 * block and the manifest.
 */
final class ImportFile implements AutoCloseable {
  private static final int BUFFER = 1 << 16;

  private final Path file;
  private final InputStream in;
  private final Progress progress;
  private final byte[] packed = new byte[ExportFile.BLOCK];
  private final byte[] block = new byte[ExportFile.BLOCK];
  private final byte[] chunk = new byte[ChunkTable.MOST * ChunkTable.PAGE];
  private int taken;
  private int filled;

  /** Where the next byte comes from, for messages. */
  private long at;

  private long done;

  private ImportFile(Path file, Progress progress) throws IOException {
    this.file = file;
    this.progress = progress;
    in = new BufferedInputStream(Channels.newInputStream(FileChannel.open(file)), BUFFER);
  }

  /**
   * Makes a draft a snapshot.
   *
   * @throws RefusedException if the file is none, or not whole
   */
  static void read(Path file, SnapshotDraft draft, Progress progress) {
    try (ImportFile from = new ImportFile(file, progress)) {
      from.read(draft);
    } catch (ClosedByInterruptException e) {
      throw new RefusedException("%s is not imported: it was interrupted".formatted(file), e);
    } catch (IOException e) {
      throw new HostException(
          "%s cannot be imported: %s".formatted(file, HostException.reason(e)), e);
    }
  }

  private void read(SnapshotDraft draft) throws IOException {
    byte[] encoded = take(header(), "the manifest");
    Manifest manifest = ManifestFile.decode(encoded, file + ", byte " + ExportFile.HEADER + ":");
    List<Part> parts = parts(manifest, draft.folder());
    long stored = parts.stream().mapToLong(Part::stored).sum();
    requireRoom(draft.folder(), stored);
    progress.begin("importing " + file.getFileName(), stored);
    try {
      for (Part part : parts) {
        read(part);
      }
      if (in.read() >= 0) {
        throw wrong("the end", "more");
      }
      draft.publish(encoded).close();
    } finally {
      progress.end();
    }
  }

  /** A file that is to be made. */
  private record Part(Path path, long bytes, ChunkTable table) {
    /** Of its chunks, of which the last may end with the file. */
    private long stored() {
      long stored = 0;
      for (int i = 0; i < table.size(); i++) {
        stored += size(i);
      }
      return stored;
    }

    private int size(int chunk) {
      long place = table.page(chunk) * ChunkTable.PAGE;
      long size = Math.min((long) table.pages(chunk) * ChunkTable.PAGE, bytes - place);
      return table.zeroes(chunk) ? 0 : (int) size;
    }
  }

  /** In the order in which they were exported. */
  private static List<Part> parts(Manifest manifest, Path folder) {
    List<Part> parts = new ArrayList<>();
    int number = 0;
    for (Manifest.Region region : manifest.regions()) {
      long bytes = Manifest.wholePages(region.bytes());
      parts.add(new Part(MemoryWriter.basePath(folder, number), bytes, region.baseTable()));
      parts.add(new Part(MemoryWriter.deltaPath(folder, number), bytes, region.deltaTable()));
      number++;
    }
    parts.removeIf(part -> part.stored() == 0); // there is no file then
    for (Manifest.Content kept : manifest.files()) {
      Path place = Manifest.Content.place(folder, kept.name());
      parts.add(new Part(place, kept.bytes(), kept.table()));
    }
    return parts;
  }

  private void requireRoom(Path folder, long stored) throws IOException {
    long room = Files.getFileStore(folder).getUsableSpace();
    if (stored > room) {
      throw new RefusedException(
          "%s has %s, and there are %s left in %s"
              .formatted(
                  file, ByteSize.rounded(stored), ByteSize.rounded(room), folder.getParent()));
    }
  }

  /** How long the manifest is. */
  private int header() throws IOException {
    byte[] mark = ExportFile.MARK.getBytes(StandardCharsets.US_ASCII);
    byte[] header = in.readNBytes(ExportFile.HEADER);
    if (header.length < ExportFile.HEADER
        || Arrays.mismatch(header, 0, mark.length, mark, 0, mark.length) >= 0) {
      throw new RefusedException(
          "%s is not an exported snapshot: it does not begin with '%s'"
              .formatted(file, ExportFile.MARK));
    }
    if (header[mark.length] != ExportFile.VERSION) {
      throw new RefusedException(
          "%s has version %d; this Atoll reads version %d: use the one that exported it"
              .formatted(file, header[mark.length] & 0xff, ExportFile.VERSION));
    }
    at = ExportFile.HEADER;
    int length = ByteBuffer.wrap(header).order(ByteOrder.LITTLE_ENDIAN).getInt(mark.length + 1);
    if (length <= 0 || length > ManifestFile.MOST) {
      throw wrong("a manifest of 1 to %d bytes".formatted(ManifestFile.MOST), length + " bytes");
    }
    return length;
  }

  private RefusedException wrong(String expected, String found) {
    return new RefusedException(
        "%s, byte %d: expected %s, found %s".formatted(file, at, expected, found));
  }

  /** No more is allocated than there is. */
  private byte[] take(int length, String what) throws IOException {
    byte[] bytes = in.readNBytes(length);
    if (bytes.length < length) {
      throw wrong(
          "%d bytes of %s".formatted(length, what), "the end after %d".formatted(bytes.length));
    }
    at += length;
    return bytes;
  }

  private void read(Part part) throws IOException {
    long left = part.stored();
    Path next = part.path.resolveSibling(part.path.getFileName() + ".new");
    try (NewPageFile made = NewPageFile.create(next, part.bytes)) {
      for (int i = 0; i < part.table.size(); i++) {
        int size = part.size(i);
        if (size > 0) {
          fill(size, left);
          left -= size;
          check(part.table, i, size);
          made.write(part.table.page(i) * ChunkTable.PAGE, ByteBuffer.wrap(chunk, 0, size));
          done += size;
          progress.advance(done);
        }
      }
      made.keep(part.path);
    }
    taken = 0;
    filled = 0;
  }

  private void check(ChunkTable table, int i, int size) {
    CRC32C sum = new CRC32C();
    sum.update(chunk, 0, size);
    if ((int) sum.getValue() != table.sum(i)) {
      throw new RefusedException(
          "%s is damaged before byte %d: the checksum of chunk %d is %08x, expected %08x"
              .formatted(file, at, i, (int) sum.getValue(), table.sum(i)));
    }
  }

  /**
   * Fills the beginning of the chunk.
   *
   * @param left bytes of the file that are still to come, these included
   */
  private void fill(int size, long left) throws IOException {
    for (int got = 0; got < size; ) {
      if (taken == filled) {
        nextBlock((int) Math.min(ExportFile.BLOCK, left - got));
      }
      int part = Math.min(size - got, filled - taken);
      System.arraycopy(block, taken, chunk, got, part);
      taken += part;
      got += part;
    }
  }

  private void nextBlock(int size) throws IOException {
    int word =
        ByteBuffer.wrap(take(Integer.BYTES, "a block's length"))
            .order(ByteOrder.LITTLE_ENDIAN)
            .getInt();
    boolean plain = word < 0;
    int length = word & ~ExportFile.PLAIN;
    if (plain ? length != size : length <= 0 || length >= size) {
      at -= Integer.BYTES;
      throw wrong(
          plain
              ? "%d bytes of a block".formatted(size)
              : "a packed block below %d bytes".formatted(size),
          length + " bytes");
    }
    byte[] into = plain ? block : packed;
    int got = in.readNBytes(into, 0, length);
    if (got < length) {
      throw wrong("%d bytes of a block".formatted(length), "the end after %d".formatted(got));
    }
    if (!plain) {
      unpack(length, size);
    }
    at += length;
    taken = 0;
    filled = size;
  }

  private void unpack(int length, int size) {
    String found;
    try {
      long result = Zstd.decompressByteArray(block, 0, size, packed, 0, length);
      if (result == size) {
        return;
      }
      found = Zstd.isError(result) ? Zstd.getErrorName(result) : "one of " + result;
    } catch (ZstdException e) {
      found = e.getMessage();
    }
    throw wrong("a zstd frame of %d bytes".formatted(size), found);
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
