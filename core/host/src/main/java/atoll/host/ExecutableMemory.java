package atoll.host;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
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
 * <p>Used by one thread at a time, but for {@link #prepare}: code may be changed while no thread
 * executes it.
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
  private static final int MADV_DONTNEED = 4;
  private static final int MADV_REMOVE = 9;
  private static final int MADV_POPULATE_READ = 22;
  private static final int MADV_POPULATE_WRITE = 23;
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

  /** Bytes written after which the pages that were written through are released. */
  private static final int LET_GO = 1 << 18;

  /** What a small write counts for, since it may be the only one to its page. */
  private static final int SCATTERED = 256;

  private int written;

  /** Guarded by this. */
  private boolean closed;

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

  /** Copies {@code length} bytes of {@code bytes} to {@code offset} in the code. */
  public void write(long offset, byte[] bytes, int length) {
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
    int ignored = calls.madvise.call(writable + offset, length, MADV_REMOVE);
  }

  /** Gives all pages of data back: they have zeroes then. */
  public void discardData() {
    int ignored = calls.madvise.call(data(), dataSize, MADV_DONTNEED);
  }

  /**
   * Takes pages of code from the host before they are written to, which then takes much less time.
   * Any thread, also while another one uses the memory or closes it.
   *
   * @param offset of the first byte in the code, a multiple of 4096
   * @param length bytes, a multiple of 4096
   */
  public void prepare(long offset, long length) {
    Objects.checkFromIndexSize(offset, length, codeSize);
    synchronized (this) {
      if (!closed) { // an older Linux refuses, and takes them later
        int ignored = calls.madvise.call(writable + offset, length, MADV_POPULATE_WRITE);
        ignored = calls.madvise.call(code() + offset, length, MADV_POPULATE_READ);
      }
    }
  }

  /** Replaces the four bytes at {@code offset} in the code. */
  public void writeInt(long offset, int value) {
    writer.set(ValueLayout.JAVA_INT_UNALIGNED, offset, value);
  }

  /** Copies code out, for reports. */
  public byte[] read(long offset, int length) {
    return writer.asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE);
  }

  @Override
  public synchronized void close() {
    closed = true;
    known.remove();
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
