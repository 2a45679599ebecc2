package atoll.snapshot;

import atoll.host.HostException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.Optional;

/**
 * Writes a region of memory of a snapshot in the making. What is not written is as in the parent's
 * region, or zeroes if there is none. Pages can be written again. For one thread at a time.
 *
 * <p>The parent's files are shared, never changed. What differs from its base goes into one file
 * over that; once that has much, or is in many pieces, all goes into a new base.
 */
public final class MemoryWriter {
  private static final int PAGE = ChunkTable.PAGE;

  /** Bytes that are written in one go. */
  private static final long PIECE = 16 << 20;

  /**
   * Pieces that a region is mapped in at most, when it is restored: some milliseconds, and far
   * below what Linux lets a process have (65,530).
   */
  static final int MOST_PARTS = 2048;

  /** Pieces that a region without a parent has; more are joined, with the zeroes in between. */
  static final int MOST_RUNS = 256;

  private static final MemorySegment ZEROES = Arena.global().allocate(PAGE);

  private final String name;
  private final long bytes;
  private final Path basePath;
  private final Path deltaPath;
  private final Path file;
  private final Optional<SavedMemory> parent;

  /** Pages that the file has. */
  private final BitSet present = new BitSet();

  /** Pages that are zeroes, whatever the parent has. */
  private final BitSet zero = new BitSet();

  private Optional<NewPageFile> made = Optional.empty();

  /**
   * @param number of the region in its snapshot
   */
  MemoryWriter(Path folder, int number, String name, long bytes, Optional<SavedMemory> parent) {
    this.name = name;
    this.bytes = bytes;
    this.parent = parent;
    basePath = basePath(folder, number);
    deltaPath = deltaPath(folder, number);
    file = folder.resolve("memory-" + number + ".new");
  }

  static Path basePath(Path folder, int number) {
    return folder.resolve("memory-" + number);
  }

  static Path deltaPath(Path folder, int number) {
    return folder.resolve("memory-" + number + ".delta");
  }

  /**
   * Writes pages.
   *
   * @param offset of the first byte in the region, a multiple of 4096
   * @param pages whole ones, but for the region's last one; they may change meanwhile, and are
   *     written again then
   * @throws HostException if the host has no room for them
   */
  public void write(long offset, MemorySegment pages) {
    long length = pages.byteSize();
    if (offset % PAGE != 0
        || offset < 0
        || length > bytes - offset
        || length % PAGE != 0 && offset + length != bytes) {
      throw new IllegalArgumentException(
          "whole pages of a region of %d bytes, not %d at %d".formatted(bytes, length, offset));
    }
    try {
      for (long done = 0; done < length; ) {
        done += writeRun(offset + done, pages.asSlice(done));
      }
    } catch (IOException e) {
      throw failure(e);
    }
  }

  HostException failure(IOException e) {
    return new HostException(
        "%s of the snapshot cannot be saved: %s; make room in %s"
            .formatted(name, HostException.reason(e), file.getParent().getParent()),
        e);
  }

  /** Writes the pages up to where zeroes begin or end; returns how many bytes. */
  private long writeRun(long offset, MemorySegment pages) throws IOException {
    boolean empty = isZero(pages, 0);
    long length = Math.min(PAGE, pages.byteSize());
    while (length < pages.byteSize() && length < PIECE && isZero(pages, length) == empty) {
      length = Math.min(length + PAGE, pages.byteSize());
    }
    int first = (int) (offset / PAGE);
    int end = (int) Manifest.pages(offset + length);
    if (empty) {
      clear(first, end);
    } else {
      made().write(offset, pages.asSlice(0, length).asByteBuffer());
      present.set(first, end);
      zero.clear(first, end);
    }
    return length;
  }

  private static boolean isZero(MemorySegment pages, long from) {
    long until = Math.min(from + PAGE, pages.byteSize());
    return MemorySegment.mismatch(pages, from, until, ZEROES, 0, until - from) < 0;
  }

  /** Zeroes take room only where there was something else before. */
  private void clear(int first, int end) throws IOException {
    for (int page = present.nextSetBit(first);
        page >= 0 && page < end;
        page = present.nextSetBit(page + 1)) {
      made().write((long) page * PAGE, ZEROES.asByteBuffer());
    }
    if (parent.isPresent()) {
      zero.set(first, end);
      zero.andNot(present);
    }
  }

  private NewPageFile made() throws IOException {
    if (made.isEmpty()) {
      made = Optional.of(NewPageFile.create(file, Manifest.wholePages(bytes)));
    }
    return made.get();
  }

  /** Completes the files; returns what they have. */
  Manifest.Region finish() throws IOException {
    parent.ifPresent(this::inherit);
    boolean over = parent.flatMap(SavedMemory::base).isPresent() && !mustFold() && share();
    if (!over) {
      fold();
    }
    byte[] table = table();
    if (made.isPresent()) {
      made.get().keep(over ? deltaPath : basePath);
    }
    byte[] base = over ? parent.orElseThrow().region().base() : table;
    return new Manifest.Region(name, bytes, base, over ? table : new byte[0]);
  }

  /** Takes what the parent has over its base. */
  private void inherit(SavedMemory from) {
    BitSet above = new BitSet();
    BitSet hidden = new BitSet();
    from.deltaTable().addTo(above, hidden);
    try {
      if (from.delta().isPresent()) {
        take(from.delta().get(), above);
      }
    } catch (IOException e) {
      throw failure(e);
    }
    hidden.andNot(present);
    zero.or(hidden);
  }

  /** Copies pages of another file, but for those that have been written. */
  private void take(PageFile from, BitSet pages) throws IOException {
    pages.andNot(present);
    pages.andNot(zero);
    for (int first = pages.nextSetBit(0); first >= 0; ) {
      int end = pages.nextClearBit(first);
      made().copy(from, (long) first * PAGE, (long) end * PAGE);
      first = pages.nextSetBit(end);
    }
    present.or(pages);
  }

  /** Whether there is so much over the parent's base that a base of its own is better. */
  private boolean mustFold() {
    BitSet below = new BitSet();
    SavedMemory from = parent.orElseThrow();
    from.baseTable().addTo(below, below);
    int pages = below.cardinality();
    zero.and(below); // others hide nothing
    below.andNot(zero);
    below.andNot(present);
    return present.cardinality() > pages / 2 || runs(below) + runs(present) > MOST_PARTS;
  }

  /** Makes one base of all, in not too many pieces. */
  private void fold() throws IOException {
    Optional<PageFile> base = parent.flatMap(SavedMemory::base);
    if (base.isPresent()) {
      BitSet below = new BitSet();
      parent.orElseThrow().baseTable().addTo(below, below);
      take(base.get(), below);
    }
    zero.clear();
    join();
  }

  private static int runs(BitSet pages) {
    int count = 0;
    for (int from = pages.nextSetBit(0); from >= 0; from = pages.nextSetBit(from)) {
      from = pages.nextClearBit(from);
      count++;
    }
    return count;
  }

  /** Closes the smallest gaps, which are holes of the file, until there are few pieces. */
  private void join() {
    for (int most = 1; runs(present) > MOST_RUNS; most *= 2) {
      int end = present.nextClearBit(present.nextSetBit(0));
      for (int next = present.nextSetBit(end); next >= 0; next = present.nextSetBit(end)) {
        if (next - end <= most) {
          present.set(end, next);
        }
        end = present.nextClearBit(next);
      }
    }
  }

  /** Whether the parent's file has one more name; not if that is gone, or where there are none. */
  private boolean share() {
    try {
      Files.createLink(basePath, parent.flatMap(SavedMemory::base).orElseThrow().path());
      return true;
    } catch (UnsupportedOperationException | IOException e) {
      return false;
    }
  }

  private byte[] table() throws IOException {
    ByteBuffer buffer = ByteBuffer.allocateDirect(ChunkTable.MOST * PAGE);
    return ChunkTable.encode(present, zero, (page, pages) -> made().sum(page, pages, buffer));
  }

  void close() throws IOException {
    if (made.isPresent()) {
      made.get().close();
    }
  }
}
