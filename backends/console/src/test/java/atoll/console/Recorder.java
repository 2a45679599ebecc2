package atoll.console;

import atoll.device.spi.ConsoleBackend.Receiver;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;

/** A console device that takes as much as it is told to have room for. */
final class Recorder implements Receiver {
  private final ByteArrayOutputStream taken = new ByteArrayOutputStream();
  private final CountDownLatch sized = new CountDownLatch(1);
  private int room;
  private int columns;
  private int rows;

  Recorder(int room) {
    this.room = room;
  }

  @Override
  public synchronized int input(byte[] bytes, int offset, int length) {
    int part = Math.min(room, length);
    taken.write(bytes, offset, part);
    room -= part;
    notifyAll();
    return part;
  }

  @Override
  public synchronized void resized(int columns, int rows) {
    this.columns = columns;
    this.rows = rows;
    sized.countDown();
  }

  synchronized void room(int bytes) {
    room = bytes;
  }

  /** Waits until {@code count} bytes have come. */
  synchronized String await(int count) throws InterruptedException {
    while (taken.size() < count) {
      wait();
    }
    return taken.toString(StandardCharsets.ISO_8859_1);
  }

  String size() throws InterruptedException {
    sized.await();
    synchronized (this) {
      return columns + "x" + rows;
    }
  }
}
