package atoll.manager;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.host.Clock;
import atoll.host.PlatformClock;
import atoll.host.Timers;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class HeapReturnTest {
  private long now;
  private Runnable next;
  private long due;
  private long givenUp;
  private int collections;

  private final Clock clock =
      new Clock() {
        @Override
        public long nanos() {
          return now;
        }

        @Override
        public long epochNanos() {
          return now;
        }
      };

  private final Timers timers =
      new Timers() {
        @Override
        public Armed at(long nanos, Runnable action) {
          due = nanos;
          next = action;
          return () -> {};
        }

        @Override
        public void close() {}
      };

  @BeforeEach
  void begin() {
    new HeapReturn(timers, new PlatformClock(clock), () -> givenUp, () -> collections++).begin();
  }

  private void look(long given) {
    givenUp = given;
    long at = due;
    now = at;
    next.run();
    assertThat(due).isGreaterThan(at);
  }

  @Test
  void nothingIsCollectedWhileLittleIsGivenUp() {
    for (int i = 0; i < 10; i++) {
      look(HeapReturn.WORTH / 10L * i);
    }
    assertThat(collections).isZero();
  }

  @Test
  void machinesThatGiveUpOneAfterTheOtherAreWaitedForAndCollectedForOnce() {
    look(5_000);
    look(9_000);
    look(12_000);
    assertThat(collections).isZero();
    look(12_100);
    assertThat(collections).isEqualTo(1);
    look(12_200);
    look(12_200);
    assertThat(collections).isEqualTo(1);
  }

  @Test
  void whatIsGivenUpLaterIsCollectedForToo() {
    look(5_000);
    look(5_000);
    look(7_000);
    look(7_000);
    assertThat(collections).isEqualTo(2);
  }
}
