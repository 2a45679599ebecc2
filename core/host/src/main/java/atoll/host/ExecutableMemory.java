package atoll.host;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.BitSet;
import java.util.Objects;
import java.util.Optional;

/**
 * Memory for machine code that is made at run time, with data behind it that the code addresses
 * relative to itself.
 *
 * <p>The code has two mappings of the same pages: one to execute, which cannot be written, and one
 * to write, which cannot be executed. The data, and the guard pages around all of it, can not be
 * executed. Pages cost nothing until they are touched. Only Linux has what this takes.
 *
 * <p>The pages are shared anonymous memory, and not a file of {@code memfd_create}, because {@code
 * perf} looks names of code up in its map only where no file is mapped.
 *
 * <p>Code can {@linkplain #begin begin} with pages that others have, too. They are changed in none
 * of the two: who writes to some first gets pages of its own in their place.
 *
 * <p>Used by one thread at a time: code may be changed while no thread executes it.
 */
public final class ExecutableMemory implements AutoCloseable {
  private static final long PAGE = 4096;

  // Linux, <sys/mman.h>; the same on x86-64 and AArch64.
  private static final int PROT_NONE = 0;
  private static final int PROT_READ = 1;
  private static final int PROT_WRITE = 2;
  private static final int PROT_EXEC = 4;
  private static final int MAP_SHARED = 0x01;
  private static final int MAP_PRIVATE = 0x02;
  private static final int MAP_FIXED = 0x10;
  private static final int MAP_ANONYMOUS = 0x20;
  private static final int MAP_NORESERVE = 0x4000;
  private static final int MREMAP_MAYMOVE = 1;
  private static final int MREMAP_FIXED = 2;
  private static final int MADV_DONTNEED = 4;
  private static final int MADV_REMOVE = 9;
  private static final int MAP_FAILED = -1;

  private final Calls calls;
  private final Arena arena = Arena.ofShared();
  private final long reservation;
  private final long reserved;
  private final long codeSize;
  private final long dataSize;
  private final long writable;
  private final MemorySegment writer;
  private final KnownMemory.Range known;

  /**
   * Bytes of pages that others have, too, of which own ones are made at once: some 10 us. Each can
   * become a mapping of the host's, of which a process may have 65,530.
   */
  public static final int CHUNK = 1 << 15;

  /** By chunk: whether others have it, too. */
  private final BitSet shared = new BitSet();

  /** Bytes written after which the pages that were written through are released. */
  private static final int LET_GO = 1 << 18;

  /** What a small write counts for, since it may be the only one to its page. */
  private static final int SCATTERED = 256;

  private int written;

  private ExecutableMemory(Calls calls, long codeSize, long dataSize) {
    this.calls = calls;
    this.codeSize = codeSize;
    this.dataSize = dataSize;
    reserved = codeSize + dataSize + 2 * PAGE;
    reservation = map(0, reserved, PROT_NONE, MAP_PRIVATE, "reserve");
    map(code(), codeSize, PROT_READ | PROT_EXEC, MAP_SHARED | MAP_FIXED, "execute");
    map(data(), dataSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED, "use");
    known = KnownMemory.add(code(), codeSize + dataSize);
    writable = again(code(), codeSize);
    writer =
        MemorySegment.ofAddress(writable)
            .reinterpret(
                codeSize,
                arena,
                s -> {
                  int ignored = calls.munmap.call(writable, codeSize, 0);
                  ignored = calls.munmap.call(reservation, reserved, 0);
                });
  }

  private long map(long at, long size, int protection, int flags, String what) {
    return require(
        calls.mmap.call(at, size, protection, flags | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0),
        size,
        what);
  }

  /** The same pages at a second address, to be written there. */
  private long again(long address, long size) {
    // A size of 0 stands for a second mapping of what is shared (mremap(2)).
    long second =
        require(calls.mremap.call(address, 0, size, MREMAP_MAYMOVE, 0, 0), size, "map twice");
    if (calls.mprotect.call(second, size, PROT_READ | PROT_WRITE) != 0) {
      throw refused(size, "write");
    }
    return second;
  }

  private static long require(long address, long size, String what) {
    if (address == MAP_FAILED) {
      throw refused(size, what);
    }
    return address;
  }

  private static HostException refused(long size, String what) {
    return new HostException(
        "the host does not let this process %s %d KiB of memory for translated code"
            .formatted(what, size >> 10));
  }

  /**
   * Takes memory from the host.
   *
   * @param codeBytes for code, a positive multiple of 4096 below 1 GiB
   * @param dataBytes for data, likewise
   * @throws HostException if the host refuses, or has no such thing: see {@link #unavailable}
   */
  public static ExecutableMemory allocate(long codeBytes, long dataBytes) {
    if (badSize(codeBytes) || badSize(dataBytes)) {
      throw new IllegalArgumentException(
          "sizes must be positive multiples of 4096 below 1 GiB: %d, %d"
              .formatted(codeBytes, dataBytes));
    }
    return new ExecutableMemory(
        Calls.LINKED.orElseThrow(() -> new HostException("this host has no mremap: " + platform())),
        codeBytes,
        dataBytes);
  }

  private static boolean badSize(long bytes) {
    return bytes <= 0 || bytes % PAGE != 0 || bytes >= 1L << 30;
  }

  /** Why {@link #allocate} cannot work on this host, for a person; empty if it can. */
  public static Optional<String> unavailable() {
    return UNAVAILABLE;
  }

  private static final Optional<String> UNAVAILABLE = tryOnce();

  private static Optional<String> tryOnce() {
    if (!System.getProperty("os.name").equals("Linux")) {
      return Optional.of("executable memory is made on Linux only, and this is " + platform());
    }
    try {
      allocate(PAGE, PAGE).close();
      return Optional.empty();
    } catch (HostException e) {
      return Optional.of(e.getMessage());
    }
  }

  private static String platform() {
    return System.getProperty("os.name") + " on " + HostProcessor.architecture();
  }

  /** The address at which the first byte of code is executed. */
  public long code() {
    return reservation + PAGE;
  }

  /** Bytes for code. */
  public long codeSize() {
    return codeSize;
  }

  /** The address of the data: behind the code, readable and writable. */
  public long data() {
    return code() + codeSize;
  }

  /** Bytes for data. */
  public long dataSize() {
    return dataSize;
  }

  /**
   * Keeps a part of the code as it is now, for others.
   *
   * @param offset of the first byte, and {@code length} bytes: multiples of {@link #CHUNK}
   * @throws HostException if the host has no memory for that
   */
  public FrozenCode freeze(long offset, long length) {
    requireChunks(offset, length);
    long pages = map(0, length, PROT_READ | PROT_WRITE, MAP_SHARED, "keep");
    MemorySegment.copy(bytes(code() + offset, length), 0, bytes(pages, length), 0, length);
    Runnable unmap =
        () -> {
          int ignored = calls.munmap.call(pages, length, 0);
        };
    if (calls.mprotect.call(pages, length, PROT_READ) != 0) {
      unmap.run();
      throw refused(length, "keep");
    }
    return new FrozenCode(pages, offset, length, unmap);
  }

  private void requireChunks(long offset, long length) {
    Objects.checkFromIndexSize(offset, length, codeSize);
    if (offset % CHUNK != 0 || length % CHUNK != 0 || length == 0) {
      throw new IllegalArgumentException("not whole chunks: %d at %d".formatted(length, offset));
    }
  }

  /**
   * Has what others have in the place of a part of the code.
   *
   * @return false if they have it no more; then nothing has changed
   * @throws HostException if the host refuses
   */
  public boolean begin(FrozenCode image) {
    requireChunks(image.offset, image.length);
    return image.use(() -> {
      place(image.address, image.offset, image.length);
      shared.set(chunk(image.offset), chunk(image.offset + image.length));
    });
  }

  /**
   * Whether the first bytes of what others have are those that are here; they are if they are gone.
   */
  public boolean same(FrozenCode image, int bytes) {
    boolean[] same = {true};
    boolean ignored =
        image.use(() ->
            same[0] =
                bytes(image.address, bytes).mismatch(bytes(code() + image.offset, bytes)) < 0);
    return same[0];
  }

  private static int chunk(long offset) {
    return (int) (offset / CHUNK);
  }

  /** Has a part of the code execute other pages; neither of the two is written to there. */
  private void place(long from, long offset, long length) {
    long to = code() + offset;
    int flags = MREMAP_MAYMOVE | MREMAP_FIXED;
    // In between they are not executed; a part of what can be written can never be executed, too.
    if (calls.mremap.call(from, 0, length, flags, to, 0) != to
        || calls.mprotect.call(to, length, PROT_READ | PROT_EXEC) != 0) {
      throw refused(length, "share");
    }
  }

  /**
   * Makes own pages of those that others have, too, with what is in them.
   *
   * @param gone whether nobody needs what is in the range any more
   */
  private void own(long offset, long length, boolean gone) {
    if (shared.isEmpty() || length == 0) {
      return;
    }
    int end = chunk(offset + length - 1) + 1;
    for (int i = shared.nextSetBit(chunk(offset)); i >= 0 && i < end; i = shared.nextSetBit(i)) {
      long at = (long) i * CHUNK;
      if (!gone || at < offset || at + CHUNK > offset + length) {
        MemorySegment.copy(bytes(code() + at, CHUNK), 0, writer, at, CHUNK);
      }
      place(writable + at, at, CHUNK);
      shared.clear(i);
    }
  }

  private static MemorySegment bytes(long address, long length) {
    return MemorySegment.ofAddress(address).reinterpret(length);
  }

  /** Copies {@code length} bytes of {@code bytes} to {@code offset} in the code. */
  public void write(long offset, byte[] bytes, int length) {
    own(offset, length, false);
    MemorySegment.copy(bytes, 0, writer, ValueLayout.JAVA_BYTE, offset, length);
    written += Math.max(length, SCATTERED);
    if (written >= LET_GO) {
      written = 0;
      letGo();
    }
  }

  /** Forgets where the pages are to be written, not what is in them: else they count twice. */
  private void letGo() {
    int ignored = calls.madvise.call(writable, codeSize, MADV_DONTNEED);
  }

  /**
   * Gives pages of code, which nobody needs any more, back to the host; they are taken again when
   * they are written to.
   *
   * @param offset of the first byte in the code, a multiple of 4096
   * @param length bytes, a multiple of 4096
   */
  public void discard(long offset, long length) {
    Objects.checkFromIndexSize(offset, length, codeSize);
    own(offset, length, true);
    int ignored = calls.madvise.call(writable + offset, length, MADV_REMOVE);
  }

  /** Gives all pages of data back: they have zeroes then. */
  public void discardData() {
    int ignored = calls.madvise.call(data(), dataSize, MADV_DONTNEED);
  }

  /** Replaces the four bytes at {@code offset} in the code. */
  public void writeInt(long offset, int value) {
    own(offset, Integer.BYTES, false);
    writer.set(ValueLayout.JAVA_INT_UNALIGNED, offset, value);
  }

  /** Copies code out, for reports. */
  public byte[] read(long offset, int length) {
    own(offset, length, false);
    return writer.asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE);
  }

  @Override
  public void close() {
    known.remove();
    shared.clear();
    arena.close();
  }

  /** The system calls behind this class. */
  private record Calls(
      HostCall mmap, HostCall mremap, HostCall mprotect, HostCall madvise, HostCall munmap) {
    static final Optional<Calls> LINKED = link();

    private static Optional<Calls> link() {
      return HostCall.find("mremap")
          .map(mremap ->
              new Calls(
                  HostCall.of("mmap"),
                  mremap,
                  HostCall.of("mprotect"),
                  HostCall.of("madvise"),
                  HostCall.of("munmap")));
    }
  }
}
