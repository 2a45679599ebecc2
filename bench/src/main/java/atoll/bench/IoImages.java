package atoll.bench;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.SplittableRandom;

/**
 * The disks that are measured, one of each format, with the same content in every block: nothing
 * has to be allocated, and nothing is known to be zero.
 */
final class IoImages {
  private static final int PIECE = 1 << 20;
  private static final long SEED = 20261129;

  private final Path folder;
  private final Path atoll;
  private final long bytes;

  /**
   * @param atoll the script that converts
   * @param bytes of each disk
   */
  IoImages(Path folder, Path atoll, long bytes) {
    this.folder = folder;
    this.atoll = atoll;
    this.bytes = bytes;
  }

  /** The image of a format; made if it is not there in this size. */
  Path of(IoFormat format) throws IOException {
    Path raw = folder.resolve("io-%d.raw".formatted(bytes));
    if (!Files.exists(raw)) {
      fill(raw);
    }
    Path qcow2 = folder.resolve("io-%d.qcow2".formatted(bytes));
    if (format == IoFormat.QCOW2 && !Files.exists(qcow2)) {
      Subprocess.output(atoll, "disk", "convert", "-q", "-f", "raw", "-O", "qcow2", raw, qcow2);
    }
    return format == IoFormat.RAW ? raw : qcow2;
  }

  private void fill(Path raw) throws IOException {
    Path made = raw.resolveSibling(raw.getFileName() + ".new");
    SplittableRandom random = new SplittableRandom(SEED);
    byte[] piece = new byte[PIECE];
    try (FileChannel file =
        FileChannel.open(made, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      for (long at = 0; at < bytes; at += PIECE) {
        random.nextBytes(piece);
        ByteBuffer rest = ByteBuffer.wrap(piece, 0, (int) Math.min(PIECE, bytes - at));
        while (rest.hasRemaining()) {
          file.write(rest, at + rest.position());
        }
      }
    }
    Files.move(made, raw);
  }

  /** Has all of an image in the host's cache, and nothing of it still to be written. */
  static void warm(Path image) throws IOException {
    Subprocess.output("sync", image);
    ByteBuffer piece = ByteBuffer.allocateDirect(PIECE);
    try (FileChannel file = FileChannel.open(image, StandardOpenOption.READ)) {
      while (file.read(piece.clear()) >= 0) {
        // Only to have been read.
      }
    }
  }
}
