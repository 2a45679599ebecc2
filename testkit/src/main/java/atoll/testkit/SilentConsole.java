package atoll.testkit;

import atoll.device.spi.ConsoleBackend;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** A console that keeps nothing, for guests that print without end. */
public final class SilentConsole implements ConsoleBackend {
  private final CountDownLatch line = new CountDownLatch(1);

  @Override
  public void output(byte[] bytes, int offset, int length) {
    for (int i = offset; i < offset + length && line.getCount() > 0; i++) {
      if (bytes[i] == '\n') {
        line.countDown();
      }
    }
  }

  /**
   * Waits for the end of the first line.
   *
   * @throws AssertionError if it has not come after a minute
   */
  public void awaitLine() throws InterruptedException {
    if (!line.await(1, TimeUnit.MINUTES)) {
      throw new AssertionError("no line was printed within a minute");
    }
  }

  @Override
  public void attach(Receiver to) {}

  @Override
  public void ready() {}
}
