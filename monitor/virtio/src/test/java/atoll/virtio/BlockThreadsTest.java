package atoll.virtio;

import static atoll.virtio.VirtioDriver.*;
import static org.assertj.core.api.Assertions.assertThat;

import atoll.device.ExitBudget;
import atoll.memory.GuestMemory;
import atoll.memory.PageGuards;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Several requests of a disk at the same time, by threads and by the vCPU that notifies. */
@Timeout(value = 8, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class BlockThreadsTest {
  private static final int IN = 0;
  private static final int OUT = 1;
  private static final int FLUSH = 4;
  private static final int MQ = 1 << 12;
  private static final long DISK = 1L << 30;
  private static final byte UNTOUCHED = 0x55;

  private final PlacesDisk disk = new PlacesDisk(DISK);
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final Executor none =
      task -> {
        throw new AssertionError("a thread is asked for");
      };
  private VirtioBlock device;
  private VirtioDriver driver;
  private VirtioDriver.Ring ring;

  private void start(int queues, Executor executor) {
    device = new VirtioBlock(disk, queues, executor, new TestTime(), new TestTime());
    driver = new VirtioDriver(device);
    driver.negotiate(driver.offered() & ~EVENT_INDEX);
    ring = driver.ring(0, 256, false);
  }

  private void start() {
    start(1, threads);
    driver.ok();
  }

  @AfterEach
  void close() {
    disk.open();
    driver.close();
    threads.close();
  }

  private static byte[] header(int type, long place) {
    return littleEndian(16, b -> b.putInt(type).putInt(0).putLong(place / 512));
  }

  /** Offers a request of a sector; its status byte. */
  private Buffer offer(VirtioDriver.Ring to, int type, long place) {
    Buffer status = driver.writable(1);
    driver.memory.putByte(status.gpa(), UNTOUCHED);
    Buffer head = driver.readable(header(type, Math.max(0, place)));
    switch (type) {
      case IN -> to.addIndirect(head, driver.writable(512), status);
      case OUT -> to.addIndirect(head, driver.readable(new byte[512]), status);
      default -> to.addIndirect(head, status);
    }
    return status;
  }

  private Buffer offer(int type, long place) {
    return offer(ring, type, place);
  }

  private int status(Buffer status) {
    return driver.memory.getByte(status.gpa());
  }

  private void awaitStatus(Buffer status) {
    while (status(status) == UNTOUCHED) {
      Thread.onSpinWait();
    }
  }

  private void awaitUsed(VirtioDriver.Ring of, int count) {
    while ((driver.memory.getShort(of.used + 2) & 0xffff) < count) {
      Thread.onSpinWait();
    }
  }

  private Set<Long> begun(int count) throws InterruptedException {
    Set<Long> places = new HashSet<>();
    for (int n = 0; n < count; n++) {
      places.add(disk.begun.take());
    }
    return places;
  }

  @Test
  void slowRequestsAreUnderWayTogetherAndEndInAnyOrder() throws InterruptedException {
    start();
    Buffer first = offer(IN, 0);
    Buffer second = offer(OUT, 512);
    Buffer third = offer(IN, 1024);
    ring.kick();
    assertThat(begun(3)).containsExactlyInAnyOrder(0L, 512L, 1024L);
    disk.let(1024);
    awaitStatus(third);
    assertThat(status(first)).isEqualTo(UNTOUCHED);
    awaitUsed(ring, 1);
    assertThat(ring.take()).isEqualTo(new Used(2, 513));
    disk.let(512);
    awaitUsed(ring, 2);
    assertThat(ring.take()).isEqualTo(new Used(1, 1));
    disk.let(0);
    awaitUsed(ring, 3);
    assertThat(ring.take()).isEqualTo(new Used(0, 513));
    assertThat(status(first) + status(second) + status(third)).isZero();
  }

  @Test
  void whatComesWhileOthersAreUnderWayIsBegunAtOnce() throws InterruptedException {
    start();
    for (long place = 0; place < 5 * 512; place += 512) {
      offer(IN, place);
      ring.kick();
      assertThat(disk.begun.take()).isEqualTo(place);
    }
  }

  @Test
  void aFlushWaitsForTheWritesOfItsRingBeforeItAndForNoOther() throws InterruptedException {
    start();
    offer(OUT, 0);
    offer(OUT, 512);
    Buffer flush = offer(FLUSH, 0);
    Buffer later = offer(OUT, 1024);
    ring.kick();
    assertThat(begun(3)).containsExactlyInAnyOrder(0L, 512L, 1024L);
    disk.let(1024);
    awaitStatus(later);
    disk.let(512);
    awaitUsed(ring, 2);
    assertThat(disk.begun).isEmpty();
    disk.let(0);
    assertThat(disk.begun.take()).isEqualTo(PlacesDisk.FLUSH);
    assertThat(status(flush)).isEqualTo(UNTOUCHED);
    disk.let(PlacesDisk.FLUSH);
    awaitUsed(ring, 4);
    assertThat(status(flush)).isZero();
  }

  @Test
  void aFloodOfRequestsTakesSoManyThreadsAndNoMore() throws InterruptedException {
    start();
    for (int n = 0; n < 256; n++) {
      offer(IN, n * 512L);
    }
    ring.kick();
    begun(VirtioBlock.MOST_THREADS);
    List<SplitQueue.Request> taken = driver.mmio.state().session().queues().getFirst().requests();
    assertThat(taken).hasSize(VirtioBlock.MOST_THREADS);
    assertThat(disk.begun).isEmpty();
    disk.open();
    awaitUsed(ring, 256);
    Set<Integer> heads = new HashSet<>();
    for (int n = 0; n < 256; n++) {
      Used used = ring.take();
      assertThat(used.length()).isEqualTo(513);
      heads.add(used.head());
    }
    assertThat(heads).hasSize(256);
  }

  @Test
  void aPlaceThatFailsIsAnErrorOfItsRequestAmongOthers() throws InterruptedException {
    start();
    disk.failing.add(512L);
    Buffer good = offer(IN, 0);
    Buffer bad = offer(IN, 512);
    Buffer other = offer(OUT, 1024);
    ring.kick();
    begun(3);
    disk.open();
    awaitUsed(ring, 3);
    assertThat(List.of(status(good), status(bad), status(other))).containsExactly(0, 1, 0);
    disk.failing.clear();
    Buffer again = offer(IN, 512);
    ring.kick();
    awaitUsed(ring, 4);
    assertThat(status(again)).isZero();
  }

  @Test
  void aBadChainBreaksTheDeviceWhileOthersAreUnderWayAndAResetWaitsForThose()
      throws InterruptedException {
    start();
    offer(IN, 0);
    offer(IN, 512);
    ring.kick();
    begun(2);
    ring.offer(300); // There is no such descriptor.
    ring.kick();
    while ((driver.get(STATUS) & NEEDS_RESET) == 0) {
      Thread.onSpinWait();
    }
    driver.set(STATUS, 0);
    assertThat(driver.steps.blocked()).isTrue();
    assertThat(driver.get(STATUS)).isNotZero();
    disk.let(512);
    driver.steps.run();
    assertThat(driver.get(STATUS)).isNotZero(); // One of them is still there.
    disk.let(0);
    driver.steps.finish();
    assertThat(driver.get(STATUS)).isZero();
    assertThat(driver.mmio.statistics().lastFault()).contains("descriptor 300");
    useAfterwards();
  }

  @Test
  void aResetWithSeveralUnderWayGivesNoneBackAndBeginsNone() throws InterruptedException {
    start();
    for (int n = 0; n < 40; n++) {
      offer(n % 2 == 0 ? IN : OUT, n * 512L);
    }
    offer(FLUSH, 0); // which waits for all of them
    ring.kick();
    begun(VirtioBlock.MOST_THREADS);
    driver.set(STATUS, 0);
    assertThat(driver.steps.blocked()).isTrue();
    disk.open();
    driver.steps.finish();
    assertThat(driver.get(STATUS)).isZero();
    assertThat(disk.begun).isEmpty();
    useAfterwards();
  }

  @Test
  void aFlushThatWaitsIsLeftByAReset() throws InterruptedException {
    start();
    offer(OUT, 0);
    offer(FLUSH, 0);
    ring.kick();
    assertThat(disk.begun.take()).isZero();
    driver.set(STATUS, 0);
    disk.let(0);
    driver.steps.finish();
    assertThat(driver.get(STATUS)).isZero();
    assertThat(disk.begun).isEmpty();
    useAfterwards();
  }

  private void useAfterwards() {
    disk.open();
    driver.negotiate(driver.offered() & ~EVENT_INDEX);
    ring = driver.ring(0, 16, false);
    driver.ok();
    Buffer read = offer(IN, 4096);
    Buffer flush = offer(FLUSH, 0);
    ring.kick();
    awaitUsed(ring, 2);
    assertThat(status(read) + status(flush)).isZero();
  }

  @Test
  void aStateHasAllThatAreUnderWayAndTheCopyDoesThem() throws InterruptedException {
    start();
    List<Buffer> all = new ArrayList<>();
    for (int n = 0; n < 3; n++) {
      all.add(offer(IN, n * 512L));
    }
    ring.kick();
    begun(3);
    VirtioMmio.State state = driver.mmio.state();
    assertThat(state.session().queues().getFirst().requests())
        .extracting(SplitQueue.Request::head)
        .containsExactly(0, 1, 2);
    PlacesDisk other = new PlacesDisk(DISK);
    other.open();
    VirtioMmio copy =
        new VirtioMmio(
            "copy", new VirtioBlock(other, Runnable::run), driver.memory, high -> {}, driver.steps);
    copy.restore(state);
    assertThat(copy.state()).isEqualTo(state);
    driver.steps.run();
    assertThat(other.begun).containsExactly(0L, 512L, 1024L);
    assertThat(all).allMatch(status -> status(status) == 0);
    assertThat(copy.state().session().queues().getFirst().requests()).isEmpty();
  }

  @Test
  void aPauseLeavesWhatIsUnderWayForAfterwards() throws InterruptedException {
    start();
    Buffer first = offer(IN, 0);
    Buffer second = offer(OUT, 512);
    ring.kick();
    begun(2);
    Thread pausing = Thread.ofPlatform().start(driver.mmio::pause);
    while (pausing.getState() != Thread.State.WAITING) {
      Thread.onSpinWait();
    }
    disk.open();
    pausing.join();
    int back = driver.memory.getShort(ring.used + 2);
    offer(IN, 1024);
    ring.kick();
    assertThat(disk.begun).isEmpty();
    assertThat(driver.memory.getShort(ring.used + 2)).isEqualTo((short) back);
    driver.mmio.resume();
    driver.steps.finish();
    awaitUsed(ring, 3);
    assertThat(status(first) + status(second)).isZero();
  }

  @Test
  void whatTheHostHasAtHandIsReadByTheVcpuThatNotifies() {
    start(1, none);
    driver.ok();
    disk.atHand.addAll(Set.of(0L, 4096L));
    Buffer first = offer(IN, 0);
    Buffer second = offer(IN, 4096);
    ring.kick();
    assertThat(ring.take()).isEqualTo(new Used(0, 513));
    assertThat(ring.take()).isEqualTo(new Used(1, 513));
    assertThat(status(first) + status(second)).isZero();
    assertThat(driver.acknowledge()).isEqualTo(1);
    assertThat(driver.mmio.statistics().interrupts()).isEqualTo(1); // one for both
    assertThat(disk.begun).isEmpty();
  }

  @Test
  void readsAtHandTakeStepsOfBoundedWork() {
    start(1, Runnable::run);
    driver.ok();
    for (int n = 0; n < 256; n++) {
      disk.atHand.add(n * 512L);
      offer(IN, n * 512L);
    }
    ring.kick();
    awaitUsed(ring, 256);
    assertThat(driver.steps.longest).isLessThan(2 * ExitBudget.UNITS);
  }

  @Test
  void aReadIntoManyBuffersIsNotForTheVcpuThoughItIsAtHand() {
    start();
    disk.open();
    disk.atHand.add(0L);
    Buffer[] buffers = new Buffer[65];
    buffers[0] = driver.readable(header(IN, 0));
    for (int n = 1; n < 65; n++) {
      buffers[n] = new Buffer(RAM + RAM_SIZE / 2 + 32L * n, n == 64 ? 9 : 8, true);
    }
    ring.addIndirect(buffers);
    ring.kick();
    awaitUsed(ring, 1);
    assertThat(ring.take().length()).isEqualTo(513);
    assertThat(disk.begun).isNotEmpty();
  }

  @Test
  void aReadThatIsNotAtHandIsReadByAThreadWithThoseBehindIt() throws InterruptedException {
    start();
    disk.atHand.add(1024L);
    Buffer slow = offer(IN, 512);
    Buffer quick = offer(IN, 1024);
    ring.kick();
    awaitStatus(quick);
    assertThat(status(slow)).isEqualTo(UNTOUCHED);
    assertThat(disk.begun.take()).isEqualTo(512);
    disk.let(512);
    awaitUsed(ring, 2);
    assertThat(driver.contents(slow)).containsExactly(0);
  }

  @Test
  void aReadIntoAProtectedPageBreaksTheDeviceHoweverItIsServed() {
    for (boolean now : new boolean[] {true, false}) {
      start(1, Runnable::run);
      driver.ok();
      disk.open();
      disk.atHand.clear();
      disk.atHand.addAll(now ? Set.of(0L) : Set.of());
      Buffer status = driver.writable(1);
      Buffer first = driver.writable(256);
      Buffer second = new Buffer(RAM + RAM_SIZE / 2, 256, true);
      driver.memory.guards().attach(protecting(second.gpa()));
      ring.addIndirect(driver.readable(header(IN, 0)), first, second, status);
      ring.kick();
      assertThat(driver.get(STATUS) & NEEDS_RESET).isNotZero();
      assertThat(driver.mmio.statistics().lastFault()).contains("protected page");
      assertThat(ring.hasUsed()).isFalse();
      assertThat(driver.contents(second)).containsOnly(0);
    }
  }

  private static PageGuards.Gate protecting(long page) {
    return new PageGuards.Gate() {
      @Override
      public boolean beginWrite(long gpa, long length) {
        return gpa + length <= page || gpa >= page + GuestMemory.PAGE_SIZE;
      }

      @Override
      public void endWrite(long gpa, long length) {
        assertThat(beginWrite(gpa, length)).isTrue();
      }
    };
  }

  @Test
  void eachHartHasAQueueOfItsOwn() throws InterruptedException {
    start(3, threads);
    VirtioDriver.Ring third = driver.ring(2, 16, false);
    driver.ok();
    assertThat(driver.offered() & MQ).isNotZero();
    assertThat(driver.get(CONFIG + 34, 2)).isEqualTo(3);
    Buffer one = offer(IN, 0);
    Buffer other = offer(third, IN, 512);
    ring.kick();
    third.kick();
    assertThat(begun(2)).containsExactlyInAnyOrder(0L, 512L);
    disk.let(512);
    awaitUsed(third, 1);
    assertThat(status(one)).isEqualTo(UNTOUCHED);
    assertThat(status(other)).isZero();
    disk.let(0);
    awaitUsed(ring, 1);
  }

  @Test
  void aDiskOfOneQueueOffersNoMore() {
    start();
    assertThat(driver.offered() & MQ).isZero();
    assertThat(driver.get(CONFIG + 34, 2)).isEqualTo(1);
  }

  @Test
  void aStateOfADiskWithOneQueueIsTakenUpByOneWithSeveral() {
    start();
    Buffer read = offer(IN, 0);
    VirtioMmio.State state = driver.mmio.state();
    disk.open();
    VirtioMmio copy =
        new VirtioMmio(
            "copy",
            new VirtioBlock(disk, 4, Runnable::run, new TestTime(), new TestTime()),
            driver.memory,
            high -> {},
            driver.steps);
    copy.restore(state);
    driver.steps.run();
    assertThat(status(read)).isZero();
    assertThat(copy.state().session().queues()).hasSize(4);
    assertThat(IntStream.range(1, 4))
        .allMatch(n -> !copy.state().session().queues().get(n).ready());
  }

  @Test
  void aNewSizeIsToldByAnInterruptAndANewGeneration() {
    start();
    int generation = driver.get(CONFIG_GENERATION);
    disk.size = 2 * DISK;
    device.resized();
    assertThat(driver.acknowledge()).isEqualTo(2);
    assertThat(driver.get(CONFIG_GENERATION)).isNotEqualTo(generation);
    assertThat(driver.get(CONFIG)).isEqualTo((int) (2 * DISK / 512));
    disk.open();
    Buffer behind = offer(IN, DISK + 512);
    ring.kick();
    awaitUsed(ring, 1);
    assertThat(status(behind)).isZero();
  }

  @Test
  void aHeldDiskEndsWhatIsUnderWayAndBeginsNothingUntilItGoesOn() throws InterruptedException {
    start();
    Buffer first = offer(IN, 0);
    Buffer second = offer(OUT, 512);
    ring.kick();
    begun(2);
    CompletableFuture<Void> held = device.hold();
    Buffer later = offer(IN, 1024);
    ring.kick();
    disk.let(512);
    awaitUsed(ring, 1);
    assertThat(held).isNotDone();
    disk.let(0);
    held.join();
    assertThat(status(first) + status(second)).isZero();
    driver.steps.finish();
    assertThat(disk.begun).isEmpty();
    assertThat(status(later)).isEqualTo(UNTOUCHED);
    disk.open();
    device.goOn();
    driver.steps.finish();
    awaitUsed(ring, 3);
    assertThat(status(later)).isZero();
  }

  @Test
  void aFlushThatWaitsIsUnderWayToo() throws InterruptedException {
    start();
    offer(OUT, 0);
    Buffer flush = offer(FLUSH, 0);
    ring.kick();
    assertThat(disk.begun.take()).isZero();
    while (driver.mmio.state().session().queues().getFirst().requests().size() < 2) {
      Thread.onSpinWait();
    }
    CompletableFuture<Void> held = device.hold();
    disk.let(0);
    assertThat(disk.begun.take()).isEqualTo(PlacesDisk.FLUSH);
    assertThat(held).isNotDone();
    disk.let(PlacesDisk.FLUSH);
    held.join();
    assertThat(status(flush)).isZero();
  }

  @Test
  void aHeldDiskReadsNothingAtHandEither() throws InterruptedException {
    start(1, Runnable::run);
    driver.ok();
    disk.atHand.add(0L);
    device.hold().join();
    Buffer read = offer(IN, 0);
    ring.kick();
    driver.steps.finish();
    assertThat(status(read)).isEqualTo(UNTOUCHED);
    device.goOn();
    driver.steps.finish();
    assertThat(status(read)).isZero();
  }

  @Test
  void aResetOfAHeldDiskLeavesWhatIsUnderWayAndItsNextDriverWaitsToo() throws InterruptedException {
    start();
    offer(IN, 0);
    ring.kick();
    begun(1);
    CompletableFuture<Void> held = device.hold();
    driver.set(STATUS, 0);
    disk.let(0);
    driver.steps.finish();
    held.join();
    disk.open();
    driver.negotiate(driver.offered() & ~EVENT_INDEX);
    ring = driver.ring(0, 16, false);
    driver.ok();
    Buffer read = offer(IN, 4096);
    ring.kick();
    driver.steps.finish();
    assertThat(status(read)).isEqualTo(UNTOUCHED);
    device.goOn();
    driver.steps.finish();
    awaitUsed(ring, 1);
    assertThat(status(read)).isZero();
  }
}
