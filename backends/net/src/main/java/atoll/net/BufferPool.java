package atoll.net;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.IntSupplier;

/**
 * The memory in which a network's connections hold what is on its way: bounded, whatever guests and
 * peers do, and also for each guest. Buffers of four sizes, used again and again. For one thread.
 */
final class BufferPool {
  /** Bytes of the smallest and of the largest buffer. */
  static final int SMALLEST = 16 << 10;

  static final int LARGEST = 1 << 20;

  private static final int STEP = 2; // Each size is four times the one before.

  private final long most;
  private final Quota all;
  private final Quota large;
  private final List<Deque<ByteBuffer>> free = new ArrayList<>();
  private long made;

  /**
   * @param most bytes of all buffers together
   * @param mostLarge bytes of those that are larger than the smallest: the rest is for whoever
   *     needs one at all
   * @param guests how many share them
   */
  BufferPool(long most, long mostLarge, IntSupplier guests) {
    this.most = most;
    all = new Quota(most, guests);
    large = new Quota(mostLarge, guests);
    for (int size = SMALLEST; size <= LARGEST; size <<= STEP) {
      free.add(new ArrayDeque<>());
    }
  }

  /** Whether a guest may have a buffer of the smallest size. */
  boolean any(Object guest) {
    return all.mayTake(guest, SMALLEST);
  }

  /** Bytes that a guest can have if the others have no more than they can count on. */
  long limit() {
    return all.limit();
  }

  /**
   * A buffer of at least so many bytes, up to {@link #LARGEST}; null if there is no memory left for
   * that guest.
   */
  ByteBuffer take(Object guest, int least) {
    int place = place(least);
    int size = SMALLEST << STEP * place;
    boolean isLarge = size > SMALLEST;
    if (!all.mayTake(guest, size) || isLarge && !large.mayTake(guest, size)) {
      return null;
    }
    ByteBuffer buffer = free.get(place).poll();
    if (buffer == null) {
      makeRoom(size);
      buffer = ByteBuffer.allocateDirect(size);
      made += size;
    }
    all.take(guest, size);
    large.take(guest, isLarge ? size : 0);
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

  void give(Object guest, ByteBuffer buffer) {
    all.give(guest, buffer.capacity());
    large.give(guest, buffer.capacity() > SMALLEST ? buffer.capacity() : 0);
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
