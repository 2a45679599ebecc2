package atoll.device;

import java.util.concurrent.Semaphore;

/**
 * Whose turn it is to call the code of a device, one thread at a time. Unlike a monitor it can be
 * given up when the one that has it does not come back: then nobody waits for it any more.
 */
final class Turn {
  private final Semaphore free = new Semaphore(1);
  private volatile boolean lost;

  /** Takes it if it is free; see {@link #lost} then. */
  boolean tryTake() {
    return free.tryAcquire();
  }

  /** Waits for it; see {@link #lost} then. */
  void take() {
    free.acquireUninterruptibly();
  }

  /** Lets the next one have it. */
  void give() {
    free.release();
  }

  /** Lets all that wait go on, one after the other as each gives it back. */
  void lose() {
    lost = true;
    free.release();
  }

  /** Whether it is worth nothing any more. */
  boolean lost() {
    return lost;
  }
}
