package atoll.snapshot;

import atoll.image.RefusedException;
import atoll.state.StateException;
import atoll.state.StateFormat;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.zip.CRC32C;

/** The binary form of a manifest: a mark, a version, the record, and a checksum of all that. */
final class ManifestFile {
  /** Its name in the folder of a snapshot. */
  static final String NAME = "manifest";

  /** Most bytes, far above what a system's state has. */
  static final int MOST = 256 << 20;

  private static final String MARK = "AtollSnapshot";
  private static final int SUM = Integer.BYTES;
  private static final int FIRST = 1;

  /** Versions since the first; an {@code Upgrade} for each that comes. */
  static final StateFormat<Manifest> FORMAT =
      new StateFormat<>(MARK, Manifest.class, FIRST, List.of());

  private ManifestFile() {}

  /** The bytes of a manifest. */
  static byte[] encode(Manifest manifest) {
    byte[] body = FORMAT.encode(manifest);
    if (body.length > MOST - SUM) {
      throw new RefusedException(
          "the state of the system is too large for a snapshot: %d MiB, at most %d"
              .formatted(body.length >> 20, MOST >> 20));
    }
    return ByteBuffer.allocate(body.length + SUM)
        .order(ByteOrder.LITTLE_ENDIAN)
        .put(body)
        .putInt(sum(body, body.length))
        .array();
  }

  /** Writes one, on stable storage. */
  static void write(Path folder, byte[] manifest) throws IOException {
    try (FileChannel out =
        FileChannel.open(
            folder.resolve(NAME), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      ByteBuffer bytes = ByteBuffer.wrap(manifest);
      while (bytes.hasRemaining()) {
        out.write(bytes);
      }
      out.force(true);
    }
  }

  /** The bytes of the manifest in a snapshot's folder. */
  static byte[] read(Path folder) throws IOException {
    Path file = folder.resolve(NAME);
    if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
      if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
        throw new RefusedException(file + " is not a regular file; the snapshot is not Atoll's");
      }
      throw new NoSuchFileException(file.toString());
    }
    try (FileChannel in =
        FileChannel.open(file, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)) {
      long size = in.size();
      if (size > MOST) {
        throw new RefusedException(
            "%s has %d bytes, expected at most %d; it is not Atoll's".formatted(file, size, MOST));
      }
      ByteBuffer bytes = ByteBuffer.allocate((int) size);
      while (bytes.hasRemaining() && in.read(bytes) >= 0) {
        // until it is full
      }
      return bytes.hasRemaining() ? Arrays.copyOf(bytes.array(), bytes.position()) : bytes.array();
    }
  }

  /**
   * The manifest that bytes are of, which anybody may have made.
   *
   * @param where they come from, for messages
   * @throws RefusedException if they are of none, or of one that cannot be read
   */
  static Manifest decode(byte[] bytes, String where) {
    refusal(bytes)
        .ifPresent(reason -> {
          throw new RefusedException("%s %s".formatted(where, reason));
        });
    try {
      return FORMAT.decode(Arrays.copyOf(bytes, bytes.length - SUM));
    } catch (StateException e) {
      throw new RefusedException("%s is damaged: %s".formatted(where, e.getMessage()), e);
    }
  }

  /** What is wrong with the frame around the record. */
  private static Optional<String> refusal(byte[] bytes) {
    byte[] mark = MARK.getBytes(StandardCharsets.US_ASCII);
    if (bytes.length < mark.length
        || Arrays.mismatch(bytes, 0, mark.length, mark, 0, mark.length) >= 0) {
      return Optional.of(
          "is not a snapshot's manifest: it does not begin with '%s'".formatted(MARK));
    }
    if (bytes.length <= mark.length + SUM) {
      return Optional.of("is damaged: it ends after %d bytes".formatted(bytes.length));
    }
    int version = bytes[mark.length] & 0xff;
    if (version < FIRST || version > FORMAT.version()) {
      return Optional.of(
          "has version %d; this Atoll reads versions %d to %d: use the one that saved it"
              .formatted(version, FIRST, FORMAT.version()));
    }
    int length = bytes.length - SUM;
    int expected = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getInt(length);
    int found = sum(bytes, length);
    return found == expected
        ? Optional.empty()
        : Optional.of("is damaged: its checksum is %08x, expected %08x".formatted(found, expected));
  }

  private static int sum(byte[] bytes, int length) {
    CRC32C sum = new CRC32C();
    sum.update(bytes, 0, length);
    return (int) sum.getValue();
  }
}
