package atoll.net;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;

/**
 * Bytes on their way, first in first out, in a buffer of the pool that grows as it must; an empty
 * one holds no memory.
 */
final class ByteRing {
  /** What {@link #read} returns if there is no memory to read into. */
  static final int NO_MEMORY = -2;

  private final BufferPool pool;
  private final Object guest;
  private ByteBuffer buffer;
  private int first;
  private int size;

  /**
   * @param guest whose memory it is
   */
  ByteRing(BufferPool pool, Object guest) {
    this.pool = pool;
    this.guest = guest;
  }

  int size() {
    return size;
  }

  /**
   * Makes room, if there is memory for it.
   *
   * @return whether there is room for {@code bytes} behind the first
   */
  boolean reserve(int bytes) {
    if (buffer != null && bytes <= buffer.capacity()) {
      return true;
    }
    ByteBuffer larger = bytes > BufferPool.LARGEST ? null : pool.take(guest, bytes);
    if (larger == null) {
      return false;
    }
    if (buffer != null) {
      copy(0, larger, 0, Math.min(buffer.capacity(), larger.capacity()));
      pool.give(guest, buffer);
    }
    buffer = larger;
    first = 0;
    return true;
  }

  /**
   * Reads from a channel at most up to {@code most} bytes in the ring.
   *
   * @return how many were read; -1 at the channel's end; {@link #NO_MEMORY}
   */
  int read(ReadableByteChannel from, int most) throws IOException {
    // Only a full buffer grows: what is slow shall not hold more memory than it fills.
    boolean full = buffer == null || size == buffer.capacity();
    int wanted = Math.min(most, Math.max(BufferPool.SMALLEST, 4 * size));
    if (full && !reserve(wanted) && !reserve(size + 1)) {
      return NO_MEMORY;
    }
    int room = Math.min(buffer.capacity(), most) - size;
    int at = first + size & buffer.capacity() - 1;
    int part = Math.min(room, buffer.capacity() - at);
    int got = part <= 0 ? 0 : from.read(buffer.limit(at + part).position(at));
    buffer.clear();
    if (got > 0) {
      size += got;
    }
    release();
    return got;
  }

  /** Writes to a channel what it takes. */
  void write(WritableByteChannel to) throws IOException {
    int put = 1;
    while (size > 0 && put > 0) {
      int part = Math.min(size, buffer.capacity() - first);
      put = to.write(buffer.limit(first + part).position(first));
      buffer.clear();
      drop(put);
    }
  }

  /** Copies bytes of the ring, or behind its end, from the {@code from}-th on. */
  void copy(int from, ByteBuffer to, int at, int bytes) {
    int start = first + from & buffer.capacity() - 1;
    int part = Math.min(bytes, buffer.capacity() - start);
    to.put(at, buffer, start, part);
    if (bytes > part) {
      to.put(at + part, buffer, 0, bytes - part);
    }
  }

  /** Puts bytes to the {@code to}-th place and on; room was {@linkplain #reserve reserved}. */
  void put(int to, ByteBuffer from, int at, int bytes) {
    int start = first + to & buffer.capacity() - 1;
    int part = Math.min(bytes, buffer.capacity() - start);
    buffer.put(start, from, at, part);
    if (bytes > part) {
      buffer.put(0, from, at + part, bytes - part);
    }
  }

  /** What was put behind the end belongs to the ring now. */
  void extend(int bytes) {
    size += bytes;
  }

  /** Forgets the first bytes. */
  void drop(int bytes) {
    size -= bytes;
    if (buffer != null) {
      first = first + bytes & buffer.capacity() - 1;
    }
    release();
  }

  /** Forgets everything. */
  void clear() {
    size = 0;
    release();
  }

  private void release() {
    if (size == 0 && buffer != null && !kept) {
      pool.give(guest, buffer);
      buffer = null;
    }
  }

  /** Bytes lie behind the end. */
  private boolean kept;

  /** Says whether bytes lie behind the end, so that an empty ring keeps its memory. */
  void keep(boolean behind) {
    kept = behind;
    release();
  }
}
