package atoll.disk;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/**
 * An internal snapshot of a qcow2 image.
 *
 * @param l1Entries of its own L1 table
 * @param seconds since 1970, and nanoseconds, when it was made
 * @param vmClock nanoseconds that its machine had run
 * @param vmState bytes of the machine's state that it has
 * @param diskSize bytes of the disk then, if it says so
 * @param place of its entry in the file
 * @param bytes of that
 */
record Qcow2Snapshot(
    String id,
    String name,
    long l1Offset,
    long l1Entries,
    long seconds,
    int nanos,
    long vmClock,
    long vmState,
    OptionalLong diskSize,
    long place,
    int bytes) {
  private static final int FIXED = 40;
  private static final int EXTRA = 16;
  private static final long NANOS = 1_000_000_000;
  private static final int MOST_TEXT = 1 << 16;
  private static final int MOST_EXTRA = 1024;

  /** The table of snapshots, with the bytes that it takes. */
  record Table(List<Qcow2Snapshot> snapshots, long bytes) {}

  /** Reads all of an image. */
  static Table read(Storage file, Qcow2Header header) throws IOException {
    List<Qcow2Snapshot> snapshots = new ArrayList<>();
    long at = header.snapshotsOffset();
    for (long n = 0; n < header.snapshots(); n++) {
      ByteBuffer fixed = bytes(file, at, FIXED);
      int idSize = fixed.getShort(12) & 0xffff;
      int nameSize = fixed.getShort(14) & 0xffff;
      long extraSize = fixed.getInt(36) & 0xffff_ffffL;
      if (extraSize > MOST_EXTRA) {
        throw new DamagedImageException(
            file, "has a snapshot with %d further bytes".formatted(extraSize));
      }
      ByteBuffer extra = bytes(file, at + FIXED, (int) extraSize);
      ByteBuffer text =
          bytes(file, at + FIXED + extraSize, Math.min(MOST_TEXT * 2, idSize + nameSize));
      snapshots.add(
          new Qcow2Snapshot(
              string(text, 0, idSize),
              string(text, idSize, nameSize),
              fixed.getLong(0),
              fixed.getInt(8) & 0xffff_ffffL,
              fixed.getInt(16) & 0xffff_ffffL,
              fixed.getInt(20),
              fixed.getLong(24),
              extraSize >= 8 ? extra.getLong(0) : fixed.getInt(32) & 0xffff_ffffL,
              extraSize >= EXTRA ? OptionalLong.of(extra.getLong(8)) : OptionalLong.empty(),
              at,
              (int) (FIXED + extraSize + idSize + nameSize + 7 & ~7L)));
      at += snapshots.getLast().bytes;
    }
    return new Table(snapshots, at - header.snapshotsOffset());
  }

  /**
   * The entry of a new one, of a disk without a machine's state.
   *
   * @param epochNanos since 1970
   * @param diskSize bytes
   */
  static byte[] entry(
      String id, String name, long l1Offset, long l1Entries, long epochNanos, long diskSize) {
    byte[] idBytes = id.getBytes(StandardCharsets.UTF_8);
    byte[] nameBytes = name.getBytes(StandardCharsets.UTF_8);
    int size = FIXED + EXTRA + idBytes.length + nameBytes.length + 7 & ~7;
    return ByteBuffer.allocate(size)
        .putLong(l1Offset)
        .putInt((int) l1Entries)
        .putShort((short) idBytes.length)
        .putShort((short) nameBytes.length)
        .putInt((int) (epochNanos / NANOS))
        .putInt((int) (epochNanos % NANOS))
        .putLong(0) // of the machine's clock
        .putInt(0) // of its state
        .putInt(EXTRA)
        .putLong(0) // the same, in version 3
        .putLong(diskSize)
        .put(idBytes)
        .put(nameBytes)
        .array();
  }

  /** For people. */
  ImageInfo.Snapshot description() {
    return new ImageInfo.Snapshot(id, name, seconds, nanos, vmClock, vmState);
  }

  private static ByteBuffer bytes(Storage file, long at, int size) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(size);
    if (file.read(at, MemorySegment.ofBuffer(bytes)) < size) {
      throw new DamagedImageException(file, "has snapshots past its end");
    }
    return bytes;
  }

  private static String string(ByteBuffer text, int at, int size) {
    byte[] bytes = new byte[size];
    text.get(at, bytes);
    return new String(bytes, StandardCharsets.UTF_8);
  }
}
