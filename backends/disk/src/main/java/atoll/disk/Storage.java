package atoll.disk;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.Consumer;

/**
 * The bytes that an image lies in, as its format uses them. Calls may come from several threads.
 *
 * <p>What is past the end reads as zeroes, and a write there makes it longer.
 */
interface Storage extends AutoCloseable {
  /**
   * Opens what is at a place, and locks it if it is a file.
   *
   * @param notices told of a server's loss and return
   * @throws atoll.host.HostException if it cannot be used so; the message says what to do
   */
  static Storage open(DiskLocation where, boolean readOnly, Consumer<String> notices) {
    return switch (where) {
      case DiskLocation.InFile file -> ImageFile.open(file.path(), readOnly);
      case DiskLocation.AtServer server -> NbdStorage.open(server.address(), readOnly, notices);
    };
  }

  /** Opens something to look at it: no lock is asked for. */
  static Storage look(DiskLocation where) {
    return switch (where) {
      case DiskLocation.InFile file -> ImageFile.look(file.path());
      case DiskLocation.AtServer server -> NbdStorage.open(server.address(), true, text -> {});
    };
  }

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

  /** The same for pieces of memory, one after the other. */
  default long read(long offset, List<MemorySegment> into) throws IOException {
    long done = 0;
    long there = 0;
    for (MemorySegment piece : into) {
      there += read(offset + done, piece);
      done += piece.byteSize();
    }
    return there;
  }

  /** The same for pieces of memory, one after the other. */
  default void write(long offset, List<MemorySegment> from) throws IOException {
    long done = 0;
    for (MemorySegment piece : from) {
      write(offset + done, piece);
      done += piece.byteSize();
    }
  }

  /**
   * Fills pieces of memory from {@code offset}, if all that is there and is in the host's memory.
   *
   * @return false if not, or nobody knows; the pieces may have anything then
   */
  default boolean readNow(long offset, List<MemorySegment> into) {
    return false;
  }

  /**
   * Has the host copy bytes to the same place of another one.
   *
   * @param to which nobody else uses meanwhile
   * @return false if it cannot; nothing has been copied then
   */
  default boolean copyTo(Storage to, long offset, long length) throws IOException {
    return false;
  }

  /** Whether writing a few bytes usually takes no longer than to copy them. */
  default boolean writesSoon() {
    return false;
  }

  /** Returns once everything written before is on stable storage. */
  void flush() throws IOException;

  /**
   * Gives a range back to the host; it reads as zeroes then.
   *
   * @return false if the host cannot, with nothing changed
   */
  boolean punch(long offset, long length) throws IOException;

  /** The bytes are not needed any more; they read as anything afterwards. */
  default void discard(long offset, long length) throws IOException {
    boolean ignored = punch(offset, length);
  }

  /** Has a range read as zeroes. */
  void zero(long offset, long length, boolean mayUnmap) throws IOException;

  /** Makes it longer with zeroes, or cuts its end off. */
  void resize(long size) throws IOException;

  /**
   * Where the next data, or the next hole, begins at {@code offset} or after it, as far as the host
   * knows: a range without data reads as zeroes.
   *
   * @return a place in the file, or its size; an earlier place if it is not known how much further
   *     it is
   */
  long next(long offset, boolean data) throws IOException;

  /** Bytes that it takes on the host, as far as that is known. */
  default OptionalLong allocated() throws IOException {
    return OptionalLong.empty();
  }

  /** What messages call it. */
  String name();

  @Override
  void close() throws IOException;
}
