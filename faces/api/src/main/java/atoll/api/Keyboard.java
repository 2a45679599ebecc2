package atoll.api;

import atoll.manager.BoardAction;
import atoll.manager.Bytes;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Types on a VM's console: what the guest does not take yet is kept for it, as long as its life
 * lasts. Thread-safe.
 */
final class Keyboard {
  /** Bytes that are kept; who types more does not look at the guest. */
  private static final int MOST = 16 << 20;

  private static final int PIECE = 4096;

  private final String vm;
  private final Operator operator;
  // Guarded by this.
  private byte[] waiting = {};
  private int from;
  private long life;

  /** Reasons to offer what is kept that have not been served; who counts from 0 serves them. */
  private final AtomicInteger reasons = new AtomicInteger();

  Keyboard(String vm, Operator operator) {
    this.vm = vm;
    this.operator = operator;
  }

  void type(byte[] bytes) {
    keep(bytes);
    offer();
  }

  private synchronized void keep(byte[] bytes) {
    int before = waiting.length - from;
    if (before + bytes.length > MOST) {
      throw new AtollException(
          "%s does not read what is typed, and %d bytes wait already; wait for its prompt first"
              .formatted(vm, before));
    }
    byte[] all = Arrays.copyOfRange(waiting, from, waiting.length + bytes.length);
    System.arraycopy(bytes, 0, all, before, bytes.length);
    waiting = all;
    from = 0;
  }

  /** The life is over, and what was typed for it. */
  synchronized void forget() {
    from = waiting.length;
    life++;
  }

  /** The console has room. Its device has locks at this moment, so that is served elsewhere. */
  void room() {
    if (waits()) {
      operator.start("keyboard", this::offer);
    }
  }

  private synchronized boolean waits() {
    return from < waiting.length;
  }

  /** One thread offers at a time; a reason that comes meanwhile has it look again. */
  private void offer() {
    if (reasons.getAndIncrement() == 0) {
      int seen;
      do {
        seen = reasons.get();
        offerAll();
      } while (reasons.addAndGet(-seen) != 0);
    }
  }

  private void offerAll() {
    Piece piece = piece();
    while (piece.length > 0 && taken(piece)) {
      piece = piece();
    }
  }

  /** What is offered at once, to one life. */
  private record Piece(Bytes bytes, int length, long life) {}

  private synchronized Piece piece() {
    int length = Math.min(PIECE, waiting.length - from);
    return new Piece(Bytes.of(waiting, from, length), length, life);
  }

  /** Offers a piece; returns whether all of it was taken. */
  private boolean taken(Piece piece) {
    int count;
    try {
      count = operator.perform(new BoardAction.Type(vm, piece.bytes));
    } catch (AtollException e) {
      return false; // the system has been closed
    }
    drop(count, piece.life);
    return count == piece.length;
  }

  private synchronized void drop(int count, long of) {
    if (of == life) {
      from += count;
    }
  }
}
