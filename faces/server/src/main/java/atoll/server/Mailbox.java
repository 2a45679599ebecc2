package atoll.server;

import atoll.manager.Bytes;
import atoll.manager.Event;
import atoll.scenario.ConsoleKind;
import java.io.ByteArrayOutputStream;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;

/**
 * Events on their way to one client. Whoever puts one in never waits: what the client does not take
 * in time is lost, and it is told how much that was. Output that follows on output is put together,
 * since a UART delivers single bytes.
 */
final class Mailbox {
  /** Letters that can wait. */
  static final int MOST_LETTERS = 1024;

  /** Bytes of output that can wait. */
  static final int MOST_BYTES = 1 << 18;

  private static final int ENOUGH = 1 << 12;

  /** What a client gets. */
  sealed interface Letter {}

  /**
   * An event.
   *
   * @param nanos when it was, by the clock of the server
   */
  record Told(Event event, long nanos) implements Letter {}

  /** So much is missing here: events, and bytes of output. */
  record Lost(long events, long bytes) implements Letter {}

  /** Output that still grows. */
  private static final class Printing implements Letter {
    final String vm;
    final ConsoleKind device;
    final long nanos;
    final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    Printing(Event.Printed first, long nanos) {
      vm = first.vm();
      device = first.device();
      this.nanos = nanos;
    }

    boolean takes(Event.Printed more) {
      return bytes.size() < ENOUGH && more.vm().equals(vm) && more.device() == device;
    }

    Told told() {
      byte[] all = bytes.toByteArray();
      return new Told(new Event.Printed(vm, device, Bytes.of(all, 0, all.length)), nanos);
    }
  }

  // Guarded by this.
  private final Deque<Letter> letters = new ArrayDeque<>();
  private int bytes;
  private long lostEvents;
  private long lostBytes;
  private boolean closed;

  /** Puts an event in, if there is room. */
  synchronized void put(Event event, long nanos) {
    if (closed) {
      return;
    }
    if (event instanceof Event.Printed printed) {
      print(printed, printed.bytes().toArray(), nanos);
    } else if (room()) {
      letters.add(new Told(event, nanos));
    } else {
      lostEvents++;
    }
    notifyAll();
  }

  private void print(Event.Printed printed, byte[] output, long nanos) {
    boolean grows =
        lostBytes == 0
            && letters.peekLast() instanceof Printing last
            && bytes + output.length <= MOST_BYTES
            && last.takes(printed);
    if (!grows && (bytes + output.length > MOST_BYTES || !room())) {
      lostBytes += output.length;
      return;
    }
    if (!grows) {
      letters.add(new Printing(printed, nanos));
    }
    ((Printing) letters.getLast()).bytes.writeBytes(output);
    bytes += output.length;
  }

  /** Whether one more can wait; what was lost before is told of first. */
  private boolean room() {
    if (letters.size() >= MOST_LETTERS) {
      return false;
    }
    lost().ifPresent(letters::add);
    return true;
  }

  private Optional<Letter> lost() {
    if (lostEvents == 0 && lostBytes == 0) {
      return Optional.empty();
    }
    Lost lost = new Lost(lostEvents, lostBytes);
    lostEvents = 0;
    lostBytes = 0;
    return Optional.of(lost);
  }

  /** The next one, as soon as it is there; nothing if the box is closed and empty. */
  synchronized Optional<Letter> take() throws InterruptedException {
    while (letters.isEmpty() && lostEvents == 0 && lostBytes == 0 && !closed) {
      wait();
    }
    if (letters.isEmpty()) {
      return lost();
    }
    Letter next = letters.remove();
    if (next instanceof Printing printing) {
      bytes -= printing.bytes.size();
      return Optional.of(printing.told());
    }
    return Optional.of(next);
  }

  /** Takes nothing more in; what is in it can still be taken. */
  synchronized void close() {
    closed = true;
    notifyAll();
  }
}
