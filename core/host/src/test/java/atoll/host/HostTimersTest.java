package atoll.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class HostTimersTest {
  private final PlatformClock clock = new PlatformClock(Clock.host());
  private final HostTimers timers = new HostTimers(clock);

  private static void soon(CountDownLatch latch) throws InterruptedException {
    latch.await();
  }

  @Test
  void aCallComesNotBeforeItsTimeAndACancelledOneNever() throws InterruptedException {
    CountDownLatch rung = new CountDownLatch(1);
    CountDownLatch cancelled = new CountDownLatch(1);
    try (timers) {
      clock.stop(); // or a host that is slow would come too late to cancel
      long at = clock.nanos() + 2_000_000;
      timers.at(Long.MIN_VALUE, () -> {});
      timers.at(clock.nanos() + 1_000_000, cancelled::countDown).cancel();
      timers.at(at, rung::countDown);
      clock.start();
      soon(rung);
      assertThat(clock.nanos()).isGreaterThanOrEqualTo(at);
    }
    assertThat(cancelled.getCount()).isEqualTo(1);
  }

  @Test
  void callsOfTheSameTimeComeInTheirOrder() throws InterruptedException {
    List<Integer> order = Collections.synchronizedList(new ArrayList<>());
    CountDownLatch all = new CountDownLatch(100);
    try (timers) {
      clock.stop();
      long at = clock.nanos() + 1;
      for (int i = 0; i < 100; i++) {
        int number = i;
        timers.at(
            at,
            () -> {
              order.add(number);
              all.countDown();
            });
      }
      clock.start();
      soon(all);
    }
    assertThat(order).isEqualTo(IntStream.range(0, 100).boxed().toList());
  }

  @Test
  void nothingIsCalledWhileTimeStandsStillAndWhatIsDueWhenItGoesOn() throws InterruptedException {
    CountDownLatch rung = new CountDownLatch(1);
    CountDownLatch now = new CountDownLatch(1);
    try (timers) {
      clock.stop();
      timers.at(clock.nanos() + 1, rung::countDown);
      timers.at(clock.nanos(), now::countDown);
      soon(now); // the thread has looked at the other call, which is one nanosecond off
      assertThat(rung.getCount()).isEqualTo(1);
      clock.start();
      soon(rung);
    }
  }

  @Test
  void anActionThatThrowsKeepsNoOtherFromBeingCalled() throws InterruptedException {
    CountDownLatch rung = new CountDownLatch(1);
    try (timers) {
      timers.at(
          0,
          () -> {
            throw new IllegalStateException("one action of this test throws: that is meant");
          });
      timers.at(1, rung::countDown);
      soon(rung);
    }
  }
}
