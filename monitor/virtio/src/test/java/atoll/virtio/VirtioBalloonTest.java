package atoll.virtio;

import static atoll.virtio.VirtioDriver.*;
import static org.assertj.core.api.Assertions.assertThat;

import atoll.virtio.VirtioBalloon.GuestStatistic;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class VirtioBalloonTest {
  private static final int TARGET = CONFIG;
  private static final int ACTUAL = CONFIG + 4;
  private static final long STATISTICS = 1L << 1;
  private static final long REPORTING = 1L << 5;
  private static final long PAGE = 4096;
  private static final int FIRST = (int) (RAM / PAGE);

  private record Range(long gpa, long bytes) {}

  private final List<Range> reclaimed = new ArrayList<>();
  private final VirtioBalloon balloon =
      new VirtioBalloon((gpa, bytes) -> reclaimed.add(new Range(gpa, bytes)));
  private final VirtioDriver driver = new VirtioDriver(balloon);

  @AfterEach
  void close() {
    driver.close();
  }

  private static byte[] pages(int... numbers) {
    return littleEndian(
        4 * numbers.length,
        buffer -> {
          for (int number : numbers) {
            buffer.putInt(number);
          }
        });
  }

  private static byte[] statistic(int tag, long value) {
    return littleEndian(10, buffer -> buffer.putShort((short) tag).putLong(value));
  }

  private VirtioDriver.Ring started(long features, int queue) {
    driver.negotiate(VERSION_1 | features);
    VirtioDriver.Ring ring = driver.ring(queue, 8, false);
    driver.ok();
    return ring;
  }

  @Test
  void theTargetIsInTheConfigurationAndItsChangeInterrupts() {
    started(0, 0);
    assertThat(driver.get(DEVICE_ID)).isEqualTo(5);
    balloon.target(10 * PAGE + 1);
    assertThat(driver.acknowledge()).isEqualTo(2);
    assertThat(driver.get(TARGET)).isEqualTo(10);
    driver.set(ACTUAL, 7);
    assertThat(balloon.statistics().actual()).isEqualTo(7 * PAGE);
    assertThat(balloon.statistics().target()).isEqualTo(10 * PAGE);
  }

  @Test
  void pagesThatTheGuestGivesAreReclaimedInRuns() {
    VirtioDriver.Ring ring = started(0, 0);
    ring.add(driver.readable(pages(FIRST + 9, FIRST + 21, FIRST + 8, FIRST + 20, FIRST + 10)));
    ring.kick();
    assertThat(ring.take().length()).isZero();
    assertThat(reclaimed)
        .containsExactly(new Range(RAM + 8 * PAGE, 3 * PAGE), new Range(RAM + 20 * PAGE, 2 * PAGE));
    assertThat(balloon.statistics().reclaimed()).isEqualTo(5 * PAGE);
  }

  @Test
  void aPageThatIsGivenTwiceCountsOnce() {
    VirtioDriver.Ring ring = started(0, 0);
    ring.add(driver.readable(pages(FIRST + 8, FIRST + 8, FIRST + 9)));
    ring.kick();
    assertThat(reclaimed).containsExactly(new Range(RAM + 8 * PAGE, 2 * PAGE));
  }

  @Test
  void pagesThatComeBackNeedNothing() {
    VirtioDriver.Ring ring = started(0, 1);
    ring.add(driver.readable(pages(FIRST + 8)));
    ring.kick();
    assertThat(ring.take().length()).isZero();
    assertThat(reclaimed).isEmpty();
  }

  @Test
  void aPageOutsideRamIsABrokenRule() {
    for (int page : new int[] {0, FIRST - 1, FIRST + (int) (RAM_SIZE / PAGE), -1}) {
      VirtioDriver.Ring ring = started(0, 0);
      ring.add(driver.readable(pages(page)));
      ring.kick();
      assertThat(driver.get(STATUS) & NEEDS_RESET).isEqualTo(NEEDS_RESET);
    }
    assertThat(reclaimed).isEmpty();
    assertThat(driver.mmio.statistics().lastFault()).contains("a balloon page outside RAM");
  }

  @Test
  void partsOfPageNumbersAreABrokenRule() {
    VirtioDriver.Ring ring = started(0, 0);
    ring.add(driver.readable(new byte[6]));
    ring.kick();
    assertThat(driver.get(STATUS) & NEEDS_RESET).isEqualTo(NEEDS_RESET);
  }

  @Test
  void reportedFreePagesAreReclaimedAsFarAsTheyAreWhole() {
    VirtioDriver.Ring ring = started(STATISTICS | REPORTING, 3);
    ring.add(
        new Buffer(RAM + 64 * PAGE, (int) (16 * PAGE), true),
        new Buffer(RAM + 100 * PAGE + 8, (int) (2 * PAGE), true));
    ring.kick();
    assertThat(ring.take().length()).isZero();
    assertThat(reclaimed)
        .containsExactly(new Range(RAM + 64 * PAGE, 16 * PAGE), new Range(RAM + 101 * PAGE, PAGE));
    assertThat(balloon.statistics().reported()).isEqualTo(17 * PAGE);
  }

  @Test
  void queuesCloseUpWhereAFeatureIsNotTaken() {
    VirtioDriver.Ring ring = started(REPORTING, 2);
    ring.add(new Buffer(RAM + 64 * PAGE, (int) PAGE, true));
    ring.kick();
    assertThat(reclaimed).containsExactly(new Range(RAM + 64 * PAGE, PAGE));
  }

  @Test
  void statisticsAreKeptUntilNewerOnesAreAskedFor() {
    VirtioDriver.Ring ring = started(STATISTICS, 2);
    ring.add(driver.readable(statistic(4, 1000)), driver.readable(statistic(99, 1)));
    ring.kick();
    assertThat(ring.hasUsed()).isFalse();
    assertThat(balloon.statistics().guest()).containsOnly(Map.entry(GuestStatistic.FREE, 1000L));
    assertThat(ring.take().head()).isZero();
    assertThat(driver.acknowledge()).isEqualTo(1);
    ring.add(driver.readable(statistic(4, 2000)));
    ring.kick();
    assertThat(balloon.statistics().guest()).containsEntry(GuestStatistic.FREE, 2000L);
  }

  @Test
  void restoredStateIsTheSameBalloon() {
    started(0, 0);
    balloon.target(5 * PAGE);
    driver.set(ACTUAL, 3);
    VirtioDriver other = new VirtioDriver(new VirtioBalloon((gpa, bytes) -> {}));
    other.mmio.restore(driver.mmio.state());
    assertThat(other.get(TARGET)).isEqualTo(5);
    assertThat(other.get(ACTUAL)).isEqualTo(3);
    other.close();
  }
}
