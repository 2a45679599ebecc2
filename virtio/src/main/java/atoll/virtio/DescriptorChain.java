package atoll.virtio;

import atoll.memory.GuestMemory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * The buffers of one request: first those that the device reads, then those that it writes
 * (§2.7.4).
 *
 * <p>A checked copy of the guest's descriptors, so what the guest does to them afterwards has no
 * effect. Used again and again by one thread at a time.
 */
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
  private int head;
  private int count;
  private int firstWritable;
  private long readable;
  private long writable;
  private final Cursor reading = new Cursor();
  private final Cursor writing = new Cursor();

  private static final class Cursor {
    private int buffer;
    private long at;
  }

  DescriptorChain(GuestMemory memory) {
    this.memory = memory;
  }

  /** Becomes the empty chain of descriptor {@code head}. */
  void begin(int head) {
    this.head = head;
    count = 0;
    firstWritable = 0;
    readable = 0;
    writable = 0;
    reading.buffer = 0;
    reading.at = 0;
    writing.buffer = 0;
    writing.at = 0;
  }

  /** Adds a buffer that lies in guest memory; readable ones before writable ones. */
  void add(long gpa, long bytes, boolean write) {
    if (bytes == 0) {
      return;
    }
    if (write) {
      writable += bytes;
    } else {
      readable += bytes;
    }
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

  /** The descriptor that the chain starts with: its name in the used ring. */
  int head() {
    return head;
  }

  /** Bytes in readable buffers that were not read yet. */
  long readable() {
    return readable;
  }

  /** Bytes in writable buffers that were not written yet. */
  long writable() {
    return writable;
  }

  /** Whether a writable buffer was added. */
  boolean hasWritable() {
    return count > firstWritable;
  }

  /** Looks at one contiguous buffer. */
  @FunctionalInterface
  interface Range {
    /** A buffer of {@code bytes} at {@code gpa}. */
    void at(long gpa, long bytes);
  }

  /** Hands every writable buffer to {@code to} by its place, whatever has been written. */
  void eachWritable(Range to) {
    for (int i = firstWritable; i < count; i++) {
      to.at(address[i], length[i]);
    }
  }

  /** Hands the next {@code bytes} readable bytes to {@code to}, at most {@link #readable}. */
  void read(long bytes, Piece to) throws IOException {
    move(reading, bytes, false, to);
    readable -= bytes;
  }

  /** Has {@code from} fill the next {@code bytes} writable bytes, at most {@link #writable}. */
  void write(long bytes, Piece from) throws IOException {
    move(writing, bytes, true, from);
    writable -= bytes;
  }

  private void move(Cursor cursor, long bytes, boolean write, Piece piece) throws IOException {
    long done = 0;
    while (done < bytes) {
      long gpa = address[cursor.buffer] + cursor.at;
      long part = Math.min(bytes - done, length[cursor.buffer] - cursor.at);
      if (!write) {
        piece.move(done, memory.slice(gpa, part));
      } else if (memory.beginWrite(gpa, part)) { // else it is protected by now: dropped
        try {
          piece.move(done, memory.slice(gpa, part));
        } finally {
          memory.endWrite(gpa, part); // Also what a failed transfer may have touched.
        }
      }
      done += part;
      cursor.at += part;
      if (cursor.at == length[cursor.buffer]) {
        cursor.buffer++;
        cursor.at = 0;
      }
    }
  }

  /** Reads the next {@code bytes.length} bytes. */
  void read(byte[] bytes) {
    try {
      read(
          bytes.length,
          (done, piece) ->
              MemorySegment.copy(
                  piece, ValueLayout.JAVA_BYTE, 0, bytes, (int) done, (int) piece.byteSize()));
    } catch (IOException e) {
      throw new UncheckedIOException(e); // A copy does no I/O.
    }
  }

  /** Writes {@code size} bytes from {@code offset} on. */
  void write(byte[] bytes, int offset, int size) {
    try {
      write(
          size,
          (done, piece) ->
              MemorySegment.copy(
                  bytes,
                  offset + (int) done,
                  piece,
                  ValueLayout.JAVA_BYTE,
                  0,
                  (int) piece.byteSize()));
    } catch (IOException e) {
      throw new UncheckedIOException(e); // A copy does no I/O.
    }
  }

  /** Writes the last writable byte, wherever the cursor is. */
  void writeLast(byte value) {
    memory.putByte(address[count - 1] + length[count - 1] - 1, value);
  }
}
