package atoll.console;

import atoll.device.spi.ConsoleBackend.Receiver;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The guest's end of a serial port: takes what comes, piece by piece, as the guest has room. A port
 * whose machine begins another life has another end then, which takes the rest.
 */
final class PortInput {
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private Receiver receiver;
  private boolean room;
  private volatile boolean present;

  /** A device is there. */
  void attach(Receiver device) {
    lock.lock();
    try {
      receiver = device;
      room = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    tell(device);
  }

  /** It has room again. */
  void ready() {
    lock.lock();
    try {
      room = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Somebody is at the other end, or nobody. */
  void carrier(boolean there) {
    Receiver device;
    lock.lock();
    try {
      present = there;
      device = receiver;
    } finally {
      lock.unlock();
    }
    if (device != null) {
      tell(device);
    }
  }

  /** Two threads may tell at once; whoever does last has to tell what is. */
  private void tell(Receiver device) {
    boolean told;
    do {
      told = present;
      device.carrier(told);
    } while (told != present);
  }

  /** Offers bytes once; returns how many were taken. */
  int offer(byte[] bytes, int offset, int length) {
    Receiver device;
    lock.lock();
    try {
      room = false;
      device = receiver;
    } finally {
      lock.unlock();
    }
    return device == null ? 0 : device.input(bytes, offset, length);
  }

  /** Waits until there is room again after too little was taken. */
  void awaitRoom() throws InterruptedException {
    lock.lock();
    try {
      while (!room) {
        changed.await();
      }
    } finally {
      lock.unlock();
    }
  }

  /** Whether there may be room. */
  boolean mayHaveRoom() {
    lock.lock();
    try {
      return room;
    } finally {
      lock.unlock();
    }
  }
}
