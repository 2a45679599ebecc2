package atoll.virtio;

import static atoll.virtio.VirtioDriver.*;
import static org.assertj.core.api.Assertions.assertThat;

import atoll.state.RecordCodec;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A device that another machine serves, and what that machine can do to it. */
class VirtioServedTest {
  private static final Service DISK = new Service(Service.Kind.BLOCK, false, 0, 0, 0);
  private static final int HEADER = 16;

  private final FakeServer server = new FakeServer();
  private long now;
  private final List<String> notices = new ArrayList<>();
  private final VirtioServed device =
      new VirtioServed("data", DISK, server.memory, server, () -> now, notices::add);
  private final VirtioDriver driver = new VirtioDriver(device);

  @AfterEach
  void close() {
    driver.close();
    server.free();
  }

  private VirtioDriver.Ring start() {
    device.plugIn();
    VirtioDriver.Ring ring = driver.start();
    server.start();
    driver.steps.run();
    return ring;
  }

  private Buffer header(int type, long sector) {
    return driver.readable(littleEndian(HEADER, b -> b.putInt(type).putInt(0).putLong(sector)));
  }

  /** Reads a sector into a buffer of its own. */
  private Buffer[] read(VirtioDriver.Ring ring) {
    Buffer data = driver.writable(512);
    Buffer status = driver.writable(1);
    driver.memory.putByte(status.gpa(), (byte) 0x77);
    ring.add(header(0, 0), data, status);
    ring.kick();
    return new Buffer[] {data, status};
  }

  private void settle() {
    server.tell();
    driver.steps.run();
  }

  @Test
  void aRequestGoesToTheServerAndItsAnswerComesBack() {
    VirtioDriver.Ring ring = start();
    assertThat(driver.get(DEVICE_ID)).isEqualTo(2);
    assertThat(driver.get(CONFIG)).isEqualTo(2048);
    Buffer[] got = read(ring);
    assertThat(ring.take()).isEqualTo(new Used(0, 513));
    assertThat(driver.contents(got[0])).containsOnly(1);
    assertThat(driver.contents(got[1])).containsOnly(0);
    assertThat(device.statistics())
        .isEqualTo(new VirtioServed.Statistics("data", true, 1, 1, 0, 0, 0, 0, 0));
  }

  @Test
  void whatWasLentIsTakenAwayAtTheEndOfTheRequest() {
    VirtioDriver.Ring ring = start();
    server.honest = false;
    byte[] secret = new byte[512];
    Arrays.fill(secret, (byte) 0x5e);
    ring.add(header(1, 0), driver.readable(secret), driver.writable(1));
    ring.kick();
    server.look();
    FakeServer.Request lent = server.taken.peek();
    assertThat(lent.outBytes()).isEqualTo(HEADER + 512);
    byte[] seen = new byte[512];
    MemorySegment.copy(server.memory, lent.out() + HEADER, MemorySegment.ofArray(seen), 0, 512);
    assertThat(seen).isEqualTo(secret);
    server.work();
    driver.steps.run();
    assertThat(ring.take().length()).isEqualTo(1);
    assertThat(
            server
                .memory
                .asSlice(lent.out(), lent.outBytes())
                .toArray(java.lang.foreign.ValueLayout.JAVA_BYTE))
        .containsOnly(0);
  }

  @Test
  void requestsWaitForAServerAndAreSentAgainToTheNextOne() {
    device.plugIn();
    VirtioDriver.Ring ring = driver.start();
    assertThat(driver.get(CONFIG)).isZero();
    Buffer[] got = read(ring);
    assertThat(ring.hasUsed()).isFalse();
    server.honest = false;
    server.start();
    driver.steps.run();
    server.look();
    assertThat(server.taken).hasSize(1);
    server.die();
    driver.steps.run();
    assertThat(ring.hasUsed()).isFalse();
    server.honest = true;
    server.start();
    driver.steps.run();
    settle();
    assertThat(ring.take()).isEqualTo(new Used(0, 513));
    assertThat(driver.contents(got[1])).containsOnly(0);
    assertThat(device.statistics())
        .isEqualTo(new VirtioServed.Statistics("data", true, 2, 1, 1, 0, 0, 0, 0));
  }

  @Test
  void anAnswerForNobodyIsNotTakenNorAnythingBehindIt() {
    VirtioDriver.Ring ring = start();
    server.honest = false;
    read(ring);
    server.look();
    int number = server.taken.peek().number();
    server.answer(number + 1, 513);
    settle();
    server.answer(number, 513);
    settle();
    assertThat(ring.hasUsed()).isFalse();
    assertThat(device.statistics().violations()).isEqualTo(1);
    assertThat(device.statistics().up()).isFalse();
    assertThat(notices)
        .singleElement()
        .asString()
        .startsWith("service data: ")
        .contains("an answer to request 1, which it does not have");
    server.die();
    server.honest = true;
    server.start();
    driver.steps.run();
    settle();
    assertThat(ring.hasUsed()).isTrue();
  }

  @Test
  void anAnswerThatIsGivenTwiceCountsOnce() {
    VirtioDriver.Ring ring = start();
    server.honest = false;
    read(ring);
    read(ring);
    server.look();
    int number = server.taken.peek().number();
    server.answer(number, 513);
    server.answer(number, 513);
    settle();
    assertThat(ring.take()).isEqualTo(new Used(0, 513));
    assertThat(ring.hasUsed()).isFalse();
    assertThat(device.statistics().violations()).isEqualTo(1);
  }

  @Test
  void aLengthBeyondWhatWasLentIsNoAnswer() {
    VirtioDriver.Ring ring = start();
    server.honest = false;
    read(ring);
    server.look();
    server.answer(server.taken.peek().number(), 514);
    settle();
    assertThat(ring.hasUsed()).isFalse();
    assertThat(device.statistics().violations()).isEqualTo(1);
  }

  @Test
  void aServerThatFillsLessThanTheStatusHasFailed() {
    VirtioDriver.Ring ring = start();
    server.honest = false;
    Buffer[] got = read(ring);
    server.look();
    server.answer(server.taken.peek().number(), 100);
    settle();
    assertThat(ring.take().length()).isEqualTo(100);
    assertThat(driver.contents(got[1])).containsOnly(1);
  }

  @Test
  void afterAResetTheOldRequestIsAnsweredToNobodyAndTheNextGoesOutBehindIt() {
    VirtioDriver.Ring ring = start();
    server.honest = false;
    read(ring);
    server.look();
    VirtioDriver.Ring next = driver.start();
    read(next);
    FakeServer.Request old = server.taken.poll();
    server.look();
    assertThat(server.taken).isEmpty();
    server.fill(old);
    server.answer(old.number(), old.inBytes());
    settle();
    assertThat(next.hasUsed()).isFalse();
    server.work();
    driver.steps.run();
    assertThat(next.take()).isEqualTo(new Used(0, 513));
  }

  @Test
  void aRequestOfMoreThanAnyIsLentFailsByItself() {
    VirtioDriver.Ring ring = start();
    Buffer status = driver.writable(1);
    ring.add(header(0, 0), new Buffer(RAM + RAM_SIZE / 2, 300 << 10, true), status);
    ring.kick();
    assertThat(ring.hasUsed()).isTrue();
    assertThat(driver.contents(status)).containsOnly(1);
    read(ring);
    ring.take();
    assertThat(ring.hasUsed()).isTrue();
  }

  @Test
  void aRestoredClientHasTheSizeThatTheServerSaidLast() {
    start();
    server.die();
    driver.mmio.pause();
    device.unplug();
    VirtioServed restored =
        new VirtioServed("data", DISK, server.memory, server, () -> now, notices::add);
    VirtioMmio copy = new VirtioMmio("copy", restored, driver.memory, level -> {}, new Steps());
    copy.restore(
        RecordCodec.fromValue(RecordCodec.toValue(driver.mmio.state()), VirtioMmio.State.class));
    assertThat(copy.read(CONFIG, 4)).isEqualTo(2048);
  }

  @Test
  void writesToAReadOnlyDiskDoNotReachTheServer() {
    VirtioServed readOnly =
        new VirtioServed(
            "data",
            new Service(Service.Kind.BLOCK, true, 0, 0, 0),
            server.memory,
            server,
            () -> now,
            notices::add);
    try (VirtioDriver other = new VirtioDriver(readOnly)) {
      readOnly.plugIn();
      VirtioDriver.Ring ring = other.start();
      server.honest = false;
      server.start();
      other.steps.run();
      for (int type : new int[] {1, 11, 13, 0}) { // write, discard, write zeroes; read
        byte[] header = littleEndian(HEADER, b -> b.putInt(type));
        Buffer status = other.writable(1);
        other.memory.putByte(status.gpa(), (byte) 0x77);
        ring.add(other.readable(header), type == 0 ? other.writable(512) : status, status);
        ring.kick();
        assertThat(other.contents(status)).containsOnly(type == 0 ? 0x77 : 1);
      }
      server.look();
      assertThat(server.taken).hasSize(1);
      assertThat(readOnly.statistics().refused()).isEqualTo(3);
    }
  }

  /** A vCPU changes a read into a write while another one's request is looked at. */
  @Test
  void aReadOfAReadOnlyDiskIsLentAsThatWhateverItHasBecome() {
    ServedBlock kind = new ServedBlock(new Service(Service.Kind.BLOCK, true, 0, 0, 0));
    DescriptorChain chain = new DescriptorChain(driver.memory);
    Buffer header = header(0, 7);
    Buffer data = driver.writable(513);
    chain.add(header.gpa(), HEADER, false);
    chain.add(data.gpa(), 513, true);
    assertThat(kind.look(0, chain)).isEqualTo(ServedKind.Verdict.LEND);
    driver.memory.putByte(header.gpa(), (byte) 1);
    byte[] lent = new byte[HEADER];
    chain.read(MemorySegment.ofArray(lent));
    kind.keep(MemorySegment.ofArray(lent));
    assertThat(lent).isEqualTo(littleEndian(HEADER, b -> b.putInt(0).putInt(0).putLong(7)));
  }

  @Test
  void howLongAServerHasBeenSilentIsKnown() {
    VirtioDriver.Ring ring = start();
    server.honest = false;
    now = 5;
    read(ring);
    now = 12;
    assertThat(device.statistics().silent()).isEqualTo(7);
    server.look();
    server.work();
    driver.steps.run();
    assertThat(device.statistics().silent()).isZero();
  }

  @Test
  void aRestoredClientAsksOnceMoreForWhatWasUnderWay() {
    VirtioDriver.Ring ring = start();
    server.honest = false;
    Buffer[] first = read(ring);
    Buffer[] second = read(ring);
    server.look();
    assertThat(server.taken).hasSize(2);
    server.work(); // Answered, and not collected: a state knows nothing of that.
    VirtioMmio.State state = driver.mmio.state();
    driver.mmio.pause();
    device.unplug();
    VirtioServed restored =
        new VirtioServed("data", DISK, server.memory, server, () -> now, notices::add);
    Steps steps = new Steps();
    VirtioMmio copy = new VirtioMmio("copy", restored, driver.memory, level -> {}, steps);
    copy.restore(RecordCodec.fromValue(RecordCodec.toValue(state), VirtioMmio.State.class));
    restored.plugIn();
    server.start();
    server.honest = true;
    steps.run();
    assertThat(List.of(ring.take(), ring.take()))
        .containsExactly(new Used(0, 513), new Used(3, 513));
    assertThat(driver.contents(first[1])).containsOnly(0);
    assertThat(driver.contents(second[0])).containsOnly(1);
    assertThat(ring.hasUsed()).isFalse();
    assertThat(restored.statistics())
        .isEqualTo(new VirtioServed.Statistics("data", true, 2, 2, 0, 0, 0, 0, 0));
  }

  @Test
  void anAnswerFromBeforeARestoreIsForNobody() {
    VirtioDriver.Ring ring = start();
    VirtioMmio.State idle = driver.mmio.state();
    server.honest = false;
    Buffer[] got = read(ring);
    server.look();
    driver.mmio.restore(idle);
    server.answer(server.taken.peek().number(), 513);
    settle();
    assertThat(device.statistics().violations()).isZero();
    assertThat(driver.contents(got[1])).containsOnly(0x77);
  }

  static LongStream seeds() {
    return LongStream.rangeClosed(1, 20);
  }

  /** Whatever the server stores anywhere, nothing throws, and a server that begins anew serves. */
  @ParameterizedTest
  @MethodSource("seeds")
  void noServerHarmsMoreThanItself(long seed) {
    Random random = new Random(seed);
    VirtioDriver.Ring ring = start();
    server.honest = false;
    byte[] guest = driver.memory.read(RAM, 0x1000);
    for (int round = 0; round < 300; round++) {
      if (!ring.hasUsed() && round % 40 == 0 && round < 80) {
        read(ring);
      }
      int at = random.nextInt(3) == 0 ? random.nextInt(0x100) & -4 : 0x80 + 4 * random.nextInt(4);
      server.set(random.nextInt(4) == 0 ? random.nextInt(0x5000) & -4 : at, random.nextInt(9) - 2);
      settle();
      if (random.nextInt(50) == 0) {
        server.die();
        server.start();
      }
    }
    assertThat(driver.memory.read(RAM, 0x1000)).isEqualTo(guest);
    server.die();
    server.honest = true;
    server.start();
    driver.steps.run();
    VirtioDriver.Ring fresh = driver.start();
    settle();
    read(fresh);
    settle();
    assertThat(fresh.hasUsed()).isTrue();
  }
}
