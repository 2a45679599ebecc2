package atoll.snapshot;

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

  private PageFile(Path path, FileChannel channel, Optional<HostFile> host) {
    this.path = path;
    this.channel = channel;
    this.host = host;
  }

  /**
   * Opens one that anybody may have put there.
   *
   * @param pages that its region has
   * @throws RefusedException if it is no file of that size
   */
  static PageFile open(Path path, long pages) throws IOException {
    if (!Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)) {
      throw new RefusedException(
          "%s is %s, expected a file with memory; the snapshot is not whole"
              .formatted(
                  path,
                  Files.exists(path, LinkOption.NOFOLLOW_LINKS)
                      ? "no regular file"
                      : "not there"));
    }
    FileChannel channel =
        FileChannel.open(path, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS);
    PageFile file = null;
    try {
      file = new PageFile(path, channel, HostFile.openItself(path));
      file.requireSize(pages * ChunkTable.PAGE);
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
  private void requireSize(long expected) throws IOException {
    long found = channel.size();
    long mapped = host.isPresent() ? host.get().size() : found;
    if (found != expected || mapped != expected) {
      throw new RefusedException(
          "%s has %d bytes, expected %d; the snapshot is damaged"
              .formatted(path, found == expected ? mapped : found, expected));
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

  /** The checksum of some pages. */
  static int sum(FileChannel channel, long page, int pages, ByteBuffer buffer) throws IOException {
    buffer.clear().limit(pages * ChunkTable.PAGE);
    read(channel, page * ChunkTable.PAGE, buffer);
    CRC32C sum = new CRC32C();
    sum.update(buffer.flip());
    return (int) sum.getValue();
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
