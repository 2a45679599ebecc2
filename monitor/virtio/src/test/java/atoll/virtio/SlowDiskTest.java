package atoll.virtio;

import static atoll.virtio.VirtioDriver.*;
import static org.assertj.core.api.Assertions.assertThat;

import atoll.device.spi.BlockBackend;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A disk that finishes a read when the test lets it. */
@Timeout(value = 20, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SlowDiskTest {
  private final CountDownLatch started = new CountDownLatch(1);
  private final Semaphore finish = new Semaphore(0);
  private final AtomicBoolean touched = new AtomicBoolean();
  private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
  private final VirtioDriver driver = new VirtioDriver(new VirtioBlock(new SlowDisk(), executor));

  private final class SlowDisk implements BlockBackend {
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
      started.countDown();
      finish.acquireUninterruptibly();
      into.fill((byte) 0x77);
      touched.set(true);
    }

    @Override
    public void write(long offset, MemorySegment from) {}

    @Override
    public void flush() {}

    @Override
    public void discard(long offset, long length) {}

    @Override
    public void writeZeroes(long offset, long length, boolean mayUnmap) {}

    @Override
    public String serial() {
      return "slow";
    }

    @Override
    public void close() {}
  }

  @AfterEach
  void close() {
    finish.release(1000);
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
    started.await();
    ring.kick();
    assertThat(driver.get(INTERRUPT_STATUS)).isZero();
    finish.release();
    done.await();
    assertThat(ring.take().length()).isEqualTo(513);
  }

  @Test
  void manyRequestsFromTwoHartsAllComeBack() throws InterruptedException {
    finish.release(100_000);
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
