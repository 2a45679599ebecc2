package atoll.image;

import atoll.host.Clock;
import atoll.host.Effects;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class StallGuardTest {
  /** Goes a minute on at each look. */
  private static final class FastClock implements Clock {
    private final AtomicLong now = new AtomicLong();

    @Override
    public long nanos() {
      return now.getAndAdd(Duration.ofMinutes(1).toNanos());
    }

    @Override
    public long epochNanos() {
      return nanos();
    }
  }

  @Test
  void aStreamOnWhichNothingComesIsClosed() throws InterruptedException {
    CountDownLatch closed = new CountDownLatch(1);
    try (StallGuard guard =
        new StallGuard(
            closed::countDown, Duration.ofSeconds(30), new FastClock(), Effects.host().tasks())) {
      guard.progressed();
      closed.await();
    }
  }
}
