package atoll.virtio;

import static atoll.virtio.VirtioDriver.*;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import atoll.device.spi.VsockBackend;
import atoll.device.spi.VsockGuest;
import atoll.device.spi.VsockPacket;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class VirtioVsockTest {
  private static final int HEADER = VsockPacket.HEADER;
  private static final long CID = 3;

  private final Hub hub = new Hub();
  private final VsockPacket packet = new VsockPacket();
  private VirtioDriver driver;
  private VirtioDriver.Ring receive;
  private VirtioDriver.Ring transmit;
  private VirtioDriver.Ring events;

  /** Only notes what it is told. */
  private static final class Hub implements VsockBackend {
    private VsockGuest guest;
    private int readies;
    private int rooms;
    private int restarts;

    @Override
    public long cid() {
      return CID;
    }

    @Override
    public void attach(VsockGuest plugged) {
      guest = plugged;
    }

    @Override
    public void detach(VsockGuest unplugged) {
      guest = null;
    }

    @Override
    public void ready() {
      readies++;
    }

    @Override
    public void room() {
      rooms++;
    }

    @Override
    public void restarted() {
      restarts++;
    }
  }

  private VirtioVsock begin() {
    return begin(false);
  }

  private VirtioVsock begin(boolean eventIndex) {
    VirtioVsock device = new VirtioVsock(hub);
    driver = new VirtioDriver(device);
    driver.negotiate(VERSION_1 | 1 | (eventIndex ? EVENT_INDEX : 0));
    receive = driver.ring(0, 8, eventIndex);
    transmit = driver.ring(1, 8, eventIndex);
    events = driver.ring(2, 8, eventIndex);
    driver.ok();
    hub.readies = 0;
    hub.rooms = 0;
    hub.restarts = 0;
    return device;
  }

  @AfterEach
  void close() {
    driver.close();
  }

  private static byte[] packet(int operation, int length, byte[] data) {
    byte[] bytes = new byte[HEADER + data.length];
    ByteBuffer fields = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    fields.putLong(0, CID).putLong(8, 2).putInt(16, 7).putInt(20, 0xffff_fff0);
    fields.putInt(24, length).putShort(28, (short) 1).putShort(30, (short) operation);
    fields.putInt(36, 1_000).putInt(40, 10).put(HEADER, data);
    return bytes;
  }

  private static byte[] pattern(int length) {
    byte[] bytes = new byte[length];
    for (int i = 0; i < length; i++) {
      bytes[i] = (byte) (i * 5 + i / 255);
    }
    return bytes;
  }

  private VsockPacket data(byte[] bytes) {
    packet.become(VsockPacket.RW, 0).ends(2, 9, CID, 7).credit(1, 2).length(bytes.length);
    packet.bytes().put(HEADER, bytes);
    return packet;
  }

  @Test
  void theConfigurationShowsTheContext() {
    begin();
    assertThat(driver.get(DEVICE_ID)).isEqualTo(19);
    assertThat(driver.get(CONFIG)).isEqualTo(3);
    assertThat(driver.get(CONFIG + 4)).isZero();
    assertThat(driver.offered() & 0xff).isEqualTo(1);
  }

  @Test
  void aPacketThatTheGuestSendsIsTakenByTheHubsThread() {
    begin();
    byte[] sent = packet(VsockPacket.RW, 300, pattern(300));
    transmit.add(
        driver.readable(Arrays.copyOf(sent, 20)),
        driver.readable(Arrays.copyOfRange(sent, 20, sent.length)));
    transmit.kick();
    assertThat(hub.readies).isEqualTo(1);
    assertThat(transmit.hasUsed()).isFalse();
    assertThat(hub.guest.next(packet)).isTrue();
    assertThat(packet.source()).isEqualTo(CID);
    assertThat(packet.target()).isEqualTo(2);
    assertThat(packet.sourcePort()).isEqualTo(7);
    assertThat(packet.targetPort()).isEqualTo(0xffff_fff0);
    assertThat(packet.operation()).isEqualTo(VsockPacket.RW);
    assertThat(packet.buffer()).isEqualTo(1_000);
    assertThat(packet.forwarded()).isEqualTo(10);
    byte[] data = new byte[packet.length()];
    packet.bytes().get(HEADER, data);
    assertThat(data).isEqualTo(pattern(300));
    assertThat(transmit.take()).isEqualTo(new Used(0, 0));
    assertThat(hub.guest.next(packet)).isFalse();
  }

  @Test
  void whatIsNoPacketIsInvalidAndHarmsNothing() {
    begin();
    transmit.add(driver.readable(new byte[HEADER - 1]));
    transmit.add(driver.readable(packet(VsockPacket.RW, 301, pattern(300))));
    transmit.add(driver.readable(packet(VsockPacket.RW, -1, pattern(300))));
    transmit.add(driver.readable(packet(VsockPacket.RW, VsockPacket.MOST + 1, pattern(70_000))));
    for (int i = 0; i < 4; i++) {
      assertThat(hub.guest.next(packet)).isTrue();
      assertThat(packet.operation()).isEqualTo(VsockPacket.INVALID);
      assertThat(packet.length()).isZero();
    }
    assertThat(driver.get(STATUS) & NEEDS_RESET).isZero();
    transmit.add(driver.readable(packet(VsockPacket.RW, VsockPacket.MOST, pattern(70_000))));
    assertThat(hub.guest.next(packet)).isTrue();
    assertThat(packet.length()).isEqualTo(VsockPacket.MOST);
  }

  @Test
  void aPacketForTheGuestIsCutToItsBuffer() {
    begin();
    Buffer head = driver.writable(30);
    Buffer rest = driver.writable(114);
    receive.add(head, rest);
    assertThat(hub.guest.receive(data(pattern(500)))).isTrue();
    assertThat(packet.length()).isEqualTo(100);
    assertThat(receive.take().length()).isEqualTo(144);
    byte[] got = new byte[144];
    System.arraycopy(driver.contents(head), 0, got, 0, 30);
    System.arraycopy(driver.contents(rest), 0, got, 30, 114);
    assertThat(ByteBuffer.wrap(got).order(ByteOrder.LITTLE_ENDIAN).getInt(24)).isEqualTo(100);
    assertThat(Arrays.copyOfRange(got, HEADER, 144)).isEqualTo(pattern(100));
  }

  @Test
  void aGuestWithoutRoomIsAskedAgain() {
    begin();
    assertThat(hub.guest.receive(data(pattern(5)))).isFalse();
    receive.add(driver.writable(100));
    receive.kick();
    assertThat(hub.rooms).isEqualTo(1);
    assertThat(hub.guest.receive(data(pattern(5)))).isTrue();
    driver.mmio.pause();
    receive.add(driver.writable(100));
    assertThat(hub.guest.receive(data(pattern(5)))).isFalse();
    driver.mmio.resume();
    driver.steps.run();
    assertThat(hub.rooms).isEqualTo(2);
    assertThat(hub.guest.receive(data(pattern(5)))).isTrue();
  }

  @Test
  void aBufferThatTakesNoDataBreaksARule() {
    begin();
    receive.add(driver.writable(HEADER));
    assertThat(hub.guest.receive(data(new byte[0]))).isTrue(); // A header it takes.
    receive.add(driver.writable(HEADER));
    assertThat(hub.guest.receive(data(pattern(5)))).isFalse();
    assertThat(driver.get(STATUS) & NEEDS_RESET).isNotZero();
    assertThat(hub.guest.present()).isFalse();
    assertThat(hub.guest.receive(data(pattern(5)))).isTrue(); // Nobody listens.
  }

  @Test
  void aResetIsTold() {
    begin();
    driver.set(STATUS, 0);
    assertThat(hub.restarts).isEqualTo(1);
    assertThat(hub.guest.present()).isFalse();
    assertThat(hub.guest.next(packet)).isFalse();
  }

  @Test
  void aRestoredGuestIsToldOnceThatItsStreamsAreGone() {
    VirtioVsock device = begin();
    events.add(driver.writable(4));
    events.kick();
    assertThat(events.hasUsed()).isFalse();
    VirtioMmio.State state = driver.mmio.state();
    driver.mmio.restore(state);
    driver.steps.run();
    assertThat(hub.restarts).isEqualTo(1);
    assertThat(events.take().length()).isEqualTo(4);
    events.add(driver.writable(4));
    events.kick();
    assertThat(events.hasUsed()).isFalse();
    assertThatThrownBy(() -> device.restore(new VirtioDevice.Stateless()))
        .hasMessageContaining("another kind");
  }

  @Test
  void aRestoredGuestThatHasNoRoomForTheNewsIsToldLater() {
    VirtioVsock device = begin();
    driver.mmio.restore(driver.mmio.state());
    driver.steps.run();
    assertThat(device.state()).isEqualTo(new VirtioVsock.State(true));
    events.add(driver.writable(4));
    events.kick();
    assertThat(events.take().length()).isEqualTo(4);
    assertThat(device.state()).isEqualTo(new VirtioVsock.State(false));
  }

  /** Linux ends all streams that there are by then, a new one too, and says so to nobody. */
  @Test
  void aRestoredGuestHasNoNewStreamBeforeItHasEndedTheOldOnes() {
    VirtioVsock device = begin(true);
    for (int n = 0; n < 3; n++) {
      events.add(driver.writable(4));
      receive.add(driver.writable(HEADER + 100));
    }
    events.kick();
    receive.kick();
    driver.mmio.restore(driver.mmio.state());
    hub.rooms = 0;
    assertThat(hub.guest.receive(data(pattern(10)))).isFalse();
    assertThat(events.take().length()).isEqualTo(4);
    driver.steps.run();
    assertThat(hub.guest.receive(data(pattern(10)))).isFalse();
    assertThat(hub.rooms).isZero();
    assertThat(events.availableEvent()).as("the next buffer is to be told of").isEqualTo(3);
    events.add(driver.writable(4));
    events.kick();
    assertThat(hub.rooms).isEqualTo(1);
    assertThat(hub.guest.receive(data(pattern(10)))).isTrue();
    assertThat(receive.take().length()).isEqualTo(HEADER + 10);
    events.add(driver.writable(4));
    events.kick();
    assertThat(hub.rooms).isEqualTo(1);
    assertThat(device.state()).isEqualTo(new VirtioVsock.State(false));
  }
}
