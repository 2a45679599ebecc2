package atoll.nbd;

import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * A disk that a server offers. Ranges are within its size. Used by several threads at once: what
 * one has written another one reads, and a flush is one for all.
 */
public interface NbdExport {
  /** Bytes; does not change. */
  long size();

  /** Whether writes are refused. */
  boolean readOnly();

  /** Fills {@code into} from {@code offset}. */
  void read(long offset, MemorySegment into) throws IOException;

  /** Writes {@code from} at {@code offset}. */
  void write(long offset, MemorySegment from) throws IOException;

  /** Returns once everything written before is on stable storage. */
  void flush() throws IOException;

  /** The bytes are not needed any more; they read as anything afterwards. */
  void trim(long offset, long length) throws IOException;

  /** The bytes read as zero afterwards. */
  void zero(long offset, long length, boolean mayUnmap) throws IOException;

  /** What is known of the bytes from {@code offset} on, of at most {@code most}. */
  BlockStatus status(long offset, long most) throws IOException;
}
