package atoll.image;

import atoll.host.Clock;
import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/** Closes a stream on which nothing has come for too long, so that its reader goes on. */
final class StallGuard implements AutoCloseable {
  private final Closeable stream;
  private final long limit;
  private final Clock clock;
  private final Thread watcher;
  private volatile long last;
  private volatile boolean ended;

  StallGuard(Closeable stream, Duration limit, Clock clock) {
    this.stream = stream;
    this.limit = limit.toNanos();
    this.clock = clock;
    last = clock.nanos();
    watcher = Thread.ofVirtual().name("stall-guard").start(this::watch);
  }

  /** Something has come. */
  void progressed() {
    last = clock.nanos();
  }

  private void watch() {
    while (!ended) {
      long left = last + limit - clock.nanos();
      if (left > 0) {
        LockSupport.parkNanos(left);
      } else {
        ended = true;
        close(stream);
      }
    }
  }

  private static void close(Closeable stream) {
    try {
      stream.close();
    } catch (IOException e) {
      // Its reader learns of the failure by itself.
    }
  }

  @Override
  public void close() {
    ended = true;
    LockSupport.unpark(watcher);
  }
}
