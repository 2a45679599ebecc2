package atoll.disk;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;

/** Where the bitmaps of an image are, which say for backups what has changed. */
final class BitmapTables {
  private static final int EXTENSION = 24;
  private static final int FIXED = 24;
  private static final long MOST_DIRECTORY = 64 << 20;

  private final Storage file;
  private final Qcow2Header header;

  /** Is told of a range of the file. */
  @FunctionalInterface
  interface Places {
    void at(long place, long length);
  }

  BitmapTables(Storage file, Qcow2Header header) {
    this.file = file;
    this.header = header;
  }

  /** Tells of all that is in use by them. */
  void places(Places places) throws IOException {
    var extension = header.extension(Qcow2Header.EXTENSION_BITMAPS);
    if (extension.isEmpty() || extension.get().data().length < EXTENSION) {
      return;
    }
    ByteBuffer about = ByteBuffer.wrap(extension.get().data());
    long size = about.getLong(8);
    long place = about.getLong(16);
    if (size < 0 || size > MOST_DIRECTORY || place < 0 || place > file.size() - size) {
      throw new DamagedImageException(
          file, "has its bitmaps' directory, %d bytes, at 0x%x".formatted(size, place));
    }
    places.at(place, size);
    for (long at = place; at + FIXED <= place + size; ) {
      ByteBuffer entry = ByteBuffer.allocate(FIXED);
      file.read(at, MemorySegment.ofBuffer(entry));
      table(entry.getLong(0), entry.getInt(8) & 0xffff_ffffL, places);
      long name = entry.getShort(18) & 0xffffL;
      at += FIXED + name + (entry.getInt(20) & 0xffff_ffffL) + 7 & ~7L;
    }
  }

  private void table(long place, long count, Places places) throws IOException {
    if (place < 0 || place > file.size() - count * 8) {
      throw new DamagedImageException(file, "has a bitmap's table at 0x%x".formatted(place));
    }
    places.at(place, count * 8);
    TableEntries table = new TableEntries(file, place, count);
    for (long n = 0; n < count; n++) {
      long cluster = table.get(n) & L2Entry.OFFSET;
      if (cluster != 0) {
        places.at(cluster, header.clusterSize());
      }
    }
  }
}
