package atoll.virtio;

import static atoll.virtio.VirtioDriver.*;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import atoll.device.spi.DiskLimits;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A disk that may do no more than its user allows, in a time that the test makes. */
class DiskLimitsTest {
  private static final int IN = 0;
  private static final long SECOND = 1_000_000_000;
  private static final int RING = 256;

  private final PlacesDisk disk = new PlacesDisk(1 << 30);
  private final TestTime time = new TestTime();
  private VirtioDriver driver;
  private VirtioDriver.Ring ring;

  private void start(DiskLimits limits) {
    disk.open();
    disk.limits = limits;
    disk.atHand.add(0L); // What is at hand is limited as well.
    driver = new VirtioDriver(new VirtioBlock(disk, 1, Runnable::run, time, time));
    begin();
  }

  private void begin() {
    driver.negotiate(driver.offered() & ~EVENT_INDEX);
    ring = driver.ring(0, RING, false);
    driver.ok();
  }

  @AfterEach
  void close() {
    if (driver != null) {
      driver.close();
    }
  }

  private void read(int count, int bytes) {
    Buffer head = driver.readable(littleEndian(16, b -> b.putInt(IN).putInt(0).putLong(0)));
    int table = ring.addIndirect(head, new Buffer(RAM + RAM_SIZE / 2, bytes + 1, true));
    for (int n = 1; n < count; n++) {
      ring.offer(table);
    }
    ring.kick();
  }

  private int done() {
    int count = 0;
    while (ring.hasUsed()) {
      ring.take();
      count++;
    }
    return count;
  }

  private int doneIn(long nanos) {
    time.pass(nanos);
    driver.steps.run();
    return done();
  }

  @Test
  void soManyRequestsAreServedInASecondAndTheRestLater() {
    start(new DiskLimits(100, DiskLimits.UNLIMITED));
    read(200, 512);
    assertThat(done()).isBetween(10, 11); // What a tenth of a second brings, at once.
    int first = 0;
    for (int n = 0; n < 100; n++) {
      first += doneIn(SECOND / 100);
    }
    assertThat(first).isBetween(99, 101);
    int rest = 0;
    for (int n = 0; n < 100; n++) {
      rest += doneIn(SECOND / 100);
    }
    assertThat(rest).isBetween(87, 91);
    assertThat(time.armed()).isLessThanOrEqualTo(1);
  }

  @Test
  void bytesAreCounted() {
    start(new DiskLimits(DiskLimits.UNLIMITED, 1 << 20));
    read(100, 64 << 10); // 16 of them in a second.
    int atOnce = done();
    assertThat(atOnce).isBetween(1, 3);
    int first = 0;
    for (int n = 0; n < 100; n++) {
      first += doneIn(SECOND / 100);
    }
    assertThat(first).isBetween(15, 17);
  }

  @Test
  void whatIsNotUsedIsNotKeptForEver() {
    start(new DiskLimits(100, DiskLimits.UNLIMITED));
    time.pass(3600 * SECOND);
    read(200, 512);
    assertThat(done()).isBetween(10, 11);
  }

  @Test
  void aRequestThatIsLargerThanWhatASecondBringsIsServedAndPaidForAfterwards() {
    start(new DiskLimits(DiskLimits.UNLIMITED, 4096));
    read(2, 65_536);
    assertThat(done()).isEqualTo(1);
    assertThat(doneIn(15 * SECOND)).isZero();
    assertThat(doneIn(SECOND)).isEqualTo(1);
  }

  @Test
  void notificationsMeanwhileBeginNothingAndAResetDoesNotPayTheDebt() {
    start(new DiskLimits(1, DiskLimits.UNLIMITED));
    read(3, 512);
    assertThat(done()).isEqualTo(1);
    ring.kick();
    ring.kick();
    assertThat(done()).isZero();
    begin(); // A reset completes at once, since nothing is under way.
    assertThat(driver.get(STATUS) & NEEDS_RESET).isZero();
    read(1, 512);
    assertThat(done()).isZero();
    assertThat(doneIn(SECOND)).isEqualTo(1);
  }

  @Test
  void limitsThatMakeNoSenseAreRefused() {
    assertThatThrownBy(() -> new DiskLimits(-1, 0)).hasMessageContaining("-1 requests");
    assertThatThrownBy(() -> new DiskLimits(0, 512)).hasMessageContaining("at least 1 and 4096");
    assertThat(DiskLimits.NONE.any()).isFalse();
  }
}
