package atoll.device;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.host.Clock;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class HostTimersTest {
  @Test
  void aCallComesNotBeforeItsTimeAndACancelledOneNever() throws InterruptedException {
    Clock clock = Clock.host();
    CountDownLatch rung = new CountDownLatch(1);
    CountDownLatch cancelled = new CountDownLatch(1);
    try (HostTimers timers = new HostTimers(clock)) {
      long at = clock.nanos() + 2_000_000;
      timers.at(at - 1_000_000_000_000L, () -> {});
      timers.at(Long.MAX_VALUE, cancelled::countDown).cancel();
      timers.at(at, rung::countDown);
      assertThat(rung.await(1, TimeUnit.MINUTES)).isTrue();
      assertThat(clock.nanos()).isGreaterThanOrEqualTo(at);
    }
    assertThat(cancelled.getCount()).isEqualTo(1);
  }
}
