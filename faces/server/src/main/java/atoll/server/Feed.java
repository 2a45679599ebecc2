package atoll.server;

import atoll.console.OutputTail;
import atoll.manager.Bytes;
import atoll.manager.Event;
import atoll.manager.VmStatus;
import atoll.scenario.ConsoleKind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * What happens to one VM, to those who want to hear of it. Each VM has its own, so that none waits
 * for what another one's thread has begun.
 */
final class Feed {
  /** As many bytes as some screens of text. */
  private static final int TAIL = 1 << 16;

  /** Somebody who wants to hear of events with these names. */
  private record Subscriber(Mailbox box, Set<String> wanted) {
    void put(Event event, long nanos) {
      if (wanted.contains(EventJson.name(event))) {
        box.put(event, nanos);
      }
    }
  }

  private final ConsoleKind console;

  // Guarded by this.
  private final List<Subscriber> subscribers = new ArrayList<>();
  private final OutputTail tail = new OutputTail(TAIL);
  private ConsoleKind device = ConsoleKind.SERIAL;
  private VmStatus status = VmStatus.READY;

  private final ReentrantLock typing = new ReentrantLock();
  private final Condition roomier = typing.newCondition();

  /** Counts what may have made room for what is typed; guarded by {@code typing}. */
  private long rooms;

  /** Whether there will be none any more; guarded by {@code typing}. */
  private boolean closed;

  /**
   * @param console the device that gets what is typed
   */
  Feed(ConsoleKind console) {
    this.console = console;
  }

  ConsoleKind console() {
    return console;
  }

  /**
   * Something has happened; returns at once.
   *
   * @param nanos when that was
   */
  synchronized void tell(Event event, long nanos) {
    if (event instanceof Event.Printed(String vm, ConsoleKind from, Bytes bytes)) {
      device = from;
      tail.append(bytes.toArray());
    } else if (event instanceof Event.StatusChanged(String vm, VmStatus now)) {
      status = now;
      roomier();
    } else if (event instanceof Event.ConsoleRoom || event instanceof Event.ConsoleReady) {
      roomier();
    }
    for (Subscriber subscriber : subscribers) {
      subscriber.put(event, nanos);
    }
  }

  private void roomier() {
    typing.lock();
    try {
      rooms++;
      roomier.signalAll();
    } finally {
      typing.unlock();
    }
  }

  /**
   * From now on, events of these names go into a box.
   *
   * @param history whether the end of what was printed before comes first, and then its state
   * @param nanos now
   */
  synchronized void subscribe(
      String vm, Mailbox box, Set<String> wanted, boolean history, long nanos) {
    Subscriber subscriber = new Subscriber(box, wanted);
    if (history) {
      byte[] before = tail.bytes();
      subscriber.put(new Event.Printed(vm, device, Bytes.of(before, 0, before.length)), nanos);
      subscriber.put(new Event.StatusChanged(vm, status), nanos);
    }
    subscribers.add(subscriber);
  }

  /** Nothing goes into that box any more. */
  synchronized void unsubscribe(Mailbox box) {
    subscribers.removeIf(subscriber -> subscriber.box.equals(box));
  }

  synchronized VmStatus status() {
    return status;
  }

  /** A mark for {@link #awaitRoom}, to be taken before something is typed. */
  long rooms() {
    typing.lock();
    try {
      return rooms;
    } finally {
      typing.unlock();
    }
  }

  /**
   * Waits until the console may have room that it did not have at {@code mark}.
   *
   * @return false if that is not so by then, or will never be
   */
  boolean awaitRoom(long mark, Duration most) throws InterruptedException {
    typing.lock();
    try {
      long rest = most.toNanos();
      while (rooms == mark && !closed && rest > 0) {
        rest = roomier.awaitNanos(rest);
      }
      return rooms != mark && !closed;
    } finally {
      typing.unlock();
    }
  }

  /** Nobody waits any more. */
  void close() {
    typing.lock();
    try {
      closed = true;
      roomier.signalAll();
    } finally {
      typing.unlock();
    }
  }
}
