package atoll.virtio;

import static atoll.virtio.VirtioDriver.*;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The device of a shared folder, and what a guest can ask for while the host works. */
@Timeout(value = 1200, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class Virtio9pTest {
  private final GatedShare share = new GatedShare(0);
  private final ExecutorService executor = Executors.newSingleThreadExecutor();
  private final VirtioDriver driver = new VirtioDriver(new Virtio9p(share, executor));
  private VirtioDriver.Ring ring = driver.start();
  private Buffer answer = driver.writable(64);

  @AfterEach
  void close() {
    share.let(1_000_000);
    driver.close();
    executor.close();
  }

  /** A message of a type with some bytes behind its header. */
  private static byte[] message(int type, int bytes) {
    return littleEndian(
        7 + bytes,
        b -> {
          b.putInt(7 + bytes).put((byte) type).putShort((short) 1);
          while (b.hasRemaining()) {
            b.put((byte) b.position());
          }
        });
  }

  private void send(int type) {
    ring.add(driver.readable(message(type, 9)), answer);
    ring.kick();
  }

  private void awaitUsed() {
    while (!ring.hasUsed()) {
      Thread.onSpinWait();
    }
  }

  private void useAfterwards() {
    share.let(1_000);
    ring = driver.start();
    answer = driver.writable(64);
    send(30);
    awaitUsed();
    assertThat(ring.take().length()).isEqualTo(16);
    assertThat(driver.contents(answer)[4]).isEqualTo((byte) 31);
  }

  @Test
  void itsConfigurationIsTheTag() {
    assertThat(driver.get(DEVICE_ID)).isEqualTo(9);
    assertThat(driver.offered() & 1).isEqualTo(1);
    assertThat(driver.get(CONFIG, 2)).isEqualTo(4);
    assertThat(driver.get(CONFIG + 2, 1)).isEqualTo('w');
    assertThat(driver.get(CONFIG + 5, 1)).isEqualTo('k');
    assertThat(driver.get(CONFIG + 6, 1)).isZero();
  }

  @Test
  void aMessageInPiecesGetsAnAnswerInPieces() {
    share.let(1);
    byte[] all = message(20, 40);
    Buffer[] pieces = {
      driver.readable(Arrays.copyOfRange(all, 0, 3)),
      driver.readable(Arrays.copyOfRange(all, 3, 20)),
      driver.readable(Arrays.copyOfRange(all, 20, 47)),
      driver.writable(5),
      driver.writable(100)
    };
    ring.add(pieces);
    ring.kick();
    awaitUsed();
    assertThat(ring.take()).isEqualTo(new Used(0, 47));
    all[4]++;
    assertThat(driver.contents(pieces[3])).isEqualTo(Arrays.copyOfRange(all, 0, 5));
    assertThat(driver.contents(pieces[4])).startsWith(Arrays.copyOfRange(all, 5, 47));
    assertThat(driver.interrupted()).isTrue();
  }

  @Test
  void theFolderStartsAnewWithTheFirstMessageOfADriver() {
    share.let(10);
    send(20);
    awaitUsed();
    send(21);
    driver.set(STATUS, 0);
    ring = driver.start();
    send(22);
    awaitUsed();
    assertThat(share.events.subList(0, 2)).containsExactly("reset", "message 20");
    assertThat(share.events).endsWith("reset", "message 22");
  }

  @Test
  void aMessageWithoutAHeaderOrWithoutRoomBreaksARule() {
    ring.add(driver.readable(new byte[6]), answer);
    ring.kick();
    awaitBroken();
    ring = driver.start();
    ring.add(driver.readable(message(20, 0)), driver.writable(10));
    ring.kick();
    awaitBroken();
    ring = driver.start();
    ring.add(driver.readable(message(20, 0)));
    ring.kick();
    awaitBroken();
    useAfterwards();
  }

  private void awaitBroken() {
    while ((driver.get(STATUS) & NEEDS_RESET) == 0) {
      Thread.onSpinWait();
    }
  }

  @Test
  void aResetWaitsForNobodyAndTheAnswerReachesNobody() throws Exception {
    send(20);
    share.awaitBegun();
    byte[] before = driver.contents(answer);
    driver.set(STATUS, 0);
    driver.steps.finish();
    assertThat(driver.get(STATUS)).isZero(); // Although the host still works.
    ring = driver.start();
    Buffer first = answer;
    answer = driver.writable(64);
    send(40);
    share.let(2);
    awaitUsed();
    assertThat(ring.take()).isEqualTo(new Used(0, 16));
    assertThat(driver.contents(answer)[4]).isEqualTo((byte) 41);
    assertThat(driver.contents(first)).isEqualTo(before);
    assertThat(ring.hasUsed()).isFalse();
    assertThat(share.events).containsExactly("reset", "message 20", "reset", "message 40");
  }

  @Test
  void aQueueIsTakenAwayAtOnceToo() throws Exception {
    send(20);
    share.awaitBegun();
    driver.set(QUEUE_SEL, 0);
    driver.set(QUEUE_READY, 0);
    driver.steps.finish();
    assertThat(driver.get(QUEUE_READY)).isZero();
    ring = driver.ring(0, 8, false);
    send(40);
    share.let(2);
    awaitUsed();
    assertThat(ring.take()).isEqualTo(new Used(0, 16));
    assertThat(driver.contents(answer)[4]).isEqualTo((byte) 41);
    assertThat(ring.hasUsed()).isFalse();
  }

  @Test
  void aPauseWaitsForTheAnswerAndNothingIsDoneTwice() throws Exception {
    send(20);
    share.awaitBegun();
    ring.add(driver.readable(message(21, 9)), answer);
    Thread pausing = Thread.ofPlatform().start(driver.mmio::pause);
    while (pausing.getState() != Thread.State.WAITING) {
      Thread.onSpinWait();
    }
    share.let(1);
    pausing.join();
    assertThat(ring.take()).isEqualTo(new Used(0, 16));
    assertThat(ring.hasUsed()).isFalse();
    VirtioMmio.State state = driver.mmio.state();
    assertThat(state.session().queues().getFirst().requests()).isEmpty();
    GatedShare other = new GatedShare(100);
    VirtioMmio copy =
        new VirtioMmio(
            "copy", new Virtio9p(other, Runnable::run), driver.memory, high -> {}, driver.steps);
    copy.restore(state);
    driver.steps.run();
    assertThat(other.events).containsExactly("restore 8192", "message 21");
    assertThat(ring.take().length()).isEqualTo(16);
  }

  @Test
  void aHostWithoutThreadsIsAskedAgain() {
    AtomicInteger refusals = new AtomicInteger(3);
    GatedShare open = new GatedShare(100);
    try (VirtioDriver other =
        new VirtioDriver(
            new Virtio9p(
                open,
                task -> {
                  if (refusals.getAndDecrement() > 0) {
                    throw new RejectedExecutionException();
                  }
                  task.run();
                }))) {
      VirtioDriver.Ring its = other.start();
      its.add(other.readable(message(20, 1)), other.writable(20));
      its.kick();
      assertThat(its.take().length()).isEqualTo(8);
      assertThat(other.steps.charged.get()).isNotNegative();
    }
  }

  @Test
  void aStateOfAnotherKindIsRefused() {
    VirtioMmio.State state = driver.mmio.state();
    VirtioMmio disk =
        new VirtioMmio(
            "disk",
            new VirtioBlock(new MemoryDisk(512), Runnable::run),
            driver.memory,
            high -> {},
            driver.steps);
    assertThatThrownBy(() -> disk.restore(state)).isInstanceOf(IllegalArgumentException.class);
    Virtio9p own = new Virtio9p(new GatedShare(0), Runnable::run);
    assertThatThrownBy(() -> own.restore(new VirtioDevice.Stateless()))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
