package atoll.disk;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.Comparator;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Pages of the tables of an image, kept in memory and written when they are told to. Bounded: pages
 * that are not changed make room for others. Big-endian, as the tables are. Thread-safe.
 */
final class TableCache {
  private final Storage file;
  private final int pageSize;
  private final int most;
  private final Map<Long, Page> pages = new LinkedHashMap<>(16, 0.75f, true);
  private int changed;

  private static final class Page {
    private final ByteBuffer bytes;
    private boolean changed;

    Page(int size) {
      bytes = ByteBuffer.allocate(size);
    }
  }

  /** Looks at, or changes, one page; does not keep it. */
  @FunctionalInterface
  interface Use {
    /** The bytes are those of a whole page; the place is that of the wanted byte in it. */
    long of(ByteBuffer bytes, int place);
  }

  /**
   * Makes an empty one.
   *
   * @param pageSize a power of two; no table begins or ends inside of a page that another uses
   * @param bytes of memory to use at most, plus those of pages that wait to be written
   */
  TableCache(Storage file, int pageSize, long bytes) {
    this.file = file;
    this.pageSize = pageSize;
    most = Math.toIntExact(Math.max(4, bytes / pageSize));
  }

  int pageSize() {
    return pageSize;
  }

  /** Eight bytes of the file. */
  long getLong(long at) throws IOException {
    return look(at, ByteBuffer::getLong);
  }

  /** Changes eight bytes. */
  void putLong(long at, long value) throws IOException {
    change(
        at,
        (bytes, place) -> {
          bytes.putLong(place, value);
          return value;
        });
  }

  /** Looks at the page with the byte at {@code at}. */
  synchronized long look(long at, Use use) throws IOException {
    return use.of(page(at).bytes, place(at));
  }

  /** The same, to change it. */
  synchronized long change(long at, Use use) throws IOException {
    Page page = page(at);
    if (!page.changed) {
      page.changed = true;
      changed++;
    }
    return use.of(page.bytes, place(at));
  }

  /** Whether the page with the byte at {@code at} is in memory. */
  synchronized boolean has(long at) {
    return pages.containsKey(at - place(at));
  }

  private int place(long at) {
    return (int) (at & (pageSize - 1));
  }

  private Page page(long at) throws IOException {
    long start = at - place(at);
    Page page = pages.get(start);
    if (page == null) {
      makeRoom();
      page = new Page(pageSize);
      if (start < 0 || file.read(start, MemorySegment.ofBuffer(page.bytes.duplicate())) == 0) {
        throw new DamagedImageException(
            file, "has a table at 0x%x, past the end of the file".formatted(start));
      }
      pages.put(start, page);
    }
    return page;
  }

  private void makeRoom() {
    Iterator<Page> eldest = pages.values().iterator();
    while (pages.size() >= most && eldest.hasNext()) {
      if (!eldest.next().changed) {
        eldest.remove();
      }
    }
  }

  /** Whether something has to be written. */
  synchronized boolean changed() {
    return changed > 0;
  }

  /** Whether so much has to be written that it is time to do it. */
  synchronized boolean full() {
    return changed >= most / 2;
  }

  /** Writes what was changed, in the order of the file. What could not be written stays changed. */
  synchronized void write() throws IOException {
    List<Map.Entry<Long, Page>> waiting =
        pages.entrySet().stream()
            .filter(entry -> entry.getValue().changed)
            .sorted(Comparator.comparingLong(Map.Entry::getKey))
            .toList();
    for (Map.Entry<Long, Page> entry : waiting) {
      file.write(entry.getKey(), MemorySegment.ofBuffer(entry.getValue().bytes.duplicate()));
      entry.getValue().changed = false;
      changed--;
    }
  }

  /** Forgets a range, whose bytes are no table any more, or another one. */
  synchronized void forget(long at, long length) {
    for (long start = at - place(at); start < at + length; start += pageSize) {
      Page page = pages.remove(start);
      if (page != null && page.changed) {
        changed--;
      }
    }
  }
}
