package atoll.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.Test;

class BusyWaitTest {
  private static final long LOOK = 1_000;

  private final StepClock clock = new StepClock();
  private final Semaphore places = new Semaphore(1);
  private final BusyWait wait = new BusyWait(clock, places);
  private int looks;

  /** Time that moves with each look at it. */
  private static final class StepClock implements Clock {
    private long now;
    private long step = LOOK;

    @Override
    public long nanos() {
      now += step;
      return now;
    }

    @Override
    public long epochNanos() {
      return now;
    }
  }

  private void waitsOf(long nanos, int count) {
    for (int n = 0; n < count; n++) {
      long since = wait.now();
      clock.now += nanos - LOOK;
      wait.waited(since);
    }
  }

  /** Looks for what does not come; returns for how long. */
  private long looksInVain() {
    long before = clock.now;
    assertThat(wait.sees(() -> ++looks < 0)).isFalse();
    return clock.now - before;
  }

  @Test
  void whoHasSeenNoShortWaitLooksOnce() {
    assertThat(looksInVain()).isZero();
    assertThat(looks).isEqualTo(1);
    assertThat(wait.sees(() -> true)).isTrue();
  }

  @Test
  void shortWaitsHaveItLookLongerUpToALimit() {
    waitsOf(60_000, 1);
    assertThat(looksInVain()).isBetween(BusyWait.FIRST, 2 * BusyWait.FIRST);
    waitsOf(60_000, 2);
    assertThat(looksInVain()).isBetween(4 * BusyWait.FIRST, 5 * BusyWait.FIRST);
    waitsOf(BusyWait.MOST, 20);
    assertThat(looksInVain()).isBetween(BusyWait.MOST, BusyWait.MOST + BusyWait.FIRST);
  }

  @Test
  void itLooksNoLongerThanWhatItWaitsForTakes() {
    waitsOf(15_000, 20);
    assertThat(looksInVain()).isLessThan(3 * BusyWait.FIRST);
  }

  @Test
  void aLongWaitEndsThat() {
    waitsOf(60_000, 10);
    waitsOf(BusyWait.MOST + 1, 1);
    assertThat(looksInVain()).isZero();
  }

  /** As of a pCPU whose guest has a timer of 1 kHz, also after a time with much to do. */
  @Test
  void waitsOfAPeriodicTimerAreNotLookedThrough() {
    waitsOf(60_000, 10);
    waitsOf(990_000, 1);
    looks = 0;
    for (int period = 1; period <= 1_000; period++) {
      long since = wait.now();
      assertThat(wait.sees(() -> ++looks < 0)).isFalse();
      clock.now += 990_000;
      wait.waited(since);
      assertThat(looks).as("one look each, before it parks").isEqualTo(period);
    }
  }

  @Test
  void whatComesMeanwhileIsSeen() {
    waitsOf(60_000, 10);
    assertThat(wait.sees(() -> ++looks == 5)).isTrue();
    assertThat(places.availablePermits()).isEqualTo(1);
  }

  @Test
  void whoIsPutBehindAnotherThreadStops() {
    waitsOf(BusyWait.MOST, 20);
    clock.step = BusyWait.CROWDED + 1;
    assertThat(wait.sees(() -> ++looks < 0)).isFalse();
    assertThat(looks).isEqualTo(1);
    clock.step = LOOK;
    assertThat(looksInVain()).isZero();
  }

  @Test
  void noMoreThreadsLookThanThereArePlaces() {
    waitsOf(60_000, 10);
    places.acquireUninterruptibly();
    assertThat(looksInVain()).isZero();
    places.release();
    assertThat(looksInVain()).isPositive();
    assertThat(places.availablePermits()).isEqualTo(1);
  }
}
