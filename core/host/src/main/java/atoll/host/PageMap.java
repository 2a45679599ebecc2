package atoll.host;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.BitSet;
import java.util.Map;
import java.util.NavigableMap;
import java.util.OptionalLong;

/**
 * What the host knows of the pages of this process: {@code /proc/self/pagemap} of Linux
 * (Documentation/admin-guide/mm/pagemap.rst), eight bytes a page. In contrast to {@code mincore} it
 * knows pages that have been swapped out, and which are a file's.
 */
final class PageMap {
  private static final long PAGE = 4096;
  private static final Path FILE = Path.of("/proc/self/pagemap");
  private static final int BATCH = 1 << 13;

  private static final long PRESENT = 1L << 63;
  private static final long SWAPPED = 1L << 62;
  private static final long OF_FILE = 1L << 61;

  private static final boolean USABLE = pageSize() == PAGE;

  private PageMap() {}

  private static long pageSize() {
    return HostCall.find("getpagesize").map(call -> call.call(0, 0, 0)).orElse(0);
  }

  /** Told of one page. */
  @FunctionalInterface
  private interface PageReader {
    void page(long offset, long entry);
  }

  /** How many bytes are neither untouched nor a file's; empty where the host does not say. */
  static OptionalLong own(MemorySegment range) {
    long[] pages = new long[1];
    boolean known =
        read(
            range,
            (offset, entry) -> {
              if (own(entry)) {
                pages[0]++;
              }
            });
    return known ? OptionalLong.of(pages[0] * PAGE) : OptionalLong.empty();
  }

  private static boolean own(long entry) {
    return (entry & (PRESENT | SWAPPED)) != 0 && (entry & OF_FILE) == 0;
  }

  /**
   * Tells of the pages that are neither untouched nor a file's, and of others; of all where the
   * host does not say.
   *
   * @param others by number in the range
   */
  static void changed(MemorySegment range, BitSet others, HostMemory.RangeConsumer consumer) {
    tell(range, (offset, entry) -> own(entry) || others.get((int) (offset / PAGE)), consumer);
  }

  /**
   * Tells of the pages that have been touched or are in parts of files; of all where the host does
   * not say.
   *
   * @param files parts, from a first byte to before another one
   */
  static void used(
      MemorySegment range, NavigableMap<Long, Long> files, HostMemory.RangeConsumer consumer) {
    tell(
        range,
        (offset, entry) -> {
          Map.Entry<Long, Long> file = files.floorEntry(offset);
          boolean ofFile = file != null && file.getValue() > offset;
          return ofFile || (entry & (PRESENT | SWAPPED)) != 0;
        },
        consumer);
  }

  /** Which pages are told of. */
  @FunctionalInterface
  private interface PageChoice {
    boolean chosen(long offset, long entry);
  }

  private static void tell(
      MemorySegment range, PageChoice choice, HostMemory.RangeConsumer consumer) {
    Run run = new Run(consumer);
    boolean known =
        read(
            range,
            (offset, entry) -> {
              if (choice.chosen(offset, entry)) {
                run.add(offset);
              }
            });
    run.end();
    if (!known) {
      consumer.accept(0, range.byteSize());
    }
  }

  /** Pages one behind another. */
  private static final class Run {
    private final HostMemory.RangeConsumer consumer;
    private long from;
    private long until;

    Run(HostMemory.RangeConsumer consumer) {
      this.consumer = consumer;
    }

    void add(long offset) {
      if (offset != until) {
        end();
        from = offset;
      }
      until = offset + PAGE;
    }

    void end() {
      if (until > from) {
        consumer.accept(from, until - from);
      }
      from = until;
    }
  }

  /** Returns false, maybe with some pages told of, if the host has no such file. */
  private static boolean read(MemorySegment range, PageReader reader) {
    if (!USABLE) {
      return false;
    }
    try (FileChannel file = FileChannel.open(FILE, StandardOpenOption.READ)) {
      ByteBuffer entries =
          ByteBuffer.allocateDirect(BATCH * Long.BYTES).order(ByteOrder.nativeOrder());
      long pages = range.byteSize() / PAGE;
      for (long page = 0; page < pages; page += BATCH) {
        int batch = (int) Math.min(BATCH, pages - page);
        entries.clear().limit(batch * Long.BYTES);
        if (!fill(file, entries, (range.address() / PAGE + page) * Long.BYTES)) {
          return false;
        }
        for (int n = 0; n < batch; n++) {
          reader.page((page + n) * PAGE, entries.getLong(n * Long.BYTES));
        }
      }
      return true;
    } catch (IOException e) {
      return false; // such as one that may not be read, or a host that is not Linux
    }
  }

  private static boolean fill(FileChannel file, ByteBuffer entries, long at) throws IOException {
    while (entries.hasRemaining()) {
      if (file.read(entries, at + entries.position()) <= 0) {
        return false;
      }
    }
    return true;
  }
}
