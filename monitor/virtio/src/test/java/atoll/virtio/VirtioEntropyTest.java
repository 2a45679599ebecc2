package atoll.virtio;

import static atoll.virtio.VirtioDriver.*;
import static org.assertj.core.api.Assertions.assertThat;

import atoll.memory.PageGuards;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class VirtioEntropyTest {
  private final VirtioDriver driver =
      new VirtioDriver(new VirtioEntropy(bytes -> Arrays.fill(bytes, (byte) 0x5a)));

  @AfterEach
  void close() {
    driver.close();
  }

  @Test
  void everyBufferIsFilledFromTheSource() {
    VirtioDriver.Ring ring = driver.start();
    assertThat(driver.get(DEVICE_ID)).isEqualTo(4);
    Buffer one = driver.writable(3);
    driver.allocate(16);
    Buffer two = driver.writable(30);
    ring.add(one, two);
    ring.kick();
    assertThat(ring.take()).isEqualTo(new Used(0, 33));
    assertThat(driver.contents(one)).containsOnly(0x5a);
    assertThat(driver.contents(two)).containsOnly(0x5a);
  }

  @Test
  void aHugeRequestIsFilledInPart() {
    VirtioDriver.Ring ring = driver.start();
    Buffer huge = new Buffer(RAM + (RAM_SIZE / 2), RAM_SIZE / 2, true);
    ring.add(huge);
    ring.kick();
    assertThat(ring.take().length()).isEqualTo(4096);
    assertThat(driver.contents(huge)[4096]).isZero();
  }

  /** Lets nobody write from an address on. */
  private record Protection(long from) implements PageGuards.Gate {
    @Override
    public boolean beginWrite(long gpa, long length) {
      return gpa + length <= from;
    }

    @Override
    public void endWrite(long gpa, long length) {}
  }

  @Test
  void aBufferInAProtectedPageBreaksTheQueueAndStaysAsItIs() {
    VirtioDriver.Ring ring = driver.start();
    Buffer buffer = new Buffer(RAM + RAM_SIZE / 2, 16, true);
    driver.memory.guards().attach(new Protection(RAM + RAM_SIZE / 2));
    ring.add(buffer);
    ring.kick();
    assertThat(driver.get(STATUS) & NEEDS_RESET).isEqualTo(NEEDS_RESET);
    assertThat(driver.mmio.statistics().lastFault()).contains("in a protected page");
    assertThat(driver.contents(buffer)).containsOnly(0);
  }

  @Test
  void aRingInAProtectedPageDoesNotStart() {
    driver.memory.guards().attach(new Protection(RAM));
    driver.start();
    assertThat(driver.get(STATUS) & NEEDS_RESET).isEqualTo(NEEDS_RESET);
    assertThat(driver.mmio.statistics().lastFault()).contains("a device area in a protected page");
  }

  @Test
  void aRequestWithoutRoomComesBackEmpty() {
    VirtioDriver.Ring ring = driver.start();
    ring.add(driver.readable((byte) 1));
    ring.kick();
    assertThat(ring.take().length()).isZero();
  }
}
