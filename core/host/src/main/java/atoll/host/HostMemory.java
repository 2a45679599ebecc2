package atoll.host;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.BitSet;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;

/**
 * A page-aligned block of memory of this process, outside the Java heap. It has zeroes at first, or
 * what files have where it {@linkplain #begin begins} so. Thread-safe.
 *
 * <p>Where {@code mmap} can be called, pages cost nothing until they are touched; elsewhere the
 * block is allocated and cleared at once.
 */
public final class HostMemory implements AutoCloseable {
  private static final long PAGE = 4096;
  private static final int PROT_READ_WRITE = 1 | 2;
  private static final int MAP_PRIVATE = 0x02;
  private static final int MAP_FIXED = 0x10;
  private static final int MAP_FAILED = -1;
  private static final boolean MAC = System.getProperty("os.name").startsWith("Mac");
  private static final int NO_RESERVE = MAC ? 0 : 0x4000;

  private final Arena arena = Arena.ofShared();
  private final Optional<Calls> calls = Calls.LINKED;
  private final MemorySegment segment;
  private final KnownMemory.Range known;

  /**
   * Parts that are of files at most. Each is a mapping of the host's, of which a process may have
   * 65,530; a guest that gives back page after page makes more of them.
   */
  private static final int MOST_PARTS = 4096;

  /** Which parts are of files, from a first byte to before another one. Guarded by this. */
  private final NavigableMap<Long, Long> ofFiles = new TreeMap<>();

  /** Pages that were of files, and are not any more. Guarded by this. */
  private final BitSet forgotten = new BitSet();

  private HostMemory(long bytes) {
    segment = map(bytes).orElseGet(() -> arena.allocate(bytes, PAGE));
    known = KnownMemory.add(segment.address(), bytes);
  }

  /**
   * Takes {@code bytes} of zeroed memory from the host.
   *
   * @param bytes a positive multiple of 4096
   * @throws HostException if the host has no such amount of address space or memory
   */
  public static HostMemory allocate(long bytes) {
    if (bytes <= 0 || bytes % PAGE != 0) {
      throw new IllegalArgumentException("size must be a positive multiple of 4096: " + bytes);
    }
    try {
      return new HostMemory(bytes);
    } catch (OutOfMemoryError e) {
      throw new HostException(
          "the host has no " + (bytes >> 20) + " MiB for the guest; ask for less memory", e);
    }
  }

  /** The host-virtual address of the first byte. */
  public long address() {
    return segment.address();
  }

  /** The whole block, bounds-checked, usable from every thread until {@link #close}. */
  public MemorySegment segment() {
    return segment;
  }

  /**
   * Gives a range's pages back to the host; it reads as zeroes, and takes pages again when it is
   * touched. Where the host cannot do that, it is cleared.
   *
   * @param offset of the first byte, a multiple of 4096
   * @param bytes a multiple of 4096
   */
  public synchronized void discard(long offset, long bytes) {
    MemorySegment range = segment.asSlice(offset, bytes);
    if (bytes > 0
        && !(isOfFile(offset, bytes) ? forget(offset, bytes) : PageCalls.discard(range))) {
      range.fill((byte) 0);
    }
  }

  private boolean isOfFile(long offset, long bytes) {
    Map.Entry<Long, Long> last = ofFiles.lowerEntry(offset + bytes);
    return last != null && last.getValue() > offset;
  }

  /** To give back pages of a file's would bring its bytes back. */
  private boolean forget(long offset, long bytes) {
    boolean renewed = ofFiles.size() < MOST_PARTS && renewed(segment.asSlice(offset, bytes));
    if (renewed) {
      cut(offset, offset + bytes);
      forgotten.set((int) (offset / PAGE), (int) ((offset + bytes) / PAGE));
    }
    return renewed;
  }

  private void cut(long from, long end) {
    keepBehind(ofFiles.lowerEntry(from), from, end);
    keepBehind(ofFiles.lowerEntry(end), from, end);
    ofFiles.subMap(from, end).clear();
  }

  /** What a part has before {@code from} and from {@code end} on stays a part. */
  private void keepBehind(Map.Entry<Long, Long> part, long from, long end) {
    if (part == null || part.getValue() <= from) {
      return;
    }
    if (part.getKey() < from) {
      ofFiles.put(part.getKey(), from);
    }
    if (part.getValue() > end) {
      ofFiles.put(end, part.getValue());
    }
  }

  private boolean renewed(MemorySegment range) {
    return place(range, MAP_PRIVATE | MAP_FIXED | anonymous(), -1, 0);
  }

  /**
   * Has a range begin with the bytes of a file: a page is read when it is first touched, and is the
   * block's own once it is written to. The file's own bytes are never changed; as long as it is
   * used so, nobody may change or shorten it, for that would be seen, or end the process.
   *
   * @param offset of the first byte of the range, a multiple of 4096
   * @param place in the file, a multiple of 4096
   * @param bytes a multiple of 4096, up to the end of the page that the file ends in
   * @return false if the host cannot do so; then the range has zeroes
   * @throws HostException if the host has no memory for that either
   */
  public synchronized boolean begin(long offset, HostFile file, long place, long bytes) {
    MemorySegment range = segment.asSlice(offset, bytes);
    if (calls.isEmpty() || ofFiles.size() >= MOST_PARTS) {
      return false;
    }
    if (place(range, MAP_PRIVATE | MAP_FIXED | NO_RESERVE, file.descriptor(), place)) {
      ofFiles.put(offset, offset + bytes);
      return true;
    }
    if (!renewed(range)) {
      throw new HostException(
          "the host has no address space for the guest's memory; ask for less memory");
    }
    return false;
  }

  /** Puts another mapping in the place of a range's. */
  private boolean place(MemorySegment range, int flags, int descriptor, long place) {
    long address =
        calls
            .orElseThrow()
            .mmap
            .call(range.address(), range.byteSize(), PROT_READ_WRITE, flags, descriptor, place);
    return address == range.address();
  }

  /**
   * Bytes that take up the host's memory now, beside what is a file's; empty where the host does
   * not say.
   */
  public OptionalLong resident() {
    return mapped().isEmpty() ? PageCalls.resident(segment) : PageMap.own(segment);
  }

  private synchronized NavigableMap<Long, Long> mapped() {
    return new TreeMap<>(ofFiles);
  }

  /** Told of a range of bytes. */
  @FunctionalInterface
  public interface RangeConsumer {
    /** Bytes from {@code offset} on; both are multiples of 4096. */
    void accept(long offset, long bytes);
  }

  /**
   * Tells of all ranges in which something else than zeroes may be, without touching any page. What
   * is stored meanwhile in pages that had nothing may be missing.
   */
  public void used(RangeConsumer consumer) {
    PageMap.used(segment, mapped(), consumer);
  }

  /**
   * Tells of all ranges that may have something else than what the block began with, zeroes or what
   * files have, without touching any page. What is stored meanwhile may be missing.
   */
  public void changed(RangeConsumer consumer) {
    PageMap.changed(segment, forgotten(), consumer);
  }

  private synchronized BitSet forgotten() {
    return (BitSet) forgotten.clone();
  }

  /** Gives the memory back; any later access through {@link #segment} throws. */
  @Override
  public void close() {
    known.remove();
    arena.close();
  }

  private Optional<MemorySegment> map(long bytes) {
    if (calls.isEmpty()) {
      return Optional.empty();
    }
    long address =
        calls.get().mmap.call(0, bytes, PROT_READ_WRITE, MAP_PRIVATE | anonymous(), -1, 0);
    if (address == MAP_FAILED) {
      throw new HostException(
          "the host has no " + (bytes >> 20) + " MiB for the guest; ask for less memory");
    }
    return Optional.of(
        MemorySegment.ofAddress(address)
            .reinterpret(
                bytes,
                arena,
                s -> {
                  int ignored = calls.get().munmap.call(address, bytes, 0);
                }));
  }

  private static int anonymous() {
    return MAC ? 0x1000 : 0x20 | NO_RESERVE;
  }

  private record Calls(HostCall mmap, HostCall munmap) {
    static final Optional<Calls> LINKED = link();

    private static Optional<Calls> link() {
      if (System.getProperty("os.name").startsWith("Windows")) {
        return Optional.empty();
      }
      return HostCall.find("mmap")
          .flatMap(mmap -> HostCall.find("munmap").map(munmap -> new Calls(mmap, munmap)));
    }
  }
}
