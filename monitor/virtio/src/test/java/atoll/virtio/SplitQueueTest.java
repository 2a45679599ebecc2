package atoll.virtio;

import static atoll.memory.GuestMemory.PAGE_SIZE;
import static atoll.virtio.VirtioDriver.*;
import static org.assertj.core.api.Assertions.assertThat;

import atoll.device.ExitBudget;
import atoll.memory.DirtyPages;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SplitQueueTest {
  /** The driver's rings are laid out by a driver whose device has nothing to do with them. */
  private final VirtioDriver driver =
      new VirtioDriver(new VirtioBlock(new MemoryDisk(512), Runnable::run));

  private final List<String> faults = new ArrayList<>();
  private final ExitBudget budget = new ExitBudget();

  /** Of the last request. */
  private DescriptorChain chain;

  private int head;

  @AfterEach
  void close() {
    driver.close();
  }

  private SplitQueue over(VirtioDriver.Ring ring, boolean indirect) {
    SplitQueue queue = new SplitQueue(driver.memory, 256, faults::add);
    queue.size(ring.size);
    queue.descriptors(ring.descriptors);
    queue.available(ring.available);
    queue.used(ring.used);
    queue.negotiated(indirect, ring.eventIndex);
    queue.start();
    assertThat(queue.ready()).isTrue();
    return queue;
  }

  /** Takes the next request, and with it all responsibility for giving it back. */
  private boolean pop(SplitQueue queue) {
    DescriptorChain next = queue.take(budget.refill());
    if (next != null) {
      chain = next;
      head = queue.hold();
    }
    return next != null;
  }

  @Test
  void aChainIsItsReadableBytesThenItsWritableOnes() {
    VirtioDriver.Ring ring = driver.ring(0, 8, false);
    SplitQueue queue = over(ring, false);
    assertThat(pop(queue)).isFalse();
    Buffer out = driver.writable(3);
    ring.add(
        driver.readable((byte) 1, (byte) 2),
        driver.readable((byte) 3),
        out,
        new Buffer(out.gpa() + 8, 4, true));
    assertThat(pop(queue)).isTrue();
    assertThat(chain.readable()).isEqualTo(3);
    assertThat(chain.writable()).isEqualTo(7);
    byte[] read = new byte[3];
    chain.read(read);
    assertThat(read).containsExactly(1, 2, 3);
    chain.write(new byte[] {9, 8, 7, 6, 5}, 0, 5);
    chain.writeLast((byte) 4);
    assertThat(driver.memory.read(out.gpa(), 12))
        .containsExactly(9, 8, 7, 0, 0, 0, 0, 0, 6, 5, 0, 4);
    assertThat(chain.writable()).isEqualTo(2);
    queue.push(head, 5);
    assertThat(ring.take()).isEqualTo(new Used(0, 5));
    assertThat(faults).isEmpty();
  }

  @Test
  void buffersAndRingsThatAreWrittenAreInTheDirtyLog() {
    VirtioDriver.Ring ring = driver.ring(0, 8, false);
    SplitQueue queue = over(ring, false);
    Buffer in = driver.readable((byte) 1);
    Buffer out = driver.writable(2 * PAGE_SIZE);
    ring.add(in, out);
    driver.memory.log().start();
    pop(queue);
    chain.read(new byte[1]);
    assertThat(driver.memory.log().collect().count()).isZero();
    chain.write(new byte[PAGE_SIZE], 0, PAGE_SIZE);
    DirtyPages filled = driver.memory.log().collect();
    assertThat(filled.contains(out.gpa())).isTrue();
    assertThat(filled.contains(out.gpa() + PAGE_SIZE - 1)).isTrue();
    queue.push(0, 16);
    assertThat(driver.memory.log().collect().contains(ring.used)).isTrue();
    assertThat(driver.memory.log().collect().count()).isZero();
  }

  @Test
  void indirectTablesWorkAloneAndAfterOrdinaryDescriptors() {
    VirtioDriver.Ring ring = driver.ring(0, 8, false);
    SplitQueue queue = over(ring, true);
    ring.addIndirect(driver.readable((byte) 1), driver.readable((byte) 2), driver.writable(5));
    assertThat(pop(queue)).isTrue();
    assertThat(chain.readable()).isEqualTo(2);
    assertThat(chain.writable()).isEqualTo(5);

    int second = ring.addIndirect(driver.readable((byte) 2), driver.writable(6));
    Buffer first = driver.readable((byte) 7);
    ring.descriptor(5, first.gpa(), 1, 1, second);
    ring.offer(5);
    assertThat(pop(queue)).isTrue();
    assertThat(pop(queue)).isTrue();
    assertThat(chain.readable()).isEqualTo(2);
    assertThat(chain.writable()).isEqualTo(6);
    assertThat(faults).isEmpty();
  }

  @Test
  void anIndirectTableMayBeLongerThanTheRingButNotEndless() {
    VirtioDriver.Ring ring = driver.ring(0, 2, false);
    SplitQueue queue = over(ring, true);
    Buffer[] many = new Buffer[1024];
    java.util.Arrays.fill(many, driver.readable((byte) 1));
    ring.addIndirect(many);
    assertThat(pop(queue)).isTrue();
    assertThat(chain.readable()).isEqualTo(1024);
    Buffer[] more = java.util.Arrays.copyOf(many, 1025);
    more[1024] = many[0];
    ring.addIndirect(more);
    broken(queue, "more than 1024");
  }

  @Test
  void indicesWrapAround() {
    VirtioDriver.Ring ring = driver.ring(0, 4, false);
    SplitQueue queue = over(ring, false);
    Buffer buffer = driver.readable((byte) 1);
    for (int i = 0; i < 70_000; i++) {
      ring.add(buffer);
      assertThat(pop(queue)).isTrue();
      queue.push(head, 0);
      assertThat(queue.interruptWanted()).isTrue();
      assertThat(ring.take().head()).isEqualTo(i % 4);
    }
    assertThat(pop(queue)).isFalse();
  }

  @Test
  void theDriversFlagSuppressesInterruptsAndTheDevicesFlagNotifications() {
    VirtioDriver.Ring ring = driver.ring(0, 4, false);
    SplitQueue queue = over(ring, false);
    assertThat(queue.interruptWanted()).isFalse();
    driver.memory.putShort(ring.available, (short) 1);
    queue.push(0, 0);
    assertThat(queue.interruptWanted()).isFalse();
    driver.memory.putShort(ring.available, (short) 0);
    queue.push(0, 0);
    assertThat(queue.interruptWanted()).isTrue();
    assertThat(queue.interruptWanted()).isFalse();
    queue.quiet();
    assertThat(driver.memory.getShort(ring.used)).isEqualTo((short) 1);
    assertThat(queue.listen()).isFalse();
    assertThat(driver.memory.getShort(ring.used)).isEqualTo((short) 0);
    ring.add(driver.readable((byte) 1));
    assertThat(queue.listen()).isTrue();
  }

  @Test
  void anEventIndexAsksForTheInterruptAtOneEntry() {
    VirtioDriver.Ring ring = driver.ring(0, 4, true);
    SplitQueue queue = over(ring, false);
    ring.usedEvent(2);
    queue.push(0, 0);
    assertThat(queue.interruptWanted()).isFalse();
    queue.push(0, 0);
    assertThat(queue.interruptWanted()).isFalse();
    queue.push(0, 0);
    assertThat(queue.interruptWanted()).isTrue();
    ring.usedEvent(4);
    queue.push(0, 0);
    queue.push(0, 0);
    queue.push(0, 0);
    assertThat(queue.interruptWanted()).isTrue(); // Entry 4 is among those since.
    queue.push(0, 0);
    assertThat(queue.interruptWanted()).isFalse();
  }

  @Test
  void listeningPublishesTheEntryToNotifyAt() {
    VirtioDriver.Ring ring = driver.ring(0, 4, true);
    SplitQueue queue = over(ring, false);
    for (int i = 0; i < 3; i++) {
      ring.add(driver.readable((byte) 1));
      assertThat(queue.listen()).isTrue();
      assertThat(pop(queue)).isTrue();
    }
    assertThat(queue.listen()).isFalse();
    assertThat(ring.availableEvent()).isEqualTo(3);
  }

  @Test
  void emptyBuffersAreSkipped() {
    VirtioDriver.Ring ring = driver.ring(0, 4, false);
    SplitQueue queue = over(ring, false);
    ring.add(new Buffer(RAM, 0, false), driver.readable((byte) 5), new Buffer(RAM, 0, true));
    assertThat(pop(queue)).isTrue();
    assertThat(chain.readable()).isEqualTo(1);
    assertThat(chain.hasWritable()).isFalse();
  }

  @Test
  void anAvailableIndexTooFarAheadIsRefused() {
    VirtioDriver.Ring ring = driver.ring(0, 4, false);
    SplitQueue queue = over(ring, false);
    driver.memory.putShort(ring.available + 2, (short) 5);
    broken(queue, "5 ahead of a queue of 4");
  }

  @Test
  void aHeadOrNextBeyondTheTableIsRefused() {
    VirtioDriver.Ring ring = driver.ring(0, 4, false);
    SplitQueue queue = over(ring, false);
    ring.offer(0xffff);
    broken(queue, "descriptor 65535");

    VirtioDriver.Ring second = driver.ring(0, 4, false);
    SplitQueue next = over(second, false);
    second.descriptor(0, RAM, 1, 1, 4);
    second.offer(0);
    broken(next, "descriptor 4 of a table of 4");
  }

  @Test
  void aLoopIsRefused() {
    VirtioDriver.Ring ring = driver.ring(0, 4, false);
    SplitQueue queue = over(ring, false);
    ring.descriptor(0, RAM, 1, 1, 1);
    ring.descriptor(1, RAM, 1, 1, 0);
    ring.offer(0);
    broken(queue, "a loop");
  }

  @Test
  void aBufferOutsideMemoryIsRefused() {
    for (Buffer bad :
        List.of(
            new Buffer(RAM - 1, 2, false),
            new Buffer(RAM + RAM_SIZE - 1, 2, true),
            new Buffer(0, 1, true),
            new Buffer(-1, 1, true),
            new Buffer(-16, 32, true),
            new Buffer(RAM, -1, true),
            new Buffer(Long.MAX_VALUE, 16, false))) {
      VirtioDriver.Ring ring = driver.ring(0, 4, false);
      SplitQueue queue = over(ring, false);
      ring.add(bad);
      broken(queue, "outside RAM");
    }
  }

  @Test
  void aReadableBufferAfterAWritableOneIsRefused() {
    VirtioDriver.Ring ring = driver.ring(0, 4, false);
    SplitQueue queue = over(ring, false);
    ring.add(driver.writable(1), driver.readable((byte) 1));
    broken(queue, "readable buffer after");
  }

  @Test
  void wrongIndirectTablesAreRefused() {
    indirect(true, 4, RAM, 8, "table of 8 bytes");
    indirect(true, 4, RAM, 0, "table of 0 bytes");
    indirect(true, 4, RAM - 16, 32, "table of 32 bytes");
    indirect(true, 4, RAM, -16, "indirect table");
    indirect(true, 4 | 1, RAM, 16, "with a next one");
    indirect(false, 4, RAM, 16, "not negotiated");
    long table = driver.allocate(16);
    driver.memory.putLong(table, RAM);
    driver.memory.putInt(table + 8, 16);
    driver.memory.putShort(table + 12, (short) 4);
    indirect(true, 4, table, 16, "in a table");
  }

  private void indirect(boolean negotiated, int flags, long gpa, int length, String message) {
    VirtioDriver.Ring ring = driver.ring(0, 4, false);
    SplitQueue queue = over(ring, negotiated);
    ring.descriptor(0, gpa, length, flags, 0);
    ring.offer(0);
    broken(queue, message);
  }

  private void broken(SplitQueue queue, String message) {
    faults.clear();
    assertThat(pop(queue)).isFalse();
    assertThat(faults).singleElement().asString().contains(message);
    assertThat(pop(queue)).isFalse();
    assertThat(queue.listen()).isFalse();
    assertThat(faults).hasSize(1);
  }
}
