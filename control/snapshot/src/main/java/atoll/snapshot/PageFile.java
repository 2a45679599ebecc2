package atoll.snapshot;

import atoll.host.HostException;
import atoll.host.HostFile;
import atoll.image.RefusedException;
import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.zip.CRC32C;

/**
 * A file with pages of a region, each at its own place; where there is no page, there is a hole. It
 * is never written to once its snapshot is there. Thread-safe.
 */
final class PageFile implements AutoCloseable {
  private final Path path;
  private final FileChannel channel;
  private final Optional<HostFile> host;
  private final long bytes;

  private PageFile(Path path, FileChannel channel, Optional<HostFile> host, long bytes) {
    this.path = path;
    this.channel = channel;
    this.host = host;
    this.bytes = bytes;
  }

  /**
   * Opens one that anybody may have put there.
   *
   * @param bytes that it must have
   * @throws RefusedException if it is no file of that size
   */
  static PageFile open(Path path, long bytes) throws IOException {
    if (!Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)) {
      throw new RefusedException(
          "%s is %s, expected a file of %d bytes; the snapshot is not whole"
              .formatted(
                  path,
                  Files.exists(path, LinkOption.NOFOLLOW_LINKS) ? "no regular file" : "not there",
                  bytes));
    }
    FileChannel channel =
        FileChannel.open(path, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS);
    PageFile file = null;
    try {
      file = new PageFile(path, channel, HostFile.openItself(path), bytes);
      file.requireSize();
      return file;
    } catch (IOException | RuntimeException e) {
      channel.close();
      if (file != null) {
        file.close();
      }
      throw e;
    }
  }

  /** By both handles, each of which may have found another file. */
  private void requireSize() throws IOException {
    long found = channel.size();
    long mapped = host.isPresent() ? host.get().size() : found;
    if (found != bytes || mapped != bytes) {
      throw new RefusedException(
          "%s has %d bytes, expected %d; the snapshot is damaged"
              .formatted(path, found == bytes ? mapped : found, bytes));
    }
  }

  Path path() {
    return path;
  }

  FileChannel channel() {
    return channel;
  }

  /** For mappings; nothing on a host that has none. */
  Optional<HostFile> host() {
    return host;
  }

  /** Fills a piece of memory. */
  void read(long place, MemorySegment into) throws IOException {
    for (long done = 0; done < into.byteSize(); ) {
      long size = Math.min(into.byteSize() - done, 1 << 30);
      ByteBuffer buffer = into.asSlice(done, size).asByteBuffer();
      read(place + done, buffer);
      done += size;
    }
  }

  /** Fills what is left of a buffer. */
  void read(long place, ByteBuffer into) throws IOException {
    read(channel, place, into);
  }

  static void read(FileChannel channel, long place, ByteBuffer into) throws IOException {
    int start = into.position();
    while (into.hasRemaining()) {
      if (channel.read(into, place + into.position() - start) < 0) {
        throw new EOFException("it ends too early");
      }
    }
  }

  /**
   * The checksum of some pages, which are in the buffer then, up to its limit.
   *
   * @param end of the file, behind which the last page has nothing
   */
  static int sum(FileChannel channel, long page, int pages, long end, ByteBuffer buffer)
      throws IOException {
    long place = page * ChunkTable.PAGE;
    buffer.clear().limit((int) Math.min((long) pages * ChunkTable.PAGE, end - place));
    read(channel, place, buffer);
    CRC32C sum = new CRC32C();
    sum.update(buffer.flip());
    buffer.rewind();
    return (int) sum.getValue();
  }

  /** Takes bytes that are not as they were saved, and is told how far the work is. */
  interface Findings {
    void damaged(String sentence);

    void done(long bytes);
  }

  /** The checksum of a chunk, whose bytes are in the buffer then. */
  int sum(ChunkTable table, int chunk, ByteBuffer buffer) throws IOException {
    return sum(channel, table.page(chunk), table.pages(chunk), bytes, buffer);
  }

  /** Compares all that it has with its checksums. */
  void verify(ChunkTable table, ByteBuffer buffer, Findings findings) {
    for (int chunk = 0; chunk < table.size(); chunk++) {
      if (!table.zeroes(chunk)) {
        verify(table, chunk, buffer, findings);
      }
    }
  }

  private void verify(ChunkTable table, int chunk, ByteBuffer buffer, Findings findings) {
    long place = table.page(chunk) * ChunkTable.PAGE;
    try {
      int found = sum(table, chunk, buffer);
      if (found != table.sum(chunk)) {
        findings.damaged(
            "%s is damaged: the checksum of %d bytes at %d is %08x, expected %08x"
                .formatted(path, buffer.limit(), place, found, table.sum(chunk)));
      }
    } catch (IOException e) {
      findings.damaged(
          "%s cannot be read at %d: %s".formatted(path, place, HostException.reason(e)));
    }
    findings.done((long) table.pages(chunk) * ChunkTable.PAGE);
  }

  @Override
  public void close() {
    host.ifPresent(HostFile::close);
    try {
      channel.close();
    } catch (IOException e) {
      // It was only read.
    }
  }
}
