package atoll.virtio;

import static atoll.virtio.VirtioDriver.*;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class VirtioPciTest {
  private static final int VENDOR_SPECIFIC = 9;
  private static final int EXPRESS = 0x10;
  private static final int MSIX = 0x11;
  private static final int NOTHING = 0xffff;

  private final MemoryDisk disk = new MemoryDisk(1 << 20);

  /** Its memory and its rings; the device that it made itself is not used. */
  private final VirtioDriver driver = new VirtioDriver(new VirtioEntropy(bytes -> {}));

  private final boolean[] interrupt = new boolean[1];
  private final PciSlot slot =
      new PciSlot(
              new VirtioBlock(disk, Runnable::run),
              driver.memory,
              high -> interrupt[0] = high,
              driver.steps)
          .enable();

  VirtioPciTest() {
    driver.reach(slot);
  }

  @AfterEach
  void close() {
    driver.close();
  }

  /** Where each kind of capability of the vendor is (§4.1.4), the first of each kind. */
  private Map<Integer, Integer> capabilities() {
    Map<Integer, Integer> found = new HashMap<>();
    for (int at = (int) slot.config(0x34, 1); at != 0; at = (int) slot.config(at + 1, 1)) {
      if (slot.config(at, 1) == VENDOR_SPECIFIC) {
        found.putIfAbsent((int) slot.config(at + 3, 1), at);
      }
    }
    return found;
  }

  private VirtioDriver.Ring served() {
    VirtioDriver.Ring ring = driver.start();
    ring.add(driver.readable(new byte[16]), driver.writable(513));
    ring.kick();
    return ring;
  }

  @Test
  void aDriverFindsItAndWhereItsRegistersAre() {
    assertThat(slot.config(0, 4)).isEqualTo(0x1042_1af4L);
    assertThat(slot.config(8, 4)).isEqualTo(0x0100_0001L);
    assertThat(slot.config(0x2e, 2)).isGreaterThanOrEqualTo(0x40);
    Map<Integer, Integer> all = capabilities();
    assertThat(all).containsOnlyKeys(1, 2, 3, 4, 5);
    for (int type = 1; type <= 4; type++) {
      int at = all.get(type);
      assertThat(slot.config(at + 4, 1)).isEqualTo(VirtioPci.BAR);
      long end = slot.config(at + 8, 4) + slot.config(at + 12, 4);
      assertThat(end).isLessThanOrEqualTo(VirtioPci.SIZE);
      assertThat(slot.config(at + 2, 1)).isEqualTo(type == 2 ? 20 : 16);
    }
    assertThat(slot.config(all.get(2) + 16, 4)).isEqualTo(4);
  }

  @Test
  void theCommonStructureHasItsFieldsInTheirSizes() {
    assertThat(slot.read(0x12, 2)).isEqualTo(1); // Queues.
    assertThat(slot.read(0x18, 2)).isEqualTo(256);
    assertThat(slot.read(0x10, 4)).isEqualTo(0x1_ffffL); // No vector.
    slot.write(0x10, 2, 2);
    assertThat(slot.read(0x10, 2)).isEqualTo(NOTHING);
    slot.write(0x16, 2, 1);
    assertThat(slot.read(0x18, 2)).isZero();
    slot.write(0x18, 2, 8);
    slot.write(0x1c, 2, 1);
    slot.write(0x16, 2, 0);
    slot.write(0x20, 8, 0x1234_5678_9abc_def0L);
    assertThat(slot.read(0x24, 4)).isEqualTo(0x1234_5678);
    assertThat(slot.read(0x20, 8)).isEqualTo(0x1234_5678_9abc_def0L);
    assertThat(slot.read(0x38, 8)).isZero(); // Behind its end.
  }

  @Test
  void whatIsWrittenInAnotherSizeThanTheFieldsIsIgnored() {
    slot.write(0x14, 4, 1);
    slot.write(0x14, 2, 1);
    slot.write(0x18, 1, 4);
    slot.write(0x18, 4, 4);
    slot.write(0x22, 2, 4);
    assertThat(slot.read(0x14, 1)).isZero();
    assertThat(slot.read(0x18, 2)).isEqualTo(256);
    assertThat(slot.read(0x20, 8)).isZero();
  }

  @Test
  void requestsAreServedAndInterruptUntilTheStatusIsRead() {
    VirtioDriver.Ring ring = served();
    assertThat(ring.take()).isEqualTo(new Used(0, 513));
    assertThat(interrupt[0]).isTrue();
    assertThat(slot.config(6, 2) & 8).isNotZero();
    assertThat(slot.read(VirtioPci.ISR, 1)).isEqualTo(1);
    assertThat(interrupt[0]).isFalse();
    assertThat(slot.read(VirtioPci.ISR, 1)).isZero();
  }

  /** Address, data and no mask for a vector, whose data is 0x50 and its number. */
  private void open(int vector) {
    slot.table(16 * vector, 0x2800_0000L);
    slot.table(16 * vector + 8, 0x50 + vector);
    slot.table(16 * vector + 12, 0);
  }

  @Test
  void messagesAreSentInsteadOfInterruptsIfTheDriverWantsThem() {
    slot.config(slot.capability(MSIX) + 2, 2, 0x8000);
    open(0);
    open(1);
    VirtioDriver.Ring ring = started(0, 1);
    ring.add(driver.readable(new byte[16]), driver.writable(513));
    ring.kick();
    ring.offer(8); // No such descriptor.
    ring.kick();
    assertThat(slot.messages).containsExactly(0x51, 0x50);
    assertThat(interrupt[0]).isFalse();
    assertThat(slot.read(VirtioPci.ISR, 1)).isZero();
  }

  /** A device with vectors, and its first queue. */
  private VirtioDriver.Ring started(int config, int queue) {
    driver.negotiate(driver.offered() & ~(INDIRECT | EVENT_INDEX));
    slot.write(0x10, 2, config);
    VirtioDriver.Ring ring = driver.ring(0, 8, false);
    slot.write(0x1a, 2, queue);
    driver.ok();
    return ring;
  }

  @Test
  void aVectorThatIsNotThereIsRefusedAndSendsNothing() {
    slot.config(slot.capability(MSIX) + 2, 2, 0x8000);
    open(0);
    VirtioDriver.Ring ring = started(0, 2);
    assertThat(slot.read(0x1a, 2)).isEqualTo(NOTHING);
    assertThat(slot.read(0x10, 2)).isZero();
    ring.add(driver.readable(new byte[16]), driver.writable(513));
    ring.kick();
    assertThat(ring.hasUsed()).isTrue();
    assertThat(slot.messages).isEmpty();
    slot.write(0x14, 1, 0);
    assertThat(slot.read(0x10, 2)).isEqualTo(NOTHING);
  }

  @Test
  void aBrokenRuleInterruptsForTheConfiguration() {
    VirtioDriver.Ring ring = driver.start();
    ring.offer(8); // No such descriptor.
    ring.kick();
    assertThat(slot.read(0x14, 1) & NEEDS_RESET).isNotZero();
    assertThat(slot.read(VirtioPci.ISR, 1)).isEqualTo(2);
  }

  @Test
  void aQueueIsNotTakenBackButByAReset() {
    driver.start();
    slot.write(0x1c, 2, 0);
    assertThat(slot.read(0x1c, 2)).isEqualTo(1);
    slot.write(0x14, 1, 0);
    assertThat(slot.read(0x1c, 2)).isZero();
    assertThat(slot.read(0x14, 1)).isZero();
    assertThat(slot.read(0x18, 2)).isEqualTo(256);
  }

  @Test
  void withoutTheRightToReachMemoryNothingIsServedUntilItHasIt() {
    VirtioDriver.Ring ring = driver.start();
    slot.config(PciSlot.COMMAND, 2, PciSlot.MEMORY);
    ring.add(driver.readable(new byte[16]), driver.writable(513));
    ring.kick();
    assertThat(ring.hasUsed()).isFalse();
    slot.config(PciSlot.COMMAND, 2, PciSlot.MEMORY | PciSlot.MASTER);
    driver.steps.run();
    assertThat(ring.hasUsed()).isTrue();
  }

  @Test
  void theWindowInConfigurationSpaceReachesWhatIsBehindTheBar() {
    int at = capabilities().get(5);
    slot.config(PciSlot.COMMAND, 2, 0); // As before anything is set up.
    target(at, VirtioPci.BAR, 0x12, 2);
    assertThat(slot.config(at + 16, 2)).isEqualTo(1);
    target(at, VirtioPci.BAR, 0x14, 1);
    slot.config(at + 16, 1, 1);
    assertThat(slot.config(at + 16, 4)).isEqualTo(1);
    target(at, VirtioPci.BAR, VirtioPci.CONFIG, 4);
    assertThat(slot.config(at + 16, 4)).isEqualTo(2048); // Sectors.
  }

  @Test
  void theWindowDoesNothingForWhatIsNotThere() {
    int at = capabilities().get(5);
    int[][] wrong = {
      {0, 0x14, 1},
      {VirtioPci.BAR, 0x14, 3},
      {VirtioPci.BAR, 0x15, 2},
      {VirtioPci.BAR, 0x14, 8},
      {VirtioPci.BAR, VirtioPci.SIZE, 1},
      {VirtioPci.BAR, -4, 4},
      {VirtioPci.BAR, 0x14, 0}
    };
    for (int[] w : wrong) {
      target(at, w[0], w[1], w[2]);
      slot.config(at + 16, 4, 1);
      assertThat(slot.config(at + 16, 4)).isEqualTo(1); // It is a register.
      assertThat(slot.read(0x14, 1)).isZero();
    }
  }

  private void target(int at, int bar, long offset, int length) {
    slot.config(at + 4, 1, bar);
    slot.config(at + 8, 4, offset);
    slot.config(at + 12, 4, length);
  }

  @Test
  void aFunctionLevelResetIsOneOfTheDeviceToo() {
    served();
    slot.config(slot.capability(EXPRESS) + 8, 2, 0x8000);
    assertThat(interrupt[0]).isFalse();
    assertThat(slot.config(PciSlot.COMMAND, 2)).isZero();
    slot.enable();
    assertThat(slot.read(0x14, 1)).isZero();
    assertThat(slot.read(VirtioPci.ISR, 1)).isZero();
    assertThat(served().hasUsed()).isTrue();
  }

  @Test
  void aBarThatMovesDuringUseTakesTheDeviceWithIt() {
    VirtioDriver.Ring ring = driver.start();
    ring.add(driver.readable(new byte[16]), driver.writable(513));
    slot.config(0x20, 4, PciSlot.WINDOW + 0x10_0000);
    assertThat(slot.config(0x20, 4) & ~0xfL).isEqualTo(PciSlot.WINDOW + 0x10_0000);
    slot.config(0x20, 4, PciSlot.BAR);
    ring.kick();
    assertThat(ring.hasUsed()).isTrue();
  }

  @Test
  void restoredStateIsTheSameMachine() {
    VirtioDriver.Ring ring = served();
    ring.take();
    ring.add(driver.readable(new byte[16]), driver.writable(513)); // Not notified.
    boolean[] high = new boolean[1];
    PciSlot copy =
        new PciSlot(
            new VirtioBlock(disk, Runnable::run),
            driver.memory,
            level -> high[0] = level,
            driver.steps);
    copy.pci.function().restore(slot.pci.function().state());
    copy.pci.restore(slot.pci.state());
    driver.steps.run();
    assertThat(ring.hasUsed()).isTrue(); // What was available is found.
    assertThat(high[0]).isTrue();
    assertThat(copy.read(0x14, 1)).isEqualTo(15);

    PciSlot other =
        new PciSlot(new VirtioEntropy(b -> {}), driver.memory, level -> {}, driver.steps);
    assertThatThrownBy(() -> other.pci.restore(slot.pci.state()))
        .hasMessageContaining("virtio device 2");
  }

  /** As of a disk of several harts that was saved when it still had one queue. */
  @Test
  void aStateWithFewerQueuesIsRestoredAndTheOthersAreUnused() {
    slot.config(slot.capability(MSIX) + 2, 2, 0x8000);
    open(1);
    VirtioDriver.Ring ring = driver.start();
    slot.write(0x16, 2, 0);
    slot.write(0x1a, 2, 1);
    ring.add(driver.readable(new byte[16]), driver.writable(513)); // Not notified.
    TestTime time = new TestTime();
    PciSlot copy =
        new PciSlot(
            new VirtioBlock(disk, 4, Runnable::run, time, time),
            driver.memory,
            level -> {},
            driver.steps);
    copy.pci.function().restore(slot.pci.function().state());
    copy.pci.msix().orElseThrow().restore(slot.pci.msix().orElseThrow().state());
    copy.pci.restore(slot.pci.state());
    driver.steps.run();
    assertThat(ring.hasUsed()).isTrue();
    assertThat(copy.messages).containsExactly(0x51);
    copy.write(0x16, 2, 3);
    assertThat(copy.read(0x1a, 2)).isEqualTo(NOTHING);
    assertThat(copy.read(0x1c, 2)).isZero();
    assertThatThrownBy(() -> slot.pci.restore(copy.pci.state())).hasMessageContaining("vectors");
  }
}
