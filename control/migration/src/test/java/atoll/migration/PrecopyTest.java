package atoll.migration;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.migration.Precopy.Next;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class PrecopyTest {
  private static final long PAGES_OF_A_MIB = 256;
  private static final MigrationSettings SETTINGS =
      new MigrationSettings(Duration.ofMillis(60), Duration.ofMinutes(1));

  private final Precopy precopy = new Precopy(SETTINGS);
  private Duration elapsed = Duration.ZERO;

  /** A round at a rate, in which the system writes at another one; both in MiB a second. */
  private Next round(long mib, double rate, double writes) {
    double seconds = mib / rate;
    elapsed = elapsed.plusNanos((long) (seconds * 1e9));
    return precopy.after(
        mib * PAGES_OF_A_MIB,
        (long) (seconds * 1e9),
        (long) (Math.min(seconds * writes, 512) * PAGES_OF_A_MIB),
        elapsed);
  }

  @Test
  void anIdleSystemIsStoppedAfterItsFirstRound() {
    assertThat(round(512, 150, 0.1)).isEqualTo(Next.STOP);
    assertThat(precopy.throttle()).isZero();
  }

  @Test
  void aSystemThatWritesSlowerThanTheConnectionIsCopiedUntilLittleIsLeft() {
    long left = 512;
    int rounds = 1;
    while (round(left, 150, 50) == Next.COPY) {
      left = Math.max(1, left / 3);
      rounds++;
    }
    assertThat(rounds).isBetween(3, 7);
    assertThat(precopy.throttle()).isZero();
    assertThat(precopy.expected(left * PAGES_OF_A_MIB / 3)).isLessThan(SETTINGS.downtime());
  }

  @Test
  void aSystemThatWritesFasterIsHeldBackUntilItDoesNot() {
    int rounds = 0;
    double writes = 400;
    double left = 512;
    while (round(Math.max(1, (long) left), 100, writes) == Next.COPY && rounds++ < 60) {
      left = Math.min(512, left / 100 * writes);
      writes = 400 * (100 - precopy.throttle()) / 100.0;
    }
    assertThat(precopy.throttle()).isBetween(75, 95);
    assertThat(rounds).isLessThan(60);
  }

  @Test
  void itIsGivenUpWhenHoldingBackDoesNotHelp() {
    Next next = Next.COPY;
    for (int i = 0; i < 60 && next == Next.COPY; i++) {
      next = precopy.after(131_072, 1_000_000_000, 131_072, Duration.ZERO);
    }
    assertThat(next).isEqualTo(Next.GIVE_UP);
    assertThat(precopy.throttle()).isEqualTo(95);
  }

  @Test
  void itIsGivenUpAfterItsLimitOfTime() {
    elapsed = Duration.ofMinutes(2);
    assertThat(round(512, 100, 90)).isEqualTo(Next.GIVE_UP);
  }

  @Test
  void aShortRoundSaysNothingOfTheConnection() {
    assertThat(round(512, 100, 30)).isEqualTo(Next.COPY);
    Duration before = precopy.expected(1000);
    precopy.after(10, 1_000_000_000, 1000, Duration.ZERO);
    assertThat(precopy.expected(1000)).isEqualTo(before);
  }
}
