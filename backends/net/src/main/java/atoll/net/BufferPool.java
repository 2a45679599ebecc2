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
  private final long mostLarge;
  private final List<Deque<ByteBuffer>> free = new ArrayList<>();
  private long made;
  private long used;
  private long usedLarge;

  /**
   * @param most bytes of all buffers together
   * @param mostLarge bytes of those that are larger than the smallest: the rest is for whoever
   *     needs one at all
   */
  BufferPool(long most, long mostLarge) {
    this.most = most;
    this.mostLarge = mostLarge;
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
    boolean large = size > SMALLEST;
    if (used + size > most || large && usedLarge + size > mostLarge) {
      return null;
    }
    ByteBuffer buffer = free.get(place).poll();
    if (buffer == null) {
      makeRoom(size);
      buffer = ByteBuffer.allocateDirect(size);
      made += size;
    }
    used += size;
    usedLarge += large ? size : 0;
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
    usedLarge -= buffer.capacity() > SMALLEST ? buffer.capacity() : 0;
    free.get(place(buffer.capacity())).push(buffer.clear());
  }

  /** The largest size of a buffer that is no more than so many bytes, and the smallest at least. */
  static int sizeWithin(long bytes) {
    int size = SMALLEST;
    while (size << STEP <= Math.min(bytes, LARGEST)) {
      size <<= STEP;
    }
    return size;
  }

  private static int place(int least) {
    int place = 0;
    while (SMALLEST << STEP * place < least) {
      place++;
    }
    return place;
  }
}
