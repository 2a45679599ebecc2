package atoll.snapshot;

import atoll.host.HostException;
import atoll.host.HostFile;
import atoll.host.HostMemory;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;

/**
 * A region of memory as it was saved: pages of a file, and what another file has over them; what
 * neither has is zeroes. Thread-safe, until its snapshot is closed.
 */
public final class SavedMemory {
  private final Manifest.Region region;
  private final ChunkTable baseTable;
  private final ChunkTable deltaTable;
  private final Optional<PageFile> base;
  private final Optional<PageFile> delta;
  private final List<Part> parts;

  /** Adjacent pages of one file. */
  private record Part(long page, long pages, PageFile file) {
    private long offset() {
      return page * ChunkTable.PAGE;
    }

    private long bytes() {
      return pages * ChunkTable.PAGE;
    }
  }

  SavedMemory(Manifest.Region region, Optional<PageFile> base, Optional<PageFile> delta) {
    this.region = region;
    this.base = base;
    this.delta = delta;
    baseTable = region.baseTable();
    deltaTable = region.deltaTable();
    parts = parts();
  }

  private List<Part> parts() {
    BitSet below = new BitSet();
    BitSet above = new BitSet();
    BitSet hidden = new BitSet();
    baseTable.addTo(below, below);
    deltaTable.addTo(above, hidden);
    below.andNot(above);
    below.andNot(hidden);
    List<Part> found = new ArrayList<>();
    int from = next(below, above, 0);
    while (from >= 0) {
      boolean upper = above.get(from);
      int end = (upper ? above : below).nextClearBit(from);
      found.add(new Part(from, end - from, (upper ? delta : base).orElseThrow()));
      from = next(below, above, end);
    }
    return found;
  }

  private static int next(BitSet one, BitSet other, int from) {
    int a = one.nextSetBit(from);
    int b = other.nextSetBit(from);
    return a < 0 || b < 0 ? Math.max(a, b) : Math.min(a, b);
  }

  /** The region's name. */
  public String name() {
    return region.name();
  }

  /** Bytes of the region. */
  public long size() {
    return region.bytes();
  }

  /** Bytes that are in files. */
  public long stored() {
    return baseTable.stored() + deltaTable.stored();
  }

  /** What is in files, in order and without overlap; everything else is zeroes. */
  public List<SavedExtent> extents() {
    return parts.stream()
        .map(part -> new SavedExtent(part.offset(), part.bytes(), part.file.path(), part.offset()))
        .toList();
  }

  /**
   * Has memory begin with what was saved, copy-on-write: a page is read when it is first touched.
   * The memory outlives this object. Where the host cannot map files, they are read.
   *
   * @param memory zeroed
   * @param at offset of the region's first byte in it, a multiple of 4096
   * @throws HostException if the files cannot be read
   */
  public void beginIn(HostMemory memory, long at) {
    for (Part part : parts) {
      Optional<HostFile> file = part.file.host();
      if (file.isEmpty()
          || !memory.begin(at + part.offset(), file.get(), part.offset(), part.bytes())) {
        fill(part, memory.segment().asSlice(at + part.offset(), part.bytes()));
      }
    }
  }

  /**
   * Fills a piece of memory with what the region has from {@code offset} on.
   *
   * @throws HostException if the files cannot be read
   */
  public void read(long offset, MemorySegment into) {
    into.fill((byte) 0);
    for (int n = firstBehind(offset); n < parts.size(); n++) {
      Part part = parts.get(n);
      long from = Math.max(part.offset(), offset);
      long until = Math.min(part.offset() + part.bytes(), offset + into.byteSize());
      if (from >= until) {
        return;
      }
      fill(part.file, from, into.asSlice(from - offset, until - from));
    }
  }

  /** The first part that ends behind an offset. */
  private int firstBehind(long offset) {
    int low = 0;
    for (int high = parts.size(); low < high; ) {
      int middle = low + high >>> 1;
      if (parts.get(middle).offset() + parts.get(middle).bytes() <= offset) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  private static void fill(Part part, MemorySegment into) {
    fill(part.file, part.offset(), into);
  }

  private static void fill(PageFile file, long place, MemorySegment into) {
    try {
      file.read(place, into);
    } catch (IOException e) {
      throw new HostException(
          "%s cannot be read: %s".formatted(file.path(), HostException.reason(e)), e);
    }
  }

  Manifest.Region region() {
    return region;
  }

  ChunkTable baseTable() {
    return baseTable;
  }

  ChunkTable deltaTable() {
    return deltaTable;
  }

  Optional<PageFile> base() {
    return base;
  }

  Optional<PageFile> delta() {
    return delta;
  }

  /** A file of a region and what is in it. */
  interface Visitor<E extends Exception> {
    void visit(PageFile file, ChunkTable table) throws E;
  }

  /** Shows the files in their order. */
  <E extends Exception> void forEachFile(Visitor<E> visitor) throws E {
    if (base.isPresent()) {
      visitor.visit(base.get(), baseTable);
    }
    if (delta.isPresent()) {
      visitor.visit(delta.get(), deltaTable);
    }
  }
}
