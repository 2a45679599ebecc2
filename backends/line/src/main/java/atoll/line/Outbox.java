package atoll.line;

import java.nio.ByteBuffer;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** Bytes that wait to be sent on one connection: so many, and no more. Thread-safe. */
public final class Outbox {
  private final byte[] ring;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition filled = lock.newCondition();
  private int first;
  private int count;
  private boolean ended;

  /**
   * An empty one.
   *
   * @param room bytes that it has room for
   */
  public Outbox(int room) {
    ring = new byte[room];
  }

  /** Takes all bytes of these buffers, or none; never waits. */
  public boolean offer(ByteBuffer... parts) {
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
   * @return false at the end, when all are taken
   */
  public boolean take(ByteBuffer into) throws InterruptedException {
    lock.lock();
    try {
      while (count == 0 && !ended) {
        filled.await();
      }
      move(into);
      return into.hasRemaining();
    } finally {
      lock.unlock();
    }
  }

  private void move(ByteBuffer into) {
    into.clear();
    int length = Math.min(Math.min(count, into.remaining()), ring.length - first);
    into.put(ring, first, length).flip();
    first = (first + length) % ring.length;
    count -= length;
  }

  /** Moves some of the bytes that are there, as {@link #take}, without waiting for any. */
  public void poll(ByteBuffer into) {
    lock.lock();
    try {
      move(into);
    } finally {
      lock.unlock();
    }
  }

  /** Whether nothing waits. */
  public boolean isEmpty() {
    lock.lock();
    try {
      return count == 0;
    } finally {
      lock.unlock();
    }
  }

  /** What waits is lost. */
  public void clear() {
    lock.lock();
    try {
      count = 0;
    } finally {
      lock.unlock();
    }
  }

  /** Takes no more, and gives what there is. */
  public void end() {
    lock.lock();
    try {
      ended = true;
      filled.signalAll();
    } finally {
      lock.unlock();
    }
  }
}
