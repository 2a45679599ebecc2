package atoll.disk;

import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * The bytes that an image lies in, as its format uses them. Calls may come from several threads.
 *
 * <p>What is past the end reads as zeroes, and a write there makes it longer.
 */
interface Storage extends AutoCloseable {
  /** Bytes; grows by writes. */
  long size() throws IOException;

  /**
   * Fills {@code into} from {@code offset}, with zeroes past the end.
   *
   * @return how many bytes were there
   */
  long read(long offset, MemorySegment into) throws IOException;

  /** Writes all of {@code from}. */
  void write(long offset, MemorySegment from) throws IOException;

  /** Returns once everything written before is on stable storage. */
  void flush() throws IOException;

  /**
   * Gives a range back to the host; it reads as zeroes then.
   *
   * @return false if the host cannot, with nothing changed
   */
  boolean punch(long offset, long length) throws IOException;

  /** Has a range read as zeroes. */
  void zero(long offset, long length, boolean mayUnmap) throws IOException;

  /** Makes it longer with zeroes, or cuts its end off. */
  void resize(long size) throws IOException;

  /**
   * Where the next data, or the next hole, begins at {@code offset} or after it, as far as the host
   * knows: a range without data reads as zeroes.
   *
   * @return a place in the file, or its size
   */
  long next(long offset, boolean data) throws IOException;

  /** What messages call it. */
  String name();

  @Override
  void close() throws IOException;
}
