package atoll.net;

import java.util.concurrent.atomic.AtomicInteger;

/** What has happened at a guest's port since its thread has looked. Thread-safe. */
final class PortSignals {
  /** The guest has something to send. */
  static final int READY = 1;

  /** It has room again. */
  static final int ROOM = 2;

  /** Another one is there, or none. */
  static final int PLUGGED = 4;

  private final NetworkLoop loop;
  private final AtomicInteger bits = new AtomicInteger();

  /**
   * @param loop what the thread does, which is woken
   */
  PortSignals(NetworkLoop loop) {
    this.loop = loop;
  }

  /** Something has happened. */
  void raise(int what) {
    if ((bits.getAndUpdate(before -> before | what) & what) != what) {
      loop.wake();
    }
  }

  boolean any() {
    return bits.get() != 0;
  }

  /** All that has happened since the last call. */
  int take() {
    return bits.getAndSet(0);
  }

  /** Whether this has happened since the last call. */
  boolean take(int what) {
    return (bits.get() & what) != 0 && (bits.getAndUpdate(before -> before & ~what) & what) != 0;
  }

  static boolean isReady(int signals) {
    return (signals & READY) != 0;
  }

  static boolean hasRoom(int signals) {
    return (signals & ROOM) != 0;
  }
}
