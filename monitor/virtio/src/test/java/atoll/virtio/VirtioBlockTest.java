package atoll.virtio;

import static atoll.virtio.VirtioDriver.*;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Queue;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class VirtioBlockTest {
  private static final int IN = 0;
  private static final int OUT = 1;
  private static final int FLUSH = 4;
  private static final int GET_ID = 8;
  private static final int DISCARD = 11;
  private static final int WRITE_ZEROES = 13;
  private static final int SECTORS = 64;

  private final MemoryDisk disk = new MemoryDisk(SECTORS * 512);
  private final Queue<Runnable> work = new ArrayDeque<>();
  private VirtioDriver driver;
  private VirtioDriver.Ring ring;

  private void start() {
    driver = new VirtioDriver(new VirtioBlock(disk, Runnable::run));
    ring = driver.start();
  }

  @AfterEach
  void close() {
    driver.close();
  }

  private static byte[] header(int type, long sector) {
    return littleEndian(16, b -> b.putInt(type).putInt(0).putLong(sector));
  }

  private static byte[] range(long sector, int sectors, int flags) {
    return littleEndian(16, b -> b.putLong(sector).putInt(sectors).putInt(flags));
  }

  private static byte[] data(int sectors) {
    byte[] bytes = new byte[sectors * 512];
    new Random(42).nextBytes(bytes);
    return bytes;
  }

  /** Sends a request of a header, {@code buffers} and a status byte; returns the status. */
  private int request(int type, long sector, Buffer... buffers) {
    Buffer status = driver.writable(1);
    driver.memory.putByte(status.gpa(), (byte) 0x55);
    Buffer[] all = new Buffer[buffers.length + 2];
    all[0] = driver.readable(header(type, sector));
    System.arraycopy(buffers, 0, all, 1, buffers.length);
    all[all.length - 1] = status;
    ring.add(all);
    ring.kick();
    ring.take();
    return driver.memory.getByte(status.gpa());
  }

  @Test
  void whatIsWrittenIsReadBack() {
    start();
    byte[] written = data(3);
    assertThat(request(OUT, 5, driver.readable(written))).isZero();
    assertThat(Arrays.copyOfRange(disk.bytes, 5 * 512, 8 * 512)).isEqualTo(written);
    Buffer read = driver.writable(3 * 512);
    assertThat(request(IN, 5, read)).isZero();
    assertThat(driver.contents(read)).isEqualTo(written);
  }

  @Test
  void theLengthInTheUsedRingCountsDataAndStatus() {
    start();
    ring.add(driver.readable(header(IN, 0)), driver.writable(512), driver.writable(1));
    ring.add(driver.readable(header(IN, SECTORS)), driver.writable(512), driver.writable(1));
    ring.add(driver.readable(header(FLUSH, 0)), driver.writable(1));
    ring.kick();
    assertThat(ring.take().length()).isEqualTo(513);
    assertThat(ring.take().length()).isZero(); // The data was not written.
    assertThat(ring.take().length()).isEqualTo(1);
  }

  @Test
  void headerDataAndStatusMayBeSplitAndJoinedInAnyWay() {
    start();
    byte[] head = header(OUT, 1);
    byte[] written = data(1);
    byte[] both = Arrays.copyOf(Arrays.copyOfRange(head, 7, 16), 9 + 100);
    System.arraycopy(written, 0, both, 9, 100);
    Buffer status = driver.writable(1);
    ring.add(
        driver.readable(Arrays.copyOf(head, 7)),
        driver.readable(both),
        driver.readable(Arrays.copyOfRange(written, 100, 512)),
        status);
    ring.kick();
    assertThat(ring.take().length()).isEqualTo(1);
    assertThat(driver.contents(status)).containsExactly(0);
    assertThat(Arrays.copyOfRange(disk.bytes, 512, 1024)).isEqualTo(written);

    Buffer first = driver.writable(300);
    driver.allocate(16);
    Buffer rest = driver.writable(213);
    ring.add(driver.readable(header(IN, 1)), first, rest);
    ring.kick();
    assertThat(ring.take().length()).isEqualTo(513);
    assertThat(driver.contents(first)).isEqualTo(Arrays.copyOf(written, 300));
    assertThat(Arrays.copyOf(driver.contents(rest), 212))
        .isEqualTo(Arrays.copyOfRange(written, 300, 512));
    assertThat(driver.contents(rest)[212]).isZero();
  }

  @Test
  void requestsBeyondTheDiskOrOfPartialSectorsAreErrors() {
    start();
    assertThat(request(IN, SECTORS, driver.writable(512))).isEqualTo(1);
    assertThat(request(IN, SECTORS - 1, driver.writable(1024))).isEqualTo(1);
    assertThat(request(OUT, SECTORS - 1, driver.readable(new byte[1024]))).isEqualTo(1);
    assertThat(request(IN, -1, driver.writable(512))).isEqualTo(1);
    assertThat(request(OUT, Long.MAX_VALUE, driver.readable(new byte[512]))).isEqualTo(1);
    assertThat(request(IN, 1L << 55, driver.writable(512))).isEqualTo(1);
    assertThat(request(IN, 0, driver.writable(511))).isEqualTo(1);
    assertThat(disk.asked).isEmpty();
    assertThat(driver.get(STATUS) & NEEDS_RESET).isZero();
  }

  @Test
  void anUnknownRequestIsUnsupported() {
    start();
    assertThat(request(99, 0)).isEqualTo(2);
    assertThat(request(-1, 0, driver.writable(512))).isEqualTo(2);
  }

  @Test
  void theDiskNamesItself() {
    start();
    Buffer name = driver.writable(20);
    assertThat(request(GET_ID, 0, name)).isZero();
    assertThat(driver.contents(name))
        .isEqualTo(Arrays.copyOf("memory-disk".getBytes(StandardCharsets.US_ASCII), 20));
    Buffer small = driver.writable(6);
    assertThat(request(GET_ID, 0, small)).isZero();
    assertThat(new String(driver.contents(small), StandardCharsets.US_ASCII)).isEqualTo("memory");
  }

  @Test
  void aReadOnlyDiskSaysSoAndRefusesToChange() {
    disk.readOnly = true;
    start();
    assertThat(driver.offered() & (1 << 5 | 1 << 13 | 1 << 14)).isEqualTo(1 << 5);
    assertThat(request(OUT, 0, driver.readable(new byte[512]))).isEqualTo(1);
    assertThat(request(DISCARD, 0, driver.readable(range(0, 8, 0)))).isEqualTo(1);
    assertThat(request(WRITE_ZEROES, 0, driver.readable(range(0, 8, 0)))).isEqualTo(1);
    assertThat(request(IN, 0, driver.writable(512))).isZero();
  }

  @Test
  void discardAndWriteZeroesReachTheDisk() {
    start();
    Arrays.fill(disk.bytes, (byte) 1);
    byte[] two = Arrays.copyOf(range(8, 8, 0), 32);
    System.arraycopy(range(24, 16, 0), 0, two, 16, 16);
    assertThat(request(DISCARD, 0, driver.readable(two))).isZero();
    assertThat(request(WRITE_ZEROES, 0, driver.readable(range(1, 2, 1)))).isZero();
    assertThat(request(WRITE_ZEROES, 0, driver.readable(range(4, 1, 0)))).isZero();
    assertThat(disk.asked)
        .containsExactly(
            "discard 4096+4096", "discard 12288+8192", "zero 512+1024 unmap", "zero 2048+512");
    assertThat(disk.bytes[512]).isZero();
    assertThat(disk.bytes[511]).isEqualTo((byte) 1);
  }

  @Test
  void wrongRangesAreRefused() {
    start();
    assertThat(request(DISCARD, 0)).isEqualTo(1);
    assertThat(request(DISCARD, 0, driver.readable(new byte[15]))).isEqualTo(1);
    assertThat(request(DISCARD, 0, driver.readable(new byte[16 * 65]))).isEqualTo(1);
    assertThat(request(DISCARD, 0, driver.readable(range(0, 8, 1)))).isEqualTo(2);
    assertThat(request(WRITE_ZEROES, 0, driver.readable(range(0, 8, 2)))).isEqualTo(2);
    assertThat(request(WRITE_ZEROES, 0, driver.readable(new byte[32]))).isEqualTo(1);
    assertThat(request(WRITE_ZEROES, 0, driver.readable(range(SECTORS, 1, 0)))).isEqualTo(1);
    assertThat(request(WRITE_ZEROES, 0, driver.readable(range(0, -1, 0)))).isEqualTo(1);
    assertThat(request(WRITE_ZEROES, 0, driver.readable(range(-1, 2, 0)))).isEqualTo(1);
    assertThat(disk.asked).isEmpty();
  }

  @Test
  void aFlushReachesTheDiskAfterTheWritesBeforeIt() {
    start();
    ring.add(driver.readable(header(OUT, 0)), driver.readable(new byte[512]), driver.writable(1));
    ring.add(driver.readable(header(FLUSH, 0)), driver.writable(1));
    ring.add(driver.readable(header(OUT, 1)), driver.readable(new byte[512]), driver.writable(1));
    ring.kick();
    assertThat(disk.asked).containsExactly("write 0+512", "flush", "write 512+512");
  }

  @Test
  void aDriverThatCannotFlushHasEachWriteFlushed() {
    driver = new VirtioDriver(new VirtioBlock(disk, Runnable::run));
    driver.negotiate(VERSION_1 | 1 << 13);
    ring = driver.ring(0, 8, false);
    driver.ok();
    assertThat(request(OUT, 0, driver.readable(new byte[512]))).isZero();
    assertThat(request(DISCARD, 0, driver.readable(range(0, 8, 0)))).isZero();
    assertThat(disk.asked).containsExactly("write 0+512", "flush", "discard 0+4096", "flush");
  }

  @Test
  void aDiskThatFailsIsAnErrorOfTheRequestOnly() {
    start();
    disk.failing = true;
    assertThat(request(IN, 0, driver.writable(512))).isEqualTo(1);
    assertThat(request(OUT, 0, driver.readable(new byte[512]))).isEqualTo(1);
    assertThat(request(FLUSH, 0)).isEqualTo(1);
    disk.failing = false;
    assertThat(request(IN, 0, driver.writable(512))).isZero();
  }

  @Test
  void aRequestWithoutHeaderOrStatusBreaksTheDevice() {
    start();
    ring.add(driver.readable(new byte[15]), driver.writable(1));
    ring.kick();
    assertThat(driver.get(STATUS) & NEEDS_RESET).isNotZero();
    ring = driver.start();
    ring.add(driver.readable(header(FLUSH, 0)));
    ring.kick();
    assertThat(driver.get(STATUS) & NEEDS_RESET).isNotZero();
    assertThat(driver.mmio.statistics().faults()).isEqualTo(2);
  }

  @Test
  void configurationTellsWhatTheDiskTakes() {
    start();
    assertThat(driver.get(CONFIG)).isEqualTo(SECTORS);
    assertThat(driver.get(CONFIG + 4)).isZero();
    assertThat(driver.get(CONFIG + 12)).isEqualTo(254); // seg_max
    assertThat(driver.get(CONFIG + 20)).isEqualTo(512); // blk_size
    assertThat(driver.get(CONFIG + 24, 1)).isEqualTo(3); // physical_block_exp
    assertThat(driver.get(CONFIG + 36)).isEqualTo(1 << 21); // max_discard_sectors
    assertThat(driver.get(CONFIG + 40)).isEqualTo(64); // max_discard_seg
    assertThat(driver.get(CONFIG + 44)).isEqualTo(8); // discard_sector_alignment
    assertThat(driver.get(CONFIG + 48)).isEqualTo(1 << 17); // max_write_zeroes_sectors
    assertThat(driver.get(CONFIG + 52)).isEqualTo(1); // max_write_zeroes_seg
    assertThat(driver.get(CONFIG + 56, 1)).isEqualTo(1); // write_zeroes_may_unmap
    assertThatThrownBy(() -> new VirtioBlock(new MemoryDisk(513), Runnable::run))
        .hasMessageContaining("multiple of 512");
  }

  @Test
  void requestsAreServedOffTheNotifyingThread() {
    driver = new VirtioDriver(new VirtioBlock(disk, work::add));
    ring = driver.start();
    ring.add(driver.readable(header(IN, 0)), driver.writable(513));
    ring.kick();
    ring.add(driver.readable(header(IN, 1)), driver.writable(513));
    ring.kick();
    assertThat(work).hasSize(1); // One thread leads, and sees to others.
    assertThat(ring.hasUsed()).isFalse();
    work();
    assertThat(ring.take().head()).isZero();
    assertThat(ring.take().head()).isEqualTo(2);
    ring.add(driver.readable(header(IN, 0)), driver.writable(513));
    ring.kick();
    assertThat(work).hasSize(1);
    work();
    assertThat(ring.hasUsed()).isTrue();
  }

  private void work() {
    while (!work.isEmpty()) {
      work.remove().run();
    }
  }

  @Test
  void shortWritesThatTakeNoTimeAreServedByOneThreadAndToldTogether() {
    disk.writesSoon = true;
    driver = new VirtioDriver(new VirtioBlock(disk, work::add));
    ring = driver.start();
    for (int n = 0; n < 2; n++) {
      ring.add(driver.readable(header(OUT, n)), driver.readable(new byte[512]), driver.writable(1));
    }
    ring.kick();
    assertThat(work).hasSize(1);
    work.remove().run();
    assertThat(work).isEmpty();
    assertThat(disk.asked).containsExactly("write 0+512", "write 512+512");
    assertThat(driver.mmio.statistics().interrupts()).isEqualTo(1);
  }
}
