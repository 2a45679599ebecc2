package atoll.host;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Where a file has data, and not only holes that read as zeroes. */
public final class FileExtents {
  // Linux, <unistd.h> and <fcntl.h>.
  private static final int SEEK_DATA = 3;
  private static final int SEEK_HOLE = 4;
  private static final int O_CLOEXEC = 0x8_0000;
  private static final int ENXIO = 6;

  private FileExtents() {}

  /**
   * A part of a file.
   *
   * @param offset of its first byte
   * @param length bytes
   */
  public record Extent(long offset, long length) {}

  /**
   * The parts that may have data, in order. A host or file system that does not know says that all
   * has.
   *
   * @throws IOException if the file cannot be read
   */
  public static List<Extent> of(Path path) throws IOException {
    long size = Files.size(path);
    List<Extent> whole = size == 0 ? List.of() : List.of(new Extent(0, size));
    if (Calls.LINKED.isEmpty()) {
      return whole;
    }
    Calls calls = Calls.LINKED.get();
    int descriptor = calls.open(path.toAbsolutePath().toString());
    if (descriptor < 0) {
      throw new IOException(path + " cannot be opened");
    }
    try {
      return calls.extents(descriptor, size).orElse(whole);
    } finally {
      calls.close(descriptor);
    }
  }

  private record Calls(MethodHandle open, MethodHandle lseek, MethodHandle close) {
    private static final StructLayout CAPTURE = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO =
        CAPTURE.varHandle(MemoryLayout.PathElement.groupElement("errno"));

    static final Optional<Calls> LINKED = link();

    private static Optional<Calls> link() {
      if (!System.getProperty("os.name").equals("Linux")) {
        return Optional.empty();
      }
      Linker linker = Linker.nativeLinker();
      var i32 = ValueLayout.JAVA_INT;
      var i64 = ValueLayout.JAVA_LONG;
      var libc = linker.defaultLookup();
      return Optional.of(
          new Calls(
              linker.downcallHandle(
                  libc.findOrThrow("open"),
                  FunctionDescriptor.of(i32, ValueLayout.ADDRESS, i32),
                  Linker.Option.firstVariadicArg(2)),
              linker.downcallHandle(
                  libc.findOrThrow("lseek"),
                  FunctionDescriptor.of(i64, i32, i64, i32),
                  Linker.Option.captureCallState("errno")),
              linker.downcallHandle(libc.findOrThrow("close"), FunctionDescriptor.of(i32, i32))));
    }

    int open(String path) {
      try (Arena arena = Arena.ofConfined()) {
        return (int) open.invokeExact(arena.allocateFrom(path), O_CLOEXEC);
      } catch (Throwable e) {
        throw new HostException("open could not be called", e);
      }
    }

    void close(int descriptor) {
      try {
        int ignored = (int) close.invokeExact(descriptor);
      } catch (Throwable e) {
        throw new HostException("close could not be called", e);
      }
    }

    /** Nothing if the file system cannot tell. */
    Optional<List<Extent>> extents(int descriptor, long size) {
      List<Extent> extents = new ArrayList<>();
      for (long at = 0; at < size; ) {
        long data = seek(descriptor, at, SEEK_DATA);
        if (data == -ENXIO) { // nothing but holes from here on
          break;
        }
        long hole = data < 0 ? data : seek(descriptor, data, SEEK_HOLE);
        if (hole < 0) {
          return Optional.empty();
        }
        extents.add(new Extent(data, hole - data));
        at = hole;
      }
      return Optional.of(extents);
    }

    /** A place in the file, or a negative error number. */
    private long seek(int descriptor, long from, int what) {
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment state = arena.allocate(CAPTURE);
        long result = (long) lseek.invokeExact(state, descriptor, from, what);
        return result < 0 ? -(int) ERRNO.get(state, 0L) : result;
      } catch (Throwable e) {
        throw new HostException("lseek could not be called", e);
      }
    }
  }
}
