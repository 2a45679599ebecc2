package atoll.console;

import atoll.device.spi.ConsoleBackend.Receiver;

/**
 * Carries typed bytes to a guest's console device and holds what it does not take.
 *
 * <p>One thread of its own offers them, so that the thread that reads the terminal can go on
 * looking for {@code Ctrl-a} while the guest does not listen. {@link Receiver#input} is never
 * called with this object's monitor held: the device holds its own one when it calls {@link
 * #ready}.
 *
 * <p>A pipe says that it has ended each time it is read, a terminal once for each {@code Ctrl-d}.
 * So after the {@link #end} a guest gets a {@code Ctrl-d} in each of its lives, another when it has
 * printed something since and fallen silent, and more, ever less often, while it stays silent: a
 * program that has taken the first one may have left a shell behind that reads on.
 */
final class ConsoleInput implements AutoCloseable {
  /** {@code Ctrl-d}, EOF of a terminal in canonical mode (POSIX, general terminal interface). */
  private static final byte END_OF_FILE = 4;

  /** Room for it beyond the capacity. */
  private static final int MOST_ENDS = 2;

  /** Bytes of the queue as long as it has no more. */
  private static final int USUAL = 1 << 10;

  /** For a life; a guest that answers each of them is not to be asked for ever. */
  private static final int MOST_REMINDERS = 64;

  /** What becomes of what a life of the guest has not read. */
  enum Rest {
    /** The next life gets it: a script for several lives comes through a pipe. */
    KEPT,
    /** It is dropped: a person typed it for the life that is over. */
    DROPPED
  }

  private final int capacity;
  private final Rest rest;
  private byte[] queue = new byte[USUAL];
  private int head;
  private int count;
  private Receiver receiver;
  private boolean unplugged;

  /** Counts what was dropped, so that what is being offered meanwhile is not taken off twice. */
  private int drops;

  private long rooms;
  private boolean closed;
  private boolean atLineStart = true;
  private boolean ended;
  private int reminders;

  /** Calls of {@link #remind} since the guest has printed something or got its end of file. */
  private int silent;

  /** Whether it has printed something since its end of file. */
  private boolean answered;

  /** Whether the guest has printed something since the last look; written by its vCPUs. */
  private volatile boolean spoken;

  /**
   * @param capacity bytes held for a guest that does not listen
   */
  ConsoleInput(int capacity, Rest rest) {
    this.capacity = capacity;
    this.rest = rest;
    Thread.ofPlatform().name("console-input").daemon().start(this::run);
  }

  synchronized void attach(Receiver receiver) {
    if (this.receiver != null && rest == Rest.DROPPED) {
      drop();
    }
    this.receiver = receiver;
    unplugged = false;
    reminders = 0;
    silent = 0;
    answered = false;
    if (ended && count == 0) {
      append(END_OF_FILE);
    }
    ready();
  }

  /**
   * The guest's life is over: nothing is offered before another is {@link #attach}ed.
   *
   * @param again whether that will come by itself
   */
  synchronized void unplug(boolean again) {
    receiver = null;
    unplugged = !again || rest == Rest.DROPPED;
    if (unplugged) {
      drop();
    }
  }

  private void drop() {
    count = 0;
    drops++;
    atLineStart = true;
    notifyAll();
  }

  /** Whether what is typed now goes nowhere. */
  synchronized boolean unplugged() {
    return unplugged;
  }

  /** The receiver may have room. */
  synchronized void ready() {
    rooms++;
    notifyAll();
  }

  /** Appends what fits; returns how much. What goes nowhere is taken. */
  synchronized int offer(byte[] bytes, int offset, int length) {
    if (unplugged) {
      return length;
    }
    int part = Math.clamp(capacity - count, 0, length);
    for (int i = 0; i < part; i++) {
      append(bytes[offset + i]);
    }
    notifyAll();
    return part;
  }

  private void append(byte b) {
    if (count == queue.length && count < capacity + MOST_ENDS) {
      resize(Math.min(capacity + MOST_ENDS, 2 * count));
    }
    queue[(head + count++) % queue.length] = b;
    atLineStart = b == '\n' || b == '\r' || b == END_OF_FILE;
  }

  private void resize(int size) {
    byte[] next = new byte[size];
    for (int i = 0; i < count; i++) {
      next[i] = queue[(head + i) % queue.length];
    }
    queue = next;
    head = 0;
  }

  /**
   * No more will be offered. The end of file is one only at the start of a line; in the middle of
   * one, the first hands over what there is of the line.
   */
  synchronized void end() {
    ended = true;
    if (unplugged) {
      return; // A next life gets its end of file when it is there.
    }
    if (!atLineStart) {
      append(END_OF_FILE);
    }
    append(END_OF_FILE);
    notifyAll();
  }

  /** The guest has printed something; any thread, often. */
  void spoken() {
    if (!spoken) {
      spoken = true;
    }
  }

  /**
   * Called from time to time after the end: has a guest that has printed something since its last
   * end of file, and nothing since the last call, get another one; and one that prints nothing at
   * all, after 2, 4, 8 and more calls.
   */
  synchronized void remind() {
    if (spoken) {
      spoken = false;
      answered = true;
      silent = 0;
      return;
    }
    silent++;
    if (receiver == null) {
      return;
    }
    boolean due = answered || silent > 1 && Integer.bitCount(silent) == 1;
    if (due && count == 0 && reminders < MOST_REMINDERS) {
      reminders++;
      silent = answered ? 0 : silent;
      answered = false;
      append(END_OF_FILE);
      notifyAll();
    }
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
      while (count >= capacity && !closed) {
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
        int offered;
        Receiver to;
        synchronized (this) {
          while (!closed && (count == 0 || receiver == null || refused && rooms == room)) {
            wait();
          }
          if (closed) {
            return;
          }
          room = rooms;
          offered = drops;
          to = receiver;
          length = peek(batch);
        }
        int taken = to.input(batch, 0, length);
        refused = taken < length;
        remove(taken, offered, to);
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

  private synchronized void remove(int taken, int offered, Receiver from) {
    if (offered != drops) {
      return;
    }
    head = (head + taken) % queue.length;
    count -= taken;
    if (count == 0 && queue.length > USUAL) {
      resize(USUAL);
    }
    if (ended && count == 0 && receiver != null && !from.equals(receiver)) {
      append(END_OF_FILE); // A life that began while its predecessor took the last of it.
    }
    notifyAll();
  }

  @Override
  public synchronized void close() {
    closed = true;
    notifyAll();
  }
}
