package atoll.virtio;

import atoll.memory.GuestMemory;
import atoll.state.Unsaved;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The buffers of one request: first those that the device reads, then those that it writes
 * (§2.7.4).
 *
 * <p>A checked copy of the guest's descriptors, so what the guest does to them afterwards has no
 * effect. Used again and again by one thread at a time.
 */
@Unsaved("gathered again of the queue's state")
final class DescriptorChain {
  /** Moves one contiguous piece of a buffer. */
  @FunctionalInterface
  interface Piece {
    /**
     * Moves {@code piece}.
     *
     * @param done bytes moved by the same call before
     */
    void move(long done, MemorySegment piece) throws IOException;
  }

  private final GuestMemory memory;
  private long[] address = new long[16];
  private long[] length = new long[16];
  private int count;
  private int firstWritable;
  private long size;
  private boolean refused;
  private final Cursor reading = new Cursor();
  private final Cursor writing = new Cursor();

  /** How far one part of the buffers has been served. */
  private static final class Cursor {
    private int buffer;
    private long at;
    private long done;
    private long left;

    void rewind(int first) {
      buffer = first;
      at = 0;
      left += done;
      done = 0;
    }
  }

  DescriptorChain(GuestMemory memory) {
    this.memory = memory;
  }

  /** Becomes an empty chain. */
  void begin() {
    count = 0;
    firstWritable = 0;
    size = 0;
    rewind();
    reading.left = 0;
    writing.left = 0;
  }

  /** Nothing of it has been served. */
  void rewind() {
    refused = false;
    reading.rewind(0);
    writing.rewind(firstWritable);
  }

  /** Adds a buffer that lies in guest memory; readable ones before writable ones. */
  void add(long gpa, long bytes, boolean write) {
    if (bytes == 0) {
      return;
    }
    size += bytes;
    (write ? writing : reading).left += bytes;
    boolean startsPart = count == (write ? firstWritable : 0);
    if (!startsPart && address[count - 1] + length[count - 1] == gpa) {
      length[count - 1] += bytes;
      return;
    }
    if (count == address.length) {
      address = Arrays.copyOf(address, 2 * count);
      length = Arrays.copyOf(length, 2 * count);
    }
    address[count] = gpa;
    length[count] = bytes;
    count++;
    if (!write) {
      firstWritable = count;
      writing.buffer = count;
    }
  }

  /** Bytes in all buffers. */
  long size() {
    return size;
  }

  /** Bytes in readable buffers that were not read yet. */
  long readable() {
    return reading.left;
  }

  /** Bytes in writable buffers that were not written yet. */
  long writable() {
    return writing.left;
  }

  /** Bytes of readable buffers that were read. */
  long bytesRead() {
    return reading.done;
  }

  /** Bytes of writable buffers that were written, or {@linkplain #nextWritable taken} so. */
  long bytesWritten() {
    return writing.done;
  }

  /** Whether a write was dropped, since the hypervisor protects what is there. */
  boolean refused() {
    return refused;
  }

  /** Whether a writable buffer was added. */
  boolean hasWritable() {
    return count > firstWritable;
  }

  /** In how many contiguous buffers the device writes. */
  int writableBuffers() {
    return count - firstWritable;
  }

  /** Looks at one contiguous buffer, or a part of it. */
  @FunctionalInterface
  interface Range {
    /** {@code bytes} from {@code gpa}. */
    void at(long gpa, long bytes);
  }

  /** Hands the next contiguous writable part, up to a multiple of {@code most}, to {@code to}. */
  void nextWritable(long most, Range to) {
    long gpa = address[writing.buffer] + writing.at;
    long part = Math.min(most - gpa % most, length[writing.buffer] - writing.at);
    advance(writing, part);
    to.at(gpa, part);
  }

  /** Goes on without serving so much. */
  void skip(long read, long written) {
    skip(reading, read);
    skip(writing, written);
  }

  private void skip(Cursor cursor, long bytes) {
    for (long left = bytes; left > 0; ) {
      long part = Math.min(left, length[cursor.buffer] - cursor.at);
      advance(cursor, part);
      left -= part;
    }
  }

  private void advance(Cursor cursor, long part) {
    cursor.done += part;
    cursor.left -= part;
    cursor.at += part;
    if (cursor.at == length[cursor.buffer]) {
      cursor.buffer++;
      cursor.at = 0;
    }
  }

  /**
   * Hands the next {@code bytes} readable bytes to {@code to}, at most {@link #readable}.
   *
   * @return in how many pieces
   */
  int read(long bytes, Piece to) throws IOException {
    return move(reading, bytes, false, to);
  }

  /**
   * Has {@code from} fill the next {@code bytes} writable bytes, at most {@link #writable}.
   *
   * @return in how many pieces
   */
  int write(long bytes, Piece from) throws IOException {
    return move(writing, bytes, true, from);
  }

  private int move(Cursor cursor, long bytes, boolean write, Piece piece) throws IOException {
    int pieces = 0;
    for (long done = 0; done < bytes; pieces++) {
      long gpa = address[cursor.buffer] + cursor.at;
      long part = Math.min(bytes - done, length[cursor.buffer] - cursor.at);
      if (!write) {
        piece.move(done, memory.slice(gpa, part));
      } else {
        fill(gpa, part, done, piece);
      }
      done += part;
      advance(cursor, part);
    }
    return pieces;
  }

  /** Moves the pieces of a transfer at once. */
  @FunctionalInterface
  interface Transfer {
    /** Moves all of {@code pieces}, which are one after the other. */
    void move(List<MemorySegment> pieces) throws IOException;
  }

  /** Hands the next {@code bytes} readable bytes to {@code to} at once. */
  void readTogether(long bytes, Transfer to) throws IOException {
    to.move(pieces(reading, bytes));
    skip(reading, bytes);
  }

  /** Has {@code from} fill the next {@code bytes} writable bytes at once. */
  void writeTogether(long bytes, Transfer from) throws IOException {
    if (!beginWrites(bytes)) {
      refused = true;
    } else {
      try {
        from.move(pieces(writing, bytes));
      } finally {
        walk(writing, bytes, memory::endWrite); // Also what a failed transfer may have touched.
      }
    }
    skip(writing, bytes);
  }

  private boolean beginWrites(long bytes) {
    long begun = 0;
    long at = writing.at;
    for (int buffer = writing.buffer; begun < bytes; buffer++) {
      long part = Math.min(bytes - begun, length[buffer] - at);
      if (!memory.beginWrite(address[buffer] + at, part)) {
        walk(writing, begun, memory::endWrite);
        return false;
      }
      begun += part;
      at = 0;
    }
    return true;
  }

  private List<MemorySegment> pieces(Cursor cursor, long bytes) {
    List<MemorySegment> pieces = new ArrayList<>();
    walk(cursor, bytes, (gpa, part) -> pieces.add(memory.slice(gpa, part)));
    return pieces;
  }

  /** Looks at the next {@code bytes}, and leaves the cursor where it is. */
  private void walk(Cursor cursor, long bytes, Range to) {
    long at = cursor.at;
    int buffer = cursor.buffer;
    for (long left = bytes; left > 0; buffer++) {
      long part = Math.min(left, length[buffer] - at);
      to.at(address[buffer] + at, part);
      left -= part;
      at = 0;
    }
  }

  /** Protected pages are not changed. */
  private void fill(long gpa, long part, long done, Piece piece) throws IOException {
    if (!memory.beginWrite(gpa, part)) {
      refused = true;
      return;
    }
    try {
      piece.move(done, memory.slice(gpa, part));
    } finally {
      memory.endWrite(gpa, part); // Also what a failed transfer may have touched.
    }
  }

  /**
   * Fills {@code into} with the next bytes.
   *
   * @return from how many pieces
   */
  int read(MemorySegment into) {
    return read(into, into.byteSize());
  }

  /**
   * Reads the next {@code size} bytes.
   *
   * @return from how many pieces
   */
  int read(byte[] bytes, int size) {
    return read(MemorySegment.ofArray(bytes), size);
  }

  /** The same into other memory. */
  int read(MemorySegment into, long size) {
    try {
      return read(
          size, (done, piece) -> MemorySegment.copy(piece, 0, into, done, piece.byteSize()));
    } catch (IOException e) {
      throw new UncheckedIOException(e); // A copy does no I/O.
    }
  }

  /** Reads the next {@code bytes.length} bytes. */
  int read(byte[] bytes) {
    return read(bytes, bytes.length);
  }

  /**
   * Writes all of {@code from}.
   *
   * @return to how many pieces
   */
  int write(MemorySegment from) {
    return write(from, 0, from.byteSize());
  }

  /**
   * Writes {@code size} bytes from {@code offset} on.
   *
   * @return to how many pieces
   */
  int write(byte[] bytes, int offset, int size) {
    return write(MemorySegment.ofArray(bytes), offset, size);
  }

  /** The same from other memory. */
  int write(MemorySegment from, long offset, long size) {
    try {
      return write(
          size,
          (done, piece) -> MemorySegment.copy(from, offset + done, piece, 0, piece.byteSize()));
    } catch (IOException e) {
      throw new UncheckedIOException(e); // A copy does no I/O.
    }
  }

  /** Writes the last writable byte, wherever the cursor is. */
  void writeLast(byte value) {
    long gpa = address[count - 1] + length[count - 1] - 1;
    refused |= !memory.writable(gpa, 1);
    memory.putByte(gpa, value);
  }
}
