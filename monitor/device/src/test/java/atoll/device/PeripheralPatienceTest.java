package atoll.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import atoll.peripheral.Peripheral;
import atoll.peripheral.PeripheralFactory;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Calls of a user's device that take long or do not return: nobody else waits for them. */
class PeripheralPatienceTest extends PeripheralFixture {
  @Test
  void aCallThatTakesLongIsToldOfOnceAndOneThatDoesNotReturnWhileItLasts() {
    PeripheralHost host =
        host(board ->
            Peripheral.of(
                (at, size) -> {
                  watch.look((int) at / 4);
                  return 0;
                },
                (at, size, value) -> {}));
    host.resume();
    read(host, 4L * PeripheralCalls.LONG, 4);
    assertThat(notices).isEmpty();
    read(host, 4L * PeripheralCalls.LONG + 4, 4);
    read(host, 4L * PeripheralCalls.LONG + 8, 4);
    assertThat(notices)
        .containsExactly(
            "device probe (class x.Probe): read of 4 bytes at 0x14 took more than 100 ms, and its VM waits meanwhile; it should return at once");
    notices.clear();
    read(host, 4L * PeripheralCalls.LATE + 4, 4);
    assertThat(notices)
        .containsExactly(
            "device probe (class x.Probe): read of 4 bytes at 0xa4 has not returned for 1 s, and its VM waits");
    watch.look(3);
    assertThat(watch.armed()).as("nothing to look at").isZero();
  }

  /** What becomes of a vCPU. */
  private static final class Trip implements Excursion {
    final AtomicInteger left = new AtomicInteger();
    final CountDownLatch abandoned = new CountDownLatch(1);
    final CountDownLatch back = new CountDownLatch(1);
    volatile boolean stopped;

    @Override
    public void begin() {}

    @Override
    public void end() {
      back.countDown();
    }

    @Override
    public void goOnWithout() {
      left.incrementAndGet();
    }

    @Override
    public void abandon() {
      abandoned.countDown();
    }

    @Override
    public boolean stopped() {
      return stopped;
    }
  }

  /** A device whose reads come back when the test says so. */
  private PeripheralFactory stuck(CountDownLatch reading, CountDownLatch free) {
    return board ->
        Peripheral.of(
            (at, size) -> {
              reading.countDown();
              awaitUninterruptibly(free);
              return 7;
            },
            (at, size, value) -> {});
  }

  private static void awaitUninterruptibly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void othersHaveThePhysicalCpuWhileACallDoesNotReturnAndItMayStillReturn() throws Exception {
    CountDownLatch reading = new CountDownLatch(1);
    CountDownLatch free = new CountDownLatch(1);
    PeripheralHost host = host(stuck(reading, free));
    host.resume();
    Trip first = new Trip();
    MmioAccess access = new MmioAccess(first).read(0, 4);
    Thread hart = Thread.ofPlatform().start(() -> host.perform(0, access));
    reading.await();
    Trip second = new Trip();
    Thread other =
        Thread.ofPlatform().start(() -> host.perform(0, new MmioAccess(second).write(0, 4, 1)));
    watch.look(1);
    assertThat(first.left).hasValue(0);
    watch.look(1);
    assertThat(first.left).hasValue(1);
    while (second.left.get() == 0) {
      watch.look(1); // it waits for its turn, or will
    }
    free.countDown();
    hart.join();
    other.join();
    assertThat(access.value()).isEqualTo(7);
    assertThat(first.back.getCount()).isZero();
    assertThat(failures).isEmpty();
  }

  @Test
  void aCallThatNeverReturnsEndsItsMachineAndNobodyWaitsForItAnyMore() throws Exception {
    patience = Duration.ofSeconds(2);
    CountDownLatch reading = new CountDownLatch(1);
    CountDownLatch free = new CountDownLatch(1);
    PeripheralHost host = host(stuck(reading, free));
    host.resume();
    Trip lost = new Trip();
    Thread hart = Thread.ofPlatform().start(() -> host.perform(0x10, access(lost)));
    reading.await();
    Trip second = new Trip();
    Thread other = Thread.ofPlatform().start(() -> host.perform(0x10, access(second)));
    watch.look(81);
    lost.abandoned.await();
    other.join();
    assertThat(second.abandoned.getCount()).as("it comes back by itself").isEqualTo(1);
    assertThat(failures)
        .singleElement()
        .asString()
        .startsWith(
            "device probe (class x.Probe): read of 4 bytes at 0x10 has not returned for 2 s; it is at"
                + " atoll.device.PeripheralPatienceTest.awaitUninterruptibly(PeripheralPatienceTest.java:");
    assertThat(causes.getFirst().getStackTrace())
        .extracting(StackTraceElement::getMethodName)
        .contains("await", "awaitUninterruptibly", "read")
        .doesNotContain("serve", "perform");
    host.pause();
    assertThatThrownBy(host::state).isInstanceOf(PeripheralException.class);
    host.close();
    watch.look(3);
    assertThat(watch.armed()).isZero();
    free.countDown();
    hart.join();
    assertThat(failures).hasSize(1);
  }

  @Test
  void theEndOfAMachineWaitsASecondForACallHoweverLongItMayTake() throws Exception {
    CountDownLatch reading = new CountDownLatch(1);
    CountDownLatch free = new CountDownLatch(1);
    PeripheralHost host = host(stuck(reading, free));
    host.resume();
    Trip trip = new Trip();
    Thread hart = Thread.ofPlatform().start(() -> host.perform(0x10, access(trip)));
    reading.await();
    watch.look(400);
    assertThat(failures).isEmpty();
    trip.stopped = true;
    watch.look(1);
    trip.abandoned.await();
    free.countDown();
    hart.join();
  }

  @Test
  void aTimerThatDoesNotReturnIsGivenUpTooAndAPauseDoesNotWaitForIt() throws Exception {
    patience = Duration.ofMillis(100);
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch free = new CountDownLatch(1);
    PeripheralHost host =
        host(board -> {
          board
              .timer(() -> {
                begun.countDown();
                awaitUninterruptibly(free);
              })
              .after(0);
          return Peripheral.of((at, size) -> 1, (at, size, value) -> {});
        });
    host.resume();
    Thread timers = Thread.ofPlatform().start(() -> pace.advance(1));
    begun.await();
    host.pause();
    assertThat(failures)
        .singleElement()
        .asString()
        .startsWith("device probe (class x.Probe): a timer has not returned for 100 ms; it is at");
    host.close();
    free.countDown();
    timers.join();
  }

  @Test
  void aConstructorAndACloseThatDoNotReturnAreGivenUp() {
    patience = Duration.ofMillis(100);
    CountDownLatch free = new CountDownLatch(1);
    assertThatThrownBy(() ->
            host(board -> {
              awaitUninterruptibly(free);
              return null;
            }))
        .isInstanceOf(PeripheralException.class)
        .hasMessageStartingWith(
            "device probe (class x.Probe): its constructor has not returned for 100 ms; it is at");
    failures.clear();
    PeripheralHost host =
        host(board ->
            new Probe(board) {
              @Override
              public void close() {
                awaitUninterruptibly(free);
              }
            });
    host.resume();
    host.pause();
    host.close();
    assertThat(failures)
        .singleElement()
        .asString()
        .startsWith("device probe (class x.Probe): close has not returned for 100 ms");
    free.countDown();
  }

  @Test
  void whatCloseThrowsIsOnlyTold() {
    PeripheralHost host =
        host(board ->
            new Probe(board) {
              @Override
              public void close() {
                throw new IllegalStateException("stuck");
              }
            });
    host.resume();
    host.pause();
    host.close();
    assertThat(failures).isEmpty();
    assertThat(notices).singleElement().asString().contains("close threw", "stuck");
  }
}
