package atoll.backend;

import atoll.device.spi.ConsoleBackend.Receiver;

/**
 * Carries typed bytes to a guest's console device and holds what it does not take.
 *
 * <p>One thread of its own offers them, so that whoever reads the terminal can go on looking for
 * {@code Ctrl-a} while the guest does not listen. {@link Receiver#input} is never called with this
 * object's monitor held: the device holds its own one when it calls {@link #ready}.
 */
final class ConsoleInput implements AutoCloseable {
  private final byte[] queue;
  private int head;
  private int count;
  private Receiver receiver;
  private long rooms;
  private boolean closed;

  /**
   * @param capacity bytes held for a guest that does not listen
   */
  ConsoleInput(int capacity) {
    queue = new byte[capacity];
    Thread.ofPlatform().name("console-input").daemon().start(this::run);
  }

  synchronized void attach(Receiver receiver) {
    this.receiver = receiver;
    ready();
  }

  /** The receiver may have room. */
  synchronized void ready() {
    rooms++;
    notifyAll();
  }

  /** Appends what fits; returns how much. */
  synchronized int offer(byte[] bytes, int offset, int length) {
    int part = Math.min(length, queue.length - count);
    for (int i = 0; i < part; i++) {
      queue[(head + count + i) % queue.length] = bytes[offset + i];
    }
    count += part;
    notifyAll();
    return part;
  }

  /** Appends everything, waiting for room; returns false if closed or interrupted meanwhile. */
  boolean put(byte[] bytes, int offset, int length) {
    int done = 0;
    while (done < length) {
      int part = offer(bytes, offset + done, length - done);
      done += part;
      if (part == 0 && !awaitRoom()) {
        return false;
      }
    }
    return true;
  }

  private synchronized boolean awaitRoom() {
    try {
      while (count == queue.length && !closed) {
        wait();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
    return !closed;
  }

  private void run() {
    byte[] batch = new byte[1024];
    try {
      long room = 0;
      boolean refused = false;
      while (true) {
        int length;
        Receiver to;
        synchronized (this) {
          while (!closed && (count == 0 || receiver == null || refused && rooms == room)) {
            wait();
          }
          if (closed) {
            return;
          }
          room = rooms;
          to = receiver;
          length = peek(batch);
        }
        int taken = to.input(batch, 0, length);
        refused = taken < length;
        remove(taken);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private int peek(byte[] batch) {
    int length = Math.min(count, batch.length);
    for (int i = 0; i < length; i++) {
      batch[i] = queue[(head + i) % queue.length];
    }
    return length;
  }

  private synchronized void remove(int taken) {
    head = (head + taken) % queue.length;
    count -= taken;
    notifyAll();
  }

  @Override
  public synchronized void close() {
    closed = true;
    notifyAll();
  }
}
