package atoll.virtio;

import static atoll.virtio.VirtioDriver.*;
import static org.assertj.core.api.Assertions.assertThat;

import atoll.device.spi.BlockBackend;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A disk that is quick, slow, at hand or failing by chance, and a driver that resets, takes queues
 * away, breaks rules and is paused by chance, while many requests are in flight: nothing is lost,
 * given back twice, or touched after a reset; and nothing hangs.
 */
@Timeout(value = 8, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class UnsteadyDiskTest {
  private static final int[] TYPES = {0, 0, 0, 1, 1, 4, 11, 13, 99};
  private static final int ROUNDS = 150;
  private static final int RING = 64;
  private static final byte UNTOUCHED = 0x55;

  /** Does anything, on several threads. */
  private static final class Unsteady implements BlockBackend {
    private final AtomicInteger inside = new AtomicInteger();
    private final Random random;
    private volatile boolean steady;

    Unsteady(long seed) {
      random = new Random(seed);
    }

    private void happen() throws IOException {
      inside.incrementAndGet();
      try {
        int chance = steady ? 5 : random.nextInt(20);
        spin(chance == 2 ? 20_000 : 200 * chance);
        switch (chance) {
          case 0 -> throw new IOException("by chance");
          case 1 -> throw new OutOfMemoryError("by chance");
          default -> {}
        }
      } finally {
        inside.decrementAndGet();
      }
    }

    @Override
    public long size() {
      return 1 << 20;
    }

    @Override
    public boolean readOnly() {
      return false;
    }

    @Override
    public void read(long offset, MemorySegment into) throws IOException {
      happen();
      into.fill((byte) 7);
    }

    @Override
    public boolean readNow(long offset, List<MemorySegment> into) throws IOException {
      boolean now = random.nextBoolean();
      if (now) {
        into.forEach(piece -> piece.fill((byte) 7));
      }
      return now;
    }

    @Override
    public void write(long offset, MemorySegment from) throws IOException {
      happen();
    }

    @Override
    public boolean writesSoon() {
      return random.nextBoolean();
    }

    @Override
    public void flush() throws IOException {
      happen();
    }

    @Override
    public void discard(long offset, long length) throws IOException {
      happen();
    }

    @Override
    public void writeZeroes(long offset, long length, boolean mayUnmap) throws IOException {
      happen();
    }

    @Override
    public String serial() {
      return "unsteady";
    }

    @Override
    public void close() {}
  }

  private static void spin(int times) {
    for (int n = 0; n < times; n++) {
      Thread.onSpinWait();
    }
  }

  private final ExecutorService threads = Executors.newCachedThreadPool();
  private Unsteady disk;
  private VirtioDriver driver;
  private Random random;
  private final List<VirtioDriver.Ring> rings = new ArrayList<>();
  private final List<Set<Integer>> offered = new ArrayList<>();

  @AfterEach
  void close() {
    driver.close();
    threads.close();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6})
  void nothingIsLostAndNothingHangs(long seed) throws InterruptedException {
    random = new Random(seed);
    disk = new Unsteady(seed);
    driver = new VirtioDriver(new VirtioBlock(disk, 2, threads, new TestTime(), new TestTime()));
    long buffers = driver.allocate(64 << 10);
    begin();
    for (int round = 0; round < ROUNDS; round++) {
      offerSome(buffers);
      switch (random.nextInt(6)) {
        case 0 -> reset();
        case 1 -> takeAway();
        case 2 -> pauseAndGoOn();
        case 3 -> breakARule();
        default -> {}
      }
      takeBack();
    }
    disk.steady = true;
    reset();
    offerSome(buffers);
    awaitAll();
    assertThat(driver.mmio.statistics().faults()).isPositive();
  }

  /** Rings of its own, at the same places as before. */
  private void begin() {
    driver.negotiate(driver.offered() & ~EVENT_INDEX);
    rings.clear();
    offered.clear();
    for (int queue = 0; queue < 2; queue++) {
      rings.add(ring(queue));
      offered.add(new HashSet<>());
    }
    driver.ok();
  }

  private VirtioDriver.Ring ring(int queue) {
    return driver.ring(queue, RING, false);
  }

  private void offerSome(long buffers) {
    for (int n = random.nextInt(2 * RING); n > 0; n--) {
      int queue = random.nextInt(2);
      int first = 3 * random.nextInt(RING / 3);
      if (offered.get(queue).add(first)) { // Its descriptors are free.
        offer(queue, first, buffers);
      }
      if (random.nextInt(4) == 0) {
        rings.get(queue).kick();
      }
    }
    rings.forEach(VirtioDriver.Ring::kick);
  }

  /** A request of three descriptors, whose buffers others may use as well. */
  private void offer(int queue, int first, long buffers) {
    int type = TYPES[random.nextInt(TYPES.length)];
    int slot = random.nextInt(64);
    long head = buffers + 32L * slot;
    driver.memory.putInt(head, type);
    driver.memory.putLong(head + 8, random.nextInt(2048));
    int size = type >= 11 && type <= 13 ? 16 : 512 << random.nextInt(4);
    long data = buffers + 8192 + 512L * random.nextInt(16);
    VirtioDriver.Ring ring = rings.get(queue);
    ring.descriptor(first, head, 16, 1, first + 1);
    ring.descriptor(first + 1, data, size, type == 0 ? 3 : 1, first + 2);
    ring.descriptor(first + 2, buffers + 4096 + slot, 1, 2, 0);
    ring.offer(first);
  }

  private void takeBack() {
    for (int queue = 0; queue < 2; queue++) {
      while (rings.get(queue).hasUsed()) {
        int head = rings.get(queue).take().head();
        assertThat(offered.get(queue).remove(head)).as("given back once").isTrue();
      }
    }
  }

  private void awaitAll() throws InterruptedException {
    while (offered.stream().anyMatch(set -> !set.isEmpty())) {
      driver.steps.finish();
      takeBack();
      Thread.onSpinWait();
    }
  }

  /** Complete when nobody is in the disk or in memory any more. */
  private void reset() throws InterruptedException {
    driver.set(STATUS, 0);
    driver.steps.finish();
    assertThat(driver.get(STATUS)).isZero();
    assertThat(disk.inside).hasValue(0);
    for (VirtioDriver.Ring ring : rings) {
      driver.memory.putInt(ring.used, UNTOUCHED);
    }
    spin(1_000);
    for (VirtioDriver.Ring ring : rings) {
      assertThat(driver.memory.getInt(ring.used)).isEqualTo(UNTOUCHED);
    }
    begin();
  }

  private void takeAway() throws InterruptedException {
    int queue = random.nextInt(2);
    driver.set(QUEUE_SEL, queue);
    driver.set(QUEUE_READY, 0);
    driver.steps.finish();
    assertThat(driver.get(QUEUE_READY)).isZero();
    takeBack();
    rings.set(queue, ring(queue));
    offered.set(queue, new HashSet<>());
  }

  /** Nothing of it is lost. */
  private void pauseAndGoOn() throws InterruptedException {
    driver.mmio.pause();
    assertThat(disk.inside).hasValue(0);
    VirtioMmio.State state = driver.mmio.state();
    if (random.nextBoolean()) {
      driver.mmio.restore(state);
    }
    driver.mmio.resume();
    awaitAll();
  }

  private void breakARule() throws InterruptedException {
    rings.get(random.nextInt(2)).offer(RING + random.nextInt(1000));
    rings.forEach(VirtioDriver.Ring::kick);
    while ((driver.get(STATUS) & NEEDS_RESET) == 0) {
      driver.steps.finish();
      Thread.onSpinWait();
    }
    reset();
  }
}
