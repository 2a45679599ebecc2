package atoll.disk;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;

/** The entries of a table in a file, read page by page, one after the other. */
final class TableEntries {
  private static final int PAGE = 512;

  private final Storage file;
  private final long place;
  private final long count;
  private final ByteBuffer page = ByteBuffer.allocate(PAGE * 8);
  private long loaded = -1;

  TableEntries(Storage file, long place, long count) {
    this.file = file;
    this.place = place;
    this.count = count;
  }

  long count() {
    return count;
  }

  long get(long index) throws IOException {
    long first = index - index % PAGE;
    if (first != loaded) {
      file.read(place + 8 * first, MemorySegment.ofBuffer(page.duplicate()));
      loaded = first;
    }
    return page.getLong((int) (index - first) * 8);
  }

  /** Changes an entry in the file. */
  void put(long index, long value) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(8).putLong(0, value);
    file.write(place + 8 * index, MemorySegment.ofBuffer(bytes));
    loaded = -1;
  }
}
