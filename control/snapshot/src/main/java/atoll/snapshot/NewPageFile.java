package atoll.snapshot;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;

/** A {@link PageFile} in the making: holes, until pages are written. */
final class NewPageFile implements AutoCloseable {
  private final Path path;
  private final FileChannel channel;
  private final long bytes;

  private NewPageFile(Path path, FileChannel channel, long bytes) {
    this.path = path;
    this.channel = channel;
    this.bytes = bytes;
  }

  /**
   * Makes one.
   *
   * @param bytes that it has
   */
  static NewPageFile create(Path path, long bytes) throws IOException {
    Files.createFile(path);
    RandomAccessFile made = new RandomAccessFile(path.toFile(), "rw");
    try {
      made.setLength(bytes);
      return new NewPageFile(path, made.getChannel(), bytes);
    } catch (IOException e) {
      made.close();
      throw e;
    }
  }

  /** Writes the rest of a buffer. */
  void write(long place, ByteBuffer from) throws IOException {
    long at = place;
    while (from.hasRemaining()) {
      at += channel.write(from, at);
    }
  }

  /** Takes bytes from the same places of another one; the host may share the blocks. */
  void copy(PageFile from, long start, long end) throws IOException {
    for (long at = start; at < end; ) {
      long done = from.channel().transferTo(at, end - at, channel.position(at));
      if (done <= 0) {
        throw new IOException(from.path() + " ends too early");
      }
      at += done;
    }
  }

  /** The checksum of some pages. */
  int sum(long page, int pages, ByteBuffer buffer) throws IOException {
    return PageFile.sum(channel, page, pages, bytes, buffer);
  }

  /** Brings it to stable storage, under its name; nobody writes to it any more. */
  void keep(Path name) throws IOException {
    channel.force(true);
    channel.close();
    Files.move(path, name);
    boolean ignored = name.toFile().setReadOnly();
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
