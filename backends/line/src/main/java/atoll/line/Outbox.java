package atoll.line;

import java.nio.ByteBuffer;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** Bytes that wait to be sent on one connection: so many, and no more. */
final class Outbox {
  private final byte[] ring;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition filled = lock.newCondition();
  private int first;
  private int count;
  private boolean ended;

  Outbox(int room) {
    ring = new byte[room];
  }

  /** Takes all bytes of these buffers, or none; never waits. */
  boolean offer(ByteBuffer... parts) {
    lock.lock();
    try {
      int wanted = 0;
      for (ByteBuffer part : parts) {
        wanted += part.remaining();
      }
      if (ended || wanted > ring.length - count) {
        return false;
      }
      for (ByteBuffer part : parts) {
        append(part);
      }
      filled.signal();
      return true;
    } finally {
      lock.unlock();
    }
  }

  private void append(ByteBuffer part) {
    while (part.hasRemaining()) {
      int at = (first + count) % ring.length;
      int length = Math.min(part.remaining(), ring.length - at);
      part.get(ring, at, length);
      count += length;
    }
  }

  /**
   * Waits for bytes and moves some of them.
   *
   * @param into empty; to be read from afterwards
   * @return false at the end
   */
  boolean take(ByteBuffer into) throws InterruptedException {
    lock.lock();
    try {
      while (count == 0 && !ended) {
        filled.await();
      }
      into.clear();
      int length = Math.min(Math.min(count, into.remaining()), ring.length - first);
      into.put(ring, first, length).flip();
      first = (first + length) % ring.length;
      count -= length;
      return !ended;
    } finally {
      lock.unlock();
    }
  }

  /** Takes and gives no more. */
  void end() {
    lock.lock();
    try {
      ended = true;
      filled.signalAll();
    } finally {
      lock.unlock();
    }
  }
}
