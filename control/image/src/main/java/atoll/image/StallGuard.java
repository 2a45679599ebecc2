package atoll.image;

import atoll.host.Clock;
import atoll.host.Tasks;
import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** Closes a stream on which nothing has come for too long, so that its reader goes on. */
final class StallGuard implements AutoCloseable {
  private final Closeable stream;
  private final long limit;
  private final Clock clock;
  private volatile long last;
  private boolean ended;

  StallGuard(Closeable stream, Duration limit, Clock clock, Tasks tasks) {
    this.stream = stream;
    this.limit = limit.toNanos();
    this.clock = clock;
    last = clock.nanos();
    tasks.start("stall-guard", this::watch);
  }

  /** Something has come. */
  void progressed() {
    last = clock.nanos();
  }

  private void watch() {
    try {
      if (stalls()) {
        stream.close();
      }
    } catch (InterruptedException | IOException e) {
      // Nobody interrupts this thread; and the reader learns of a failure by itself.
    }
  }

  /** Waits; returns false if that is over before anything has stalled. */
  private synchronized boolean stalls() throws InterruptedException {
    long left = last + limit - clock.nanos();
    while (!ended && left > 0) {
      TimeUnit.NANOSECONDS.timedWait(this, left);
      left = last + limit - clock.nanos();
    }
    return !ended;
  }

  @Override
  public synchronized void close() {
    ended = true;
    notifyAll();
  }
}
