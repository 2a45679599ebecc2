package atoll.virtio;

import static atoll.virtio.VirtioDriver.*;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A disk that finishes a read when the test lets it. */
@Timeout(value = 8, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SlowDiskTest {
  private final GatedDisk disk = new GatedDisk(1 << 20);
  private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
  private final VirtioDriver driver = new VirtioDriver(new VirtioBlock(disk, executor));

  @AfterEach
  void close() {
    disk.let(1000);
    driver.close();
    executor.close();
  }

  @Test
  void aSlowDiskStopsNeitherNotificationsNorRegisters() throws InterruptedException {
    CountDownLatch done = new CountDownLatch(1);
    VirtioDriver.Ring ring = driver.start();
    driver.onInterrupt(done::countDown);
    ring.add(driver.readable(new byte[16]), driver.writable(513));
    ring.kick();
    disk.awaitBegun();
    ring.kick();
    assertThat(driver.get(INTERRUPT_STATUS)).isZero();
    disk.let(1);
    done.await();
    assertThat(ring.take().length()).isEqualTo(513);
  }

  @Test
  void manyRequestsFromTwoHartsAllComeBack() throws InterruptedException {
    disk.let(100_000);
    driver.negotiate(driver.offered());
    VirtioDriver.Ring ring = driver.ring(0, 256, true);
    driver.ok();
    Buffer header = driver.readable(new byte[16]);
    Buffer data = driver.writable(513);
    Object lock = new Object();
    int[] back = new int[1];
    Runnable hart =
        () -> {
          for (int i = 0; i < 2_000; i++) {
            synchronized (lock) {
              ring.add(header, data);
            }
            ring.kick();
            while (true) {
              synchronized (lock) {
                if (ring.hasUsed()) {
                  assertThat(ring.take().length()).isEqualTo(513);
                  back[0]++;
                  break;
                }
              }
              Thread.onSpinWait();
            }
          }
        };
    Thread one = Thread.ofPlatform().start(hart);
    Thread two = Thread.ofPlatform().start(hart);
    one.join();
    two.join();
    assertThat(back[0]).isEqualTo(4_000);
  }
}
