package atoll.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class PlatformClockTest {
  private static final long EPOCH = 1_700_000_000_000_000_000L;

  private final AtomicLong host = new AtomicLong(5_000);
  private final PlatformClock clock = new PlatformClock(pace(host));

  private static Clock pace(AtomicLong nanos) {
    return new Clock() {
      @Override
      public long nanos() {
        return nanos.get();
      }

      @Override
      public long epochNanos() {
        return EPOCH + nanos.get();
      }
    };
  }

  @Test
  void itBeginsAtZeroWithTheHostsDateAndGoesOnWithIt() {
    assertThat(clock.nanos()).isZero();
    assertThat(clock.epochNanos()).isEqualTo(EPOCH + 5_000);
    host.addAndGet(700);
    assertThat(clock.nanos()).isEqualTo(700);
    assertThat(clock.epochNanos()).isEqualTo(EPOCH + 5_700);
  }

  @Test
  void whileItIsStoppedBothTimesStandStillAndGoOnFromThere() {
    host.addAndGet(700);
    clock.stop();
    host.addAndGet(3_600_000_000_000L);
    assertThat(clock.running()).isFalse();
    assertThat(clock.nanos()).isEqualTo(700);
    assertThat(clock.epochNanos()).isEqualTo(EPOCH + 5_700);
    clock.start();
    assertThat(clock.running()).isTrue();
    assertThat(clock.nanos()).isEqualTo(700);
    host.addAndGet(1);
    assertThat(clock.nanos()).isEqualTo(701);
  }

  @Test
  void itGoesOnOnceEveryStopHasBeenEnded() {
    AtomicInteger told = new AtomicInteger();
    Runnable forget = clock.onStart(told::incrementAndGet);
    clock.stop();
    clock.stop();
    clock.start();
    host.addAndGet(9);
    assertThat(clock.nanos()).isZero();
    assertThat(told).hasValue(0);
    clock.start();
    host.addAndGet(9);
    assertThat(clock.nanos()).isEqualTo(9);
    assertThat(told).hasValue(1);
    forget.run();
    clock.stop();
    clock.start();
    assertThat(told).hasValue(1);
  }

  @Test
  void itIsSetWhileItStandsStillAndGoesOnFromThere() {
    clock.stop();
    clock.set(1_000_000, EPOCH);
    host.addAndGet(50);
    assertThat(clock.nanos()).isEqualTo(1_000_000);
    assertThat(clock.epochNanos()).isEqualTo(EPOCH);
    clock.start();
    host.addAndGet(50);
    assertThat(clock.nanos()).isEqualTo(1_000_050);
    assertThat(clock.epochNanos()).isEqualTo(EPOCH + 50);
  }

  @Test
  void itCannotBeSetOrStartedWhileItGoesOn() {
    assertThatThrownBy(() -> clock.set(0, 0))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("stop it first");
    assertThatThrownBy(clock::start).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void noThreadSeesItGoBackHoweverOftenItIsStopped() throws InterruptedException {
    PlatformClock real = new PlatformClock(Clock.host());
    AtomicLong latest = new AtomicLong();
    AtomicLong back = new AtomicLong();
    AtomicBoolean over = new AtomicBoolean();
    Thread reader =
        Thread.ofPlatform()
            .start(() -> {
              while (!over.get()) {
                long before = latest.get();
                long now = real.nanos();
                back.accumulateAndGet(before - now, Math::max);
                latest.accumulateAndGet(now, Math::max);
              }
            });
    for (int i = 0; i < 100_000; i++) {
      real.stop();
      long still = real.nanos();
      back.accumulateAndGet(latest.get() - still, Math::max);
      real.start();
    }
    over.set(true);
    reader.join();
    assertThat(back).hasValue(0);
  }
}
