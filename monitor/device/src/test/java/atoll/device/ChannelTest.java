package atoll.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class ChannelTest {
  private static final int MAGIC = 0x00;
  private static final int VERSION = 0x04;
  private static final int MEMORY_LOW = 0x08;
  private static final int MEMORY_HIGH = 0x0c;
  private static final int SIZE_LOW = 0x10;
  private static final int SIZE_HIGH = 0x14;
  private static final int STATUS = 0x18;
  private static final int RING = 0x1c;
  private static final int PENDING = 0x20;
  private static final int ENABLE = 0x24;
  private static final int PEER_CHANGES = 0x28;
  private static final int NAME = 0x40;
  private static final long PEER_CHANGED = 0x8000_0000L;

  private final Wire wire = new Wire();
  private final Wire peerWire = new Wire();
  private final DirectLink.Pair links = DirectLink.pair();
  private final Channel here =
      new Channel("vehicle", new Channel.Window(0x1_0600_0000L, 0x3000, true), links.one(), wire);
  private final Channel there =
      new Channel(
          "vehicle", new Channel.Window(0x0600_0000L, 0x3000, false), links.other(), peerWire);

  private static long get(Channel channel, int register) {
    return channel.read(register, 4);
  }

  private static void set(Channel channel, int register, long value) {
    channel.write(register, 4, value);
  }

  private void plugInBoth() {
    here.plugIn();
    there.plugIn();
    set(here, PENDING, -1);
    set(there, PENDING, -1);
  }

  @Test
  void itSaysWhatItIsAndWhereItsWindowLies() {
    assertThat(get(here, MAGIC)).isEqualTo(0x4843_5441);
    assertThat(get(here, VERSION)).isEqualTo(1);
    assertThat(get(here, MEMORY_HIGH) << 32 | get(here, MEMORY_LOW)).isEqualTo(0x1_0600_0000L);
    assertThat(get(here, SIZE_HIGH) << 32 | get(here, SIZE_LOW)).isEqualTo(0x3000);
  }

  @Test
  void itsNameCanBeReadWordByWord() {
    byte[] name = new byte[64];
    for (int i = 0; i < name.length; i += 4) {
      long word = get(here, NAME + i);
      for (int b = 0; b < 4; b++) {
        name[i + b] = (byte) (word >>> 8 * b);
      }
    }
    assertThat(new String(name, StandardCharsets.US_ASCII)).isEqualTo("vehicle" + "\0".repeat(57));
  }

  @Test
  void aNameThatARegisterCannotHoldIsRefused() {
    Channel.Window window = new Channel.Window(0, 0x1000, true);
    for (String bad : new String[] {"", "x".repeat(64), "a b", "ä"}) {
      assertThatThrownBy(() -> new Channel(bad, window, links.one(), wire))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("'" + bad + "'");
    }
  }

  @Test
  void ringingSetsPendingBitsAtTheOtherEndpointOnly() {
    plugInBoth();
    set(here, RING, 0b101);
    set(here, RING, 0b010);
    assertThat(get(there, PENDING)).isEqualTo(0b111);
    assertThat(get(here, PENDING)).isZero();
    set(there, PENDING, 0b001);
    assertThat(get(there, PENDING)).isEqualTo(0b110);
  }

  @Test
  void onlyEnabledBitsInterrupt() {
    plugInBoth();
    set(there, ENABLE, 0b10);
    set(here, RING, 0b01);
    assertThat(peerWire.high).isFalse();
    set(here, RING, 0b10);
    assertThat(peerWire.high).isTrue();
    set(there, PENDING, 0b10);
    assertThat(peerWire.high).isFalse();
    set(there, ENABLE, 0b01);
    assertThat(peerWire.high).isTrue();
  }

  @Test
  void aRingWhileNobodyIsThereIsLost() {
    here.plugIn();
    set(here, RING, 1);
    there.plugIn();
    assertThat(get(there, PENDING)).isEqualTo(PEER_CHANGED);
  }

  @Test
  void theOtherEndpointsComingAndGoingIsSeenAndCounted() {
    set(here, ENABLE, PEER_CHANGED);
    here.plugIn();
    assertThat(get(here, STATUS)).isZero();
    assertThat(wire.high).isFalse();
    there.plugIn();
    assertThat(get(here, STATUS)).isEqualTo(1);
    assertThat(get(there, STATUS)).isEqualTo(0b11);
    assertThat(wire.high).isTrue();
    set(here, PENDING, PEER_CHANGED);
    assertThat(wire.high).isFalse();
    there.unplug();
    assertThat(get(here, STATUS)).isZero();
    assertThat(get(here, PEER_CHANGES)).isEqualTo(2);
    assertThat(wire.high).isTrue();
  }

  @Test
  void nobodyCanPretendThatTheOtherEndpointChanged() {
    plugInBoth();
    set(here, RING, PEER_CHANGED);
    assertThat(get(there, PENDING)).isZero();
    assertThat(here.statistics().ringsSent()).isZero();
  }

  @Test
  void readOnlyRegistersKeepTheirValues() {
    plugInBoth();
    for (int register : new int[] {MAGIC, MEMORY_LOW, SIZE_LOW, STATUS, PEER_CHANGES, NAME}) {
      long before = get(here, register);
      set(here, register, ~before);
      assertThat(get(here, register)).isEqualTo(before);
    }
  }

  @Test
  void onlyAlignedWordsOfItsRegistersAreDecoded() {
    assertThat(here.decodes(0x7c, 4, false)).isTrue();
    assertThat(here.decodes(0x80, 4, false)).isFalse();
    assertThat(here.decodes(2, 4, false)).isFalse();
    assertThat(here.decodes(0, 8, false)).isFalse();
    assertThat(here.decodes(0, 1, true)).isFalse();
  }

  @Test
  void whatGoesThroughIsCounted() {
    plugInBoth();
    set(here, RING, 1);
    set(here, RING, 3);
    assertThat(here.statistics()).isEqualTo(new Channel.Statistics("vehicle", 2, 0, 1));
    assertThat(there.statistics()).isEqualTo(new Channel.Statistics("vehicle", 0, 2, 1));
  }

  @Test
  void restoredStateIsTheSameEndpoint() {
    plugInBoth();
    set(there, ENABLE, 4);
    set(here, RING, 6);
    Channel.State state = there.state();
    Wire copyWire = new Wire();
    Channel copy =
        new Channel("vehicle", new Channel.Window(0, 0x1000, true), links.other(), copyWire);
    copy.restore(state);
    assertThat(copy.state()).isEqualTo(state);
    assertThat(copyWire.high).isTrue();
  }

  /** Through a bus, which holds each device's monitor around the write. */
  @Test
  @Timeout(value = 8, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void twoEndpointsThatRingEachOtherAtOnceDoNotWaitForEachOther() throws Exception {
    MmioBus bus = new MmioBus();
    bus.attach(0, Channel.SIZE, here);
    bus.attach(Channel.SIZE, Channel.SIZE, there);
    plugInBoth();
    CountDownLatch both = new CountDownLatch(2);
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<?> one = threads.submit(() -> ringOften(bus, 0, both));
      Future<?> other = threads.submit(() -> ringOften(bus, Channel.SIZE, both));
      one.get();
      other.get();
    }
    assertThat(here.statistics().ringsReceived()).isEqualTo(10_000);
    assertThat(there.statistics().ringsReceived()).isEqualTo(10_000);
  }

  private static void ringOften(MmioBus bus, long base, CountDownLatch both) {
    MmioAccess access = new MmioAccess();
    both.countDown();
    try {
      both.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    for (int i = 0; i < 10_000; i++) {
      bus.perform(access.write(base + RING, 4, 1));
    }
  }
}
