package atoll.net;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * The memory in which a network's connections hold what is on its way: bounded, whatever guests and
 * peers do. Buffers of four sizes, used again and again. For one thread.
 */
final class BufferPool {
  /** Bytes of the smallest and of the largest buffer. */
  static final int SMALLEST = 16 << 10;

  static final int LARGEST = 1 << 20;

  private static final int STEP = 2; // Each size is four times the one before.

  private final long most;
  private final List<Deque<ByteBuffer>> free = new ArrayList<>();
  private long made;
  private long used;

  /**
   * @param most bytes of all buffers together
   */
  BufferPool(long most) {
    this.most = most;
    for (int size = SMALLEST; size <= LARGEST; size <<= STEP) {
      free.add(new ArrayDeque<>());
    }
  }

  /** Whether a buffer of the smallest size is to be had. */
  boolean any() {
    return used + SMALLEST <= most;
  }

  /**
   * A buffer of at least so many bytes, up to {@link #LARGEST}; null if there is no memory left.
   */
  ByteBuffer take(int least) {
    int place = place(least);
    int size = SMALLEST << STEP * place;
    if (used + size > most) {
      return null;
    }
    ByteBuffer buffer = free.get(place).poll();
    if (buffer == null) {
      makeRoom(size);
      buffer = ByteBuffer.allocateDirect(size);
      made += size;
    }
    used += size;
    return buffer;
  }

  /** Unused buffers of other sizes give way; the host takes their memory back some time. */
  private void makeRoom(int size) {
    for (Deque<ByteBuffer> others : free) {
      while (made + size > most && !others.isEmpty()) {
        made -= others.poll().capacity();
      }
    }
  }

  void give(ByteBuffer buffer) {
    used -= buffer.capacity();
    free.get(place(buffer.capacity())).push(buffer.clear());
  }

  private static int place(int least) {
    int place = 0;
    while (SMALLEST << STEP * place < least) {
      place++;
    }
    return place;
  }
}
