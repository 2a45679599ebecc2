package atoll.virtio;

import static atoll.virtio.VirtioDriver.*;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class VirtioMmioTest {
  private final MemoryDisk disk = new MemoryDisk(1 << 20);
  private final VirtioDriver driver = new VirtioDriver(new VirtioBlock(disk, Runnable::run));

  @AfterEach
  void close() {
    driver.close();
  }

  @Test
  void theDeviceIdentifiesItselfAsDriversForQemusBoardExpect() {
    assertThat(driver.get(MAGIC)).isEqualTo(0x74726976);
    assertThat(driver.get(VERSION)).isEqualTo(2);
    assertThat(driver.get(DEVICE_ID)).isEqualTo(2);
    assertThat(driver.get(VENDOR_ID)).isEqualTo(0x554d4551);
    assertThat(driver.get(STATUS)).isZero();
    assertThat(driver.get(0xb0)).isEqualTo(-1); // No shared memory.
  }

  @Test
  void anEmptySlotHasDeviceNumberZero() {
    EmptySlots slot = new EmptySlots(2 * VirtioMmio.SIZE);
    assertThat(slot.read(MAGIC, 4)).isEqualTo(0x74726976);
    assertThat(slot.read(VERSION, 4)).isEqualTo(2);
    assertThat(slot.read(VENDOR_ID, 4)).isEqualTo(0x554d4551);
    assertThat(slot.read(DEVICE_ID, 4)).isZero();
    assertThat(slot.read(QUEUE_NUM_MAX, 4)).isZero();
    slot.write(STATUS, 4, 1);
    assertThat(slot.read(STATUS, 4)).isZero();
    assertThat(slot.read(VirtioMmio.SIZE + MAGIC, 4)).isEqualTo(0x74726976);
    assertThat(slot.decodes(2 * VirtioMmio.SIZE - 4, 4, false)).isTrue();
    assertThat(slot.decodes(2 * VirtioMmio.SIZE, 4, false)).isFalse();
  }

  @Test
  void controlRegistersAreWordsAndConfigurationIsBytes() {
    assertThat(driver.decodes(MAGIC, 1, false)).isFalse();
    assertThat(driver.decodes(MAGIC, 8, false)).isFalse();
    assertThat(driver.decodes(MAGIC + 2, 4, false)).isFalse();
    assertThat(driver.decodes(STATUS, 2, true)).isFalse();
    assertThat(driver.decodes(CONFIG, 8, false)).isFalse();
    assertThat(driver.decodes(CONFIG + 1, 2, false)).isFalse();
    assertThat(driver.get(CONFIG)).isEqualTo(2048);
    assertThat(driver.get(CONFIG + 1, 1)).isEqualTo(8);
    assertThat(driver.get(CONFIG, 2)).isEqualTo(2048);
    assertThat(driver.get(CONFIG + 0x200)).isZero();
    driver.set(CONFIG, 1, 77); // Read-only for this device.
    assertThat(driver.get(CONFIG)).isEqualTo(2048);
  }

  @Test
  void featuresAreOfferedInTwoHalvesAndNoMore() {
    assertThat(driver.offered() & (VERSION_1 | EVENT_INDEX | INDIRECT))
        .isEqualTo(VERSION_1 | EVENT_INDEX | INDIRECT);
    driver.set(DEVICE_FEATURES_SEL, 2);
    assertThat(driver.get(DEVICE_FEATURES)).isZero();
    driver.set(DRIVER_FEATURES_SEL, 2);
    driver.set(DRIVER_FEATURES, -1);
    driver.set(STATUS, ACKNOWLEDGE | DRIVER | FEATURES_OK);
    assertThat(driver.get(STATUS) & FEATURES_OK).isNotZero();
  }

  @Test
  void featuresThatAreNotOfferedAreRefused() {
    driver.negotiate(driver.offered() | 1L << 40);
    assertThat(driver.get(STATUS)).isEqualTo(ACKNOWLEDGE | DRIVER);
    driver.ok();
    assertThat(driver.get(STATUS)).isEqualTo(ACKNOWLEDGE | DRIVER);
    driver.negotiate(driver.offered());
    assertThat(driver.get(STATUS) & FEATURES_OK).isNotZero();
  }

  @Test
  void aDriverThatKnowsTheLowFeaturesOnlyIsServedAsXv6Is() {
    driver.negotiate(driver.offered() & 0x0fff_ffffL);
    VirtioDriver.Ring ring = driver.ring(0, 8, false);
    driver.ok();
    Buffer status = driver.writable(1);
    ring.add(driver.readable(new byte[16]), driver.writable(1024), status);
    ring.kick();
    assertThat(ring.take()).isEqualTo(new Used(0, 1025));
    assertThat(driver.contents(status)).containsExactly(0);
  }

  @Test
  void queuesThatDoNotExistHaveNoSize() {
    driver.set(QUEUE_SEL, 0);
    assertThat(driver.get(QUEUE_NUM_MAX)).isEqualTo(256);
    for (int select : new int[] {1, 1000, -1}) {
      driver.set(QUEUE_SEL, select);
      assertThat(driver.get(QUEUE_NUM_MAX)).isZero();
      driver.set(QUEUE_READY, 1);
      assertThat(driver.get(QUEUE_READY)).isZero();
      driver.set(QUEUE_NOTIFY, select);
    }
    assertThat(driver.get(STATUS)).isZero();
  }

  @Test
  void ringsOfWrongSizeAlignmentOrPlaceAreRefused() {
    long good = driver.allocate(8192);
    refused(0, good, good, good);
    refused(3, good, good, good);
    refused(512, good, good, good);
    refused(8, good + 8, good, good);
    refused(8, good, good + 1, good);
    refused(8, good, good, good + 2);
    refused(8, 0, good, good);
    refused(8, good, RAM + RAM_SIZE - 8, good);
    refused(8, good, good, -16);
    assertThat(driver.mmio.statistics().faults()).isEqualTo(9);
  }

  private void refused(int size, long descriptors, long available, long used) {
    driver.negotiate(driver.offered());
    driver.set(QUEUE_SEL, 0);
    driver.set(QUEUE_NUM, size);
    driver.address(QUEUE_DESC_LOW, descriptors);
    driver.address(QUEUE_DRIVER_LOW, available);
    driver.address(QUEUE_DEVICE_LOW, used);
    driver.set(QUEUE_READY, 1);
    assertThat(driver.get(QUEUE_READY)).isZero();
    assertThat(driver.get(STATUS) & NEEDS_RESET).isNotZero();
  }

  @Test
  void aReadyQueueIsNotSetUpAnew() {
    VirtioDriver.Ring ring = driver.start();
    driver.set(QUEUE_NUM, 4);
    driver.address(QUEUE_DESC_LOW, 0);
    Buffer status = driver.writable(1);
    ring.add(driver.readable(new byte[16]), driver.writable(512), status);
    ring.kick();
    assertThat(ring.take().length()).isEqualTo(513);
  }

  @Test
  void nothingIsServedBeforeTheDriverIsReadyAndAnEarlyNotificationIsNotLost() {
    driver.negotiate(driver.offered() & ~EVENT_INDEX);
    VirtioDriver.Ring ring = driver.ring(0, 8, false);
    ring.add(driver.readable(new byte[16]), driver.writable(513));
    ring.kick();
    assertThat(ring.hasUsed()).isFalse();
    driver.ok();
    assertThat(ring.hasUsed()).isTrue();
  }

  @Test
  void aUsedBufferInterruptsUntilAcknowledged() {
    VirtioDriver.Ring ring = driver.start();
    ring.add(driver.readable(new byte[16]), driver.writable(513));
    ring.kick();
    assertThat(driver.interrupted()).isTrue();
    assertThat(driver.get(INTERRUPT_STATUS)).isEqualTo(1);
    driver.set(INTERRUPT_ACK, 2);
    assertThat(driver.interrupted()).isTrue();
    assertThat(driver.acknowledge()).isEqualTo(1);
    assertThat(driver.interrupted()).isFalse();
  }

  @Test
  void aBrokenRuleNeedsAResetAndTellsSoByAConfigurationInterrupt() {
    VirtioDriver.Ring ring = driver.start();
    ring.offer(8); // No such descriptor.
    ring.kick();
    assertThat(driver.get(STATUS) & NEEDS_RESET).isNotZero();
    assertThat(driver.acknowledge()).isEqualTo(2);
    ring.add(driver.readable(new byte[16]), driver.writable(513));
    ring.kick();
    assertThat(ring.hasUsed()).isFalse();
    driver.set(STATUS, ACKNOWLEDGE | DRIVER | FEATURES_OK | DRIVER_OK);
    assertThat(driver.get(STATUS) & NEEDS_RESET).isNotZero();
    assertThat(driver.mmio.statistics().lastFault()).contains("descriptor 8 of a table of 8");

    VirtioDriver.Ring again = driver.start();
    assertThat(driver.get(STATUS) & NEEDS_RESET).isZero();
    again.add(driver.readable(new byte[16]), driver.writable(513));
    again.kick();
    assertThat(again.hasUsed()).isTrue();
  }

  @Test
  void aResetForgetsFeaturesQueuesAndInterrupts() {
    VirtioDriver.Ring ring = driver.start();
    ring.add(driver.readable(new byte[16]), driver.writable(513));
    ring.kick();
    driver.set(STATUS, 0);
    assertThat(driver.interrupted()).isFalse();
    assertThat(driver.get(STATUS)).isZero();
    assertThat(driver.get(QUEUE_READY)).isZero();
    assertThat(driver.get(INTERRUPT_STATUS)).isZero();
  }

  @Test
  void aStoppedQueueCanBeSetUpAgainFromTheStart() {
    VirtioDriver.Ring ring = driver.start();
    ring.add(driver.readable(new byte[16]), driver.writable(513));
    ring.kick();
    driver.set(QUEUE_SEL, 0);
    driver.set(QUEUE_READY, 0);
    assertThat(driver.get(QUEUE_READY)).isZero();
    VirtioDriver.Ring next = driver.ring(0, 4, false);
    next.add(driver.readable(new byte[16]), driver.writable(513));
    next.kick();
    assertThat(next.take()).isEqualTo(new Used(0, 513));
  }

  @Test
  void restoredStateIsTheSameMachine() {
    driver.negotiate(driver.offered());
    VirtioDriver.Ring ring = driver.ring(0, 8, true);
    driver.ok();
    ring.add(driver.readable(new byte[16]), driver.writable(513));
    ring.kick();
    ring.take();
    VirtioMmio.State state = driver.mmio.state();
    ring.add(driver.readable(new byte[16]), driver.writable(513)); // Not notified.

    boolean[] high = new boolean[1];
    VirtioMmio copy =
        new VirtioMmio(
            "copy",
            new VirtioBlock(disk, Runnable::run),
            driver.memory,
            level -> high[0] = level,
            driver.steps);
    copy.restore(state);
    driver.steps.run();
    assertThat(ring.hasUsed()).isTrue(); // What was available is found.
    assertThat(high[0]).isTrue();
    assertThat(copy.state().session().queues().getFirst().nextUsed()).isEqualTo(2);

    VirtioMmio other =
        new VirtioMmio("rng", new VirtioEntropy(b -> {}), driver.memory, level -> {}, driver.steps);
    assertThatThrownBy(() -> other.restore(state)).hasMessageContaining("virtio device 2");
  }

  @Test
  void aPausedDeviceServesWhenItResumes() {
    VirtioDriver.Ring ring = driver.start();
    driver.mmio.pause();
    ring.add(driver.readable(new byte[16]), driver.writable(513));
    ring.kick();
    assertThat(ring.hasUsed()).isFalse();
    driver.mmio.resume();
    assertThat(ring.hasUsed()).isFalse(); // A vCPU serves it, in its own time.
    driver.steps.run();
    assertThat(ring.hasUsed()).isTrue();
  }
}
