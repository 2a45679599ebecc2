package atoll.device.spi;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * The host side of a disk. Offsets and lengths are in bytes and within {@link #size}. Calls may
 * come from several threads at the same time, but for {@link #close}.
 */
public interface BlockBackend extends AutoCloseable {
  /** Bytes; only {@link #resize} changes it. */
  long size();

  /** Whether writes are refused. */
  boolean readOnly();

  /** Fills {@code into} from {@code offset}. */
  void read(long offset, MemorySegment into) throws IOException;

  /** Writes {@code from} at {@code offset}. */
  void write(long offset, MemorySegment from) throws IOException;

  /** Fills pieces of memory, one after the other, from {@code offset}. */
  default void read(long offset, List<MemorySegment> into) throws IOException {
    long at = offset;
    for (MemorySegment piece : into) {
      read(at, piece);
      at += piece.byteSize();
    }
  }

  /** Writes pieces of memory, one after the other, at {@code offset}. */
  default void write(long offset, List<MemorySegment> from) throws IOException {
    long at = offset;
    for (MemorySegment piece : from) {
      write(at, piece);
      at += piece.byteSize();
    }
  }

  /**
   * The same as {@link #read}, if it takes no longer than to copy the bytes: nobody waits for a
   * device, a network or another thread.
   *
   * @return false if it would take longer, or nobody knows; then the memory may have anything
   */
  default boolean readNow(long offset, List<MemorySegment> into) throws IOException {
    return false;
  }

  /** Whether writing a few bytes usually takes no longer than to copy them. */
  default boolean writesSoon() {
    return false;
  }

  /** What its user allows it to do in a second. */
  default DiskLimits limits() {
    return DiskLimits.NONE;
  }

  /**
   * Gives it more bytes, which read as zeroes.
   *
   * @param bytes in all; no fewer than it has
   */
  default void resize(long bytes) throws IOException {
    throw new IOException("its size cannot be changed while it is in use");
  }

  /** Returns once everything written before is on stable storage. */
  void flush() throws IOException;

  /** The guest no longer needs these bytes; they read as anything afterwards. */
  void discard(long offset, long length) throws IOException;

  /** These bytes read as zero afterwards. */
  void writeZeroes(long offset, long length, boolean mayUnmap) throws IOException;

  /** At most 20 ASCII bytes that name the disk to the guest. */
  String serial();

  @Override
  void close() throws IOException;
}
