package atoll.device.spi;

import java.io.IOException;
import java.lang.foreign.MemorySegment;

/** The host side of a disk. Offsets and lengths are in bytes and within {@link #size}. */
public interface BlockBackend extends AutoCloseable {
  /** Bytes; fixed while the backend is open. */
  long size();

  /** Whether writes are refused. */
  boolean readOnly();

  /** Fills {@code into} from {@code offset}. */
  void read(long offset, MemorySegment into) throws IOException;

  /** Writes {@code from} at {@code offset}. */
  void write(long offset, MemorySegment from) throws IOException;

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
