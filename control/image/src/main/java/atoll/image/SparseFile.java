package atoll.image;

import atoll.host.FileExtents;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Files that are mostly holes, as images of disks are: only what is not zero is read or written.
 */
final class SparseFile {
  /** Bytes; what is compared with zero, copied and digested at a time. */
  private static final int BLOCK = 1 << 16;

  private SparseFile() {}

  /** What is done with a block that is not all zeroes. */
  private interface Visitor {
    /**
     * @param block from its position to its limit
     */
    void block(long offset, ByteBuffer block) throws IOException;
  }

  /** Makes a file of so many bytes, all of them a hole. */
  static void create(Path file, long size) throws IOException {
    try (FileChannel made =
        FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      setSize(made, size);
    }
  }

  private static void setSize(FileChannel file, long size) throws IOException {
    if (size > 0) {
      file.write(ByteBuffer.allocate(1), size - 1);
    }
  }

  /** Copies a file, with its holes; the copy is on stable storage afterwards. */
  static void copy(Path from, Path to, Progress progress) throws IOException {
    try (FileChannel in = FileChannel.open(from);
        FileChannel out =
            FileChannel.open(
                to,
                StandardOpenOption.CREATE,
                StandardOpenOption.TRUNCATE_EXISTING,
                StandardOpenOption.WRITE)) {
      setSize(out, in.size());
      visit(
          from,
          in,
          progress,
          (offset, block) -> {
            while (block.hasRemaining()) {
              offset += out.write(block, offset);
            }
          });
      out.force(true);
    }
  }

  /** Something to do now and then. */
  interface Step {
    void run() throws IOException;
  }

  /** Writes a stream's bytes, without its zeroes; the file is on stable storage afterwards. */
  static void write(InputStream in, Path to, Step afterEach) throws IOException {
    byte[] bytes = new byte[BLOCK];
    ByteBuffer zeroes = ByteBuffer.allocate(BLOCK);
    try (FileChannel out =
        FileChannel.open(to, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      long size = 0;
      for (int n = in.readNBytes(bytes, 0, BLOCK); n > 0; n = in.readNBytes(bytes, 0, BLOCK)) {
        ByteBuffer block = ByteBuffer.wrap(bytes, 0, n);
        long at = size;
        size += n;
        while (block.hasRemaining() && !block.equals(zeroes.slice(0, block.remaining()))) {
          at += out.write(block, at);
        }
        afterEach.run();
      }
      if (out.size() < size) {
        setSize(out, size);
      }
      out.force(true);
    }
  }

  /**
   * SHA-256 over the file's size, and over the offset and content of each block of 64 KiB that is
   * not all zeroes: the same for files that read the same, wherever their holes are.
   */
  static String digest(Path file, Progress progress) throws IOException {
    Digest digest = new Digest();
    try (FileChannel in = FileChannel.open(file)) {
      digest.add(in.size());
      visit(
          file,
          in,
          progress,
          (offset, block) -> {
            digest.add(offset);
            digest.continued(block);
          });
    }
    return digest.text();
  }

  private static void visit(Path file, FileChannel in, Progress progress, Visitor visitor)
      throws IOException {
    ByteBuffer buffer = ByteBuffer.allocateDirect(BLOCK);
    ByteBuffer zeroes = ByteBuffer.allocateDirect(BLOCK);
    long done = 0;
    long next = 0;
    for (FileExtents.Extent extent : FileExtents.of(file)) {
      long end = extent.offset() + extent.length();
      for (next = Math.max(next, extent.offset() / BLOCK * BLOCK); next < end; next += BLOCK) {
        read(in, next, buffer);
        if (!buffer.equals(zeroes.slice(0, buffer.remaining()))) {
          visitor.block(next, buffer);
        }
        done += BLOCK;
        progress.advance(done);
      }
    }
  }

  private static void read(FileChannel in, long offset, ByteBuffer buffer) throws IOException {
    buffer.clear();
    while (buffer.hasRemaining() && in.read(buffer, offset + buffer.position()) >= 0) {
      // until it is full or the file is over
    }
    buffer.flip();
  }

  /** Bytes that a file takes on its disk, as far as the file system tells. */
  static long allocated(Path file) throws IOException {
    return FileExtents.of(file).stream().mapToLong(FileExtents.Extent::length).sum();
  }
}
