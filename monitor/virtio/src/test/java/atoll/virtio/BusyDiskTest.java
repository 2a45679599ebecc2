package atoll.virtio;

import static atoll.virtio.VirtioDriver.*;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a guest can ask for while a request of its is being served. */
@Timeout(value = 8, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class BusyDiskTest {
  private static final int IN = 0;
  private static final int OUT = 1;
  private static final int FLUSH = 4;
  private static final int WRITE_ZEROES = 13;
  private static final int PIECE = 1 << 20;
  private static final long DISK = 1L << 30;

  /** The same half of RAM again and again: far more than a piece. */
  private static final int LARGE = RAM_SIZE / 2;

  private static final int PIECES = 6 * LARGE / PIECE;

  private final GatedDisk disk = new GatedDisk(DISK);
  private final ExecutorService executor = Executors.newSingleThreadExecutor();
  private final VirtioDriver driver = new VirtioDriver(new VirtioBlock(disk, executor));
  private VirtioDriver.Ring ring = driver.start();
  private Buffer status = driver.writable(1);

  @AfterEach
  void close() {
    disk.failure = null;
    disk.let(1_000_000);
    driver.close();
    executor.close();
  }

  private static byte[] header(int type) {
    return littleEndian(16, b -> b.putInt(type).putInt(0).putLong(0));
  }

  private void requestLarge(int type) {
    Buffer[] buffers = new Buffer[8];
    buffers[0] = driver.readable(header(type));
    for (int i = 1; i < 7; i++) {
      buffers[i] = new Buffer(RAM + LARGE, LARGE, type == IN);
    }
    buffers[7] = status;
    ring.add(buffers);
    ring.kick();
    disk.awaitBegun();
  }

  private void reset() {
    driver.set(STATUS, 0);
  }

  @Test
  void aResetIsNotCompleteBeforeTheTransferUnderWayHasEndedAndNoOtherBegins() throws Exception {
    requestLarge(IN);
    int before = driver.get(STATUS);
    reset(); // Returns although the transfer goes on.
    assertThat(driver.steps.blocked()).isTrue();
    assertThat(driver.get(STATUS)).isEqualTo(before);
    disk.let(1);
    driver.steps.finish();
    assertThat(driver.get(STATUS)).isZero();
    assertThat(disk.begun()).isZero(); // the other pieces were never begun.
    assertThat(driver.interrupted()).isFalse();
    assertThat(driver.contents(status)).containsExactly(0);
    useAfterwards();
  }

  @Test
  void registersMeanwhileShowWhatTheyShowedAndTakeNothing() throws Exception {
    driver.set(QUEUE_SEL, 0);
    requestLarge(OUT);
    int before = driver.get(STATUS);
    reset();
    driver.set(QUEUE_SEL, 0);
    driver.set(STATUS, ACKNOWLEDGE);
    driver.set(DRIVER_FEATURES, -1);
    driver.set(QUEUE_NUM, 4);
    driver.set(QUEUE_READY, 0);
    ring.kick();
    reset(); // Once more changes nothing.
    assertThat(driver.get(STATUS)).isEqualTo(before);
    assertThat(driver.get(QUEUE_READY)).isEqualTo(1);
    assertThat(driver.get(CONFIG)).isEqualTo((int) (DISK / 512));
    assertThat(driver.get(MAGIC)).isEqualTo(0x7472_6976);
    disk.let(1);
    driver.steps.finish();
    assertThat(driver.get(STATUS)).isZero();
    assertThat(driver.get(QUEUE_READY)).isZero();
    useAfterwards();
  }

  @Test
  void aQueueThatIsTakenAwayIsReadyUntilItsRequestHasBeenLeft() throws Exception {
    requestLarge(IN);
    driver.set(QUEUE_SEL, 0);
    driver.set(QUEUE_READY, 0);
    assertThat(driver.steps.blocked()).isTrue();
    assertThat(driver.get(QUEUE_READY)).isEqualTo(1);
    ring.kick();
    disk.let(1);
    driver.steps.finish();
    assertThat(driver.get(QUEUE_READY)).isZero();
    assertThat(disk.begun()).isZero();
    assertThat(ring.hasUsed()).isFalse();
    ring = driver.ring(0, 8, false);
    useRing();
  }

  @Test
  void aResetOvertakesAQueueThatIsBeingTakenAway() throws Exception {
    requestLarge(IN);
    driver.set(QUEUE_SEL, 0);
    driver.set(QUEUE_READY, 0);
    reset();
    disk.let(1);
    driver.steps.finish();
    assertThat(driver.get(STATUS)).isZero();
    useAfterwards();
  }

  @Test
  void aPauseWaitsForOnePieceAndTheRequestIsDoneFromItsStartAfterwards() throws Exception {
    requestLarge(IN);
    Thread pausing = Thread.ofPlatform().start(driver.mmio::pause);
    while (pausing.getState() != Thread.State.WAITING) {
      Thread.onSpinWait();
    }
    disk.let(1);
    pausing.join();
    assertThat(disk.begun()).isZero();
    VirtioMmio.State state = driver.mmio.state();
    assertThat(state.session().queues().getFirst().requests())
        .containsExactly(new SplitQueue.Request(0, 0, 0));
    driver.mmio.resume();
    disk.let(PIECES);
    driver.steps.finish();
    awaitUsed();
    assertThat(ring.take()).isEqualTo(new Used(0, 6 * LARGE + 1));
    assertThat(disk.begun()).isEqualTo(PIECES);
  }

  @Test
  void aStateTakenWithARequestUnderWayHasItAndTheCopyDoesIt() {
    requestLarge(OUT);
    VirtioMmio.State state = driver.mmio.state(); // Waits for nothing.
    GatedDisk other = new GatedDisk(DISK);
    other.let(100);
    VirtioMmio copy =
        new VirtioMmio(
            "copy", new VirtioBlock(other, Runnable::run), driver.memory, high -> {}, driver.steps);
    copy.restore(state);
    driver.steps.run();
    assertThat(other.begun()).isEqualTo(PIECES);
    assertThat(ring.take()).isEqualTo(new Used(0, 1));
  }

  @Test
  void aStateTakenWhileAResetWaitsIsOfADeviceThatWillBeReset() {
    requestLarge(OUT);
    reset();
    VirtioMmio copy =
        new VirtioMmio(
            "copy",
            new VirtioBlock(new GatedDisk(DISK), Runnable::run),
            driver.memory,
            high -> {},
            driver.steps);
    copy.restore(driver.mmio.state());
    assertThat(copy.read(STATUS, 4)).isZero();
  }

  @Test
  void whateverADiskThrowsFailsTheRequestAndLeavesTheDeviceUsable() throws Exception {
    Throwable[] all = {
      new OutOfMemoryError("direct buffer memory"),
      new StackOverflowError(),
      new AssertionError(),
      new IllegalStateException(),
      new IOException("no space left")
    };
    disk.let(1_000);
    for (Throwable thrown : all) {
      for (int type : new int[] {IN, OUT, FLUSH}) {
        disk.failure = thrown;
        assertThat(request(type)).as("%d with %s", type, thrown).isEqualTo(1);
        disk.failure = null;
        assertThat(request(type)).isZero();
      }
    }
  }

  @Test
  void aHostWithoutThreadsKeepsTheRequestUntilItHasOne() {
    AtomicInteger refusals = new AtomicInteger();
    disk.let(100);
    try (VirtioDriver other =
        new VirtioDriver(
            new VirtioBlock(
                disk,
                task -> {
                  int n = refusals.incrementAndGet();
                  if (n == 1) {
                    throw new OutOfMemoryError("unable to create native thread");
                  }
                  if (n == 2) {
                    throw new RejectedExecutionException();
                  }
                  task.run();
                }))) {
      VirtioDriver.Ring requests = other.start();
      requests.add(other.readable(header(FLUSH)), other.writable(1));
      requests.kick();
      assertThat(requests.take().length()).isEqualTo(1);
      assertThat(refusals).hasValueGreaterThan(2);
    }
  }

  @Test
  void zeroesAreWrittenInPiecesThatAResetComesBetween() throws Exception {
    byte[] range = littleEndian(16, b -> b.putLong(8).putInt(1 << 17).putInt(0));
    ring.add(driver.readable(header(WRITE_ZEROES)), driver.readable(range), status);
    ring.kick();
    disk.awaitBegun();
    reset();
    disk.let(1);
    driver.steps.finish();
    assertThat(disk.begun()).isZero();
    useAfterwards();
  }

  @Test
  void aGuestPaysForWhatItsDisksThreadDoes() throws Exception {
    disk.let(100);
    request(OUT);
    long one = driver.steps.charged.get();
    assertThat(one).isPositive();
    request(OUT);
    assertThat(driver.steps.charged.get()).isGreaterThan(one);
  }

  /** One small request; its status. */
  private int request(int type) throws InterruptedException {
    Buffer data = type == IN ? driver.writable(512) : driver.readable(new byte[512]);
    driver.memory.putByte(status.gpa(), (byte) 0x55);
    if (type == FLUSH) {
      ring.add(driver.readable(header(type)), status);
    } else {
      ring.add(driver.readable(header(type)), data, status);
    }
    ring.kick();
    driver.steps.finish();
    awaitUsed();
    ring.take();
    return driver.memory.getByte(status.gpa());
  }

  private void awaitUsed() {
    while (!ring.hasUsed()) {
      Thread.onSpinWait();
    }
  }

  private void useAfterwards() throws InterruptedException {
    ring = driver.start();
    useRing();
  }

  private void useRing() throws InterruptedException {
    disk.let(10);
    assertThat(request(IN)).isZero();
    assertThat(request(OUT)).isZero();
  }

  @Test
  void piecesAreSmallEnoughThatAMachineIsSoonPaused() {
    requestLarge(IN);
    disk.let(PIECES);
    awaitUsed();
    assertThat(disk.begun()).isEqualTo(PIECES - 1);
  }
}
