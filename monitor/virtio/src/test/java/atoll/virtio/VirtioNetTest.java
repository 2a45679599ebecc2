package atoll.virtio;

import static atoll.virtio.VirtioDriver.*;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import atoll.device.spi.NetBackend;
import atoll.device.spi.NetFrame;
import atoll.device.spi.NetPort;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class VirtioNetTest {
  private static final long MAC = 0x5254_0012_3456L;
  private static final int HEADER = 12;
  private static final long MERGEABLE = 1L << 15;
  private static final long CONTROL = 1L << 17;
  private static final long CONTROL_RX = 1L << 18;
  private static final long CONTROL_VLAN = 1L << 19;
  private static final long MULTIQUEUE = 1L << 22;
  private static final long CONTROL_MAC = 1L << 23;
  private static final long CSUM = 1;
  private static final long GUEST_CSUM = 1L << 1;
  private static final long GUEST_OFFLOADS = 1L << 2;
  private static final long GUEST_TSO4 = 1L << 7;
  private static final long HOST_TSO4 = 1L << 11;

  private final Cable cable = new Cable();
  private final NetFrame frame = new NetFrame();
  private VirtioDriver driver;
  private VirtioDriver.Ring receive;
  private VirtioDriver.Ring transmit;
  private VirtioDriver.Ring control;

  /** A network's end that only notes what it is told. */
  private static final class Cable implements NetBackend {
    private NetPort port;
    private boolean fixed = true;
    private int readies;
    private int rooms;

    @Override
    public long mac() {
      return MAC;
    }

    @Override
    public boolean macFixed() {
      return fixed;
    }

    @Override
    public int mtu() {
      return 1500;
    }

    @Override
    public void attach(NetPort plugged) {
      port = plugged;
    }

    @Override
    public void detach(NetPort unplugged) {
      port = null;
    }

    @Override
    public void ready() {
      readies++;
    }

    @Override
    public void room() {
      rooms++;
    }
  }

  private void begin(int pairs, long features) {
    driver = new VirtioDriver(new VirtioNet(cable, pairs));
    driver.negotiate(VERSION_1 | features);
    receive = driver.ring(0, 8, false);
    transmit = driver.ring(1, 8, false);
    boolean many = (features & MULTIQUEUE) != 0;
    control = driver.ring(many ? 2 * pairs : 2, 8, false);
    driver.ok();
    cable.rooms = 0;
    cable.readies = 0;
  }

  @AfterEach
  void close() {
    driver.close();
  }

  private static byte[] sent(byte[] header, byte[] frame) {
    byte[] all = Arrays.copyOf(header, HEADER + frame.length);
    System.arraycopy(frame, 0, all, HEADER, frame.length);
    return all;
  }

  private static byte[] packet(int length) {
    byte[] bytes = new byte[length];
    for (int i = 0; i < length; i++) {
      bytes[i] = (byte) (i * 5 + i / 255);
    }
    return bytes;
  }

  private NetFrame frame(byte[] bytes) {
    frame.bytes().put(0, bytes);
    return frame.become(bytes.length);
  }

  private byte[] taken() {
    assertThat(cable.port.next(frame)).isTrue();
    byte[] bytes = new byte[frame.length()];
    frame.bytes().get(0, bytes);
    return bytes;
  }

  private int command(int kind, int name, byte... data) {
    byte[] all = new byte[2 + data.length];
    all[0] = (byte) kind;
    all[1] = (byte) name;
    System.arraycopy(data, 0, all, 2, data.length);
    Buffer answer = driver.writable(1);
    control.add(driver.readable(all), answer);
    control.kick();
    assertThat(control.take().length()).isEqualTo(1);
    return driver.contents(answer)[0];
  }

  private boolean hears(long target) {
    byte[] bytes = packet(60);
    ByteBuffer.wrap(bytes).putShort(0, (short) (target >>> 32)).putInt(2, (int) target);
    receive.add(driver.writable(100));
    assertThat(cable.port.receive(frame(bytes))).isTrue();
    boolean heard = receive.hasUsed();
    if (heard) {
      Used ignored = receive.take();
    }
    return heard;
  }

  @Test
  void theConfigurationShowsAddressLinkQueuesAndMtu() {
    begin(3, 0);
    assertThat(driver.get(DEVICE_ID)).isEqualTo(1);
    byte[] config = new byte[12];
    for (int i = 0; i < config.length; i++) {
      config[i] = (byte) driver.get(CONFIG + i, 1);
    }
    assertThat(config)
        .isEqualTo(new byte[] {0x52, 0x54, 0, 0x12, 0x34, 0x56, 1, 0, 3, 0, (byte) 0xdc, 0x05});
  }

  @Test
  void aFrameThatTheGuestSendsComesOutOfTheOtherEndOfTheCable() {
    begin(1, 0);
    transmit.add(driver.readable(new byte[HEADER]), driver.readable(packet(100)));
    transmit.kick();
    assertThat(cable.readies).isEqualTo(1);
    assertThat(transmit.hasUsed()).isFalse(); // Its network's thread has not come yet.
    assertThat(taken()).isEqualTo(packet(100));
    assertThat(transmit.take()).isEqualTo(new Used(0, 0));
    assertThat(cable.port.next(frame)).isFalse();
  }

  @Test
  void whatIsNoFrameIsTakenAndDropped() {
    begin(1, 0);
    transmit.add(driver.readable(new byte[HEADER + 13]));
    transmit.add(driver.readable(new byte[5]));
    transmit.add(new Buffer(RAM + RAM_SIZE / 2, RAM_SIZE / 4, false));
    for (int i = 0; i < 3; i++) {
      assertThat(taken()).isEmpty();
    }
    assertThat(driver.get(STATUS) & NEEDS_RESET).isZero();
  }

  @Test
  void workThatIsLeftToTheNetworkIsTold() {
    begin(1, CSUM | HOST_TSO4);
    byte[] header = new byte[HEADER];
    ByteBuffer fields = ByteBuffer.wrap(header).order(ByteOrder.LITTLE_ENDIAN);
    fields.put(0, (byte) 1).put(1, (byte) 1).putShort(4, (short) 1448);
    fields.putShort(6, (short) 34).putShort(8, (short) 16);
    transmit.add(driver.readable(sent(header, packet(3000))));
    assertThat(taken()).isEqualTo(packet(3000));
    assertThat(frame.checksumMissing()).isTrue();
    assertThat(frame.checksumFrom()).isEqualTo(34);
    assertThat(frame.checksumAt()).isEqualTo(16);
    assertThat(frame.segmentSize()).isEqualTo(1448);
    assertThat(frame.segmentsIpv6()).isFalse();
    fields.putShort(6, (short) 2_999); // A checksum behind the end.
    transmit.add(driver.readable(sent(header, packet(3000))));
    assertThat(taken()).isEmpty();
  }

  @Test
  void aFrameForTheGuestFillsABuffer() {
    begin(1, GUEST_CSUM | GUEST_TSO4);
    Buffer buffer = driver.writable(2000);
    receive.add(buffer);
    byte[] bytes = packet(1500);
    bytes[34 + 12] = (byte) 0x80; // A TCP header of 32 bytes.
    frame(bytes).checksumMissing(34, 16).segments(700, false);
    assertThat(cable.port.takesSegments(false)).isTrue();
    assertThat(cable.port.takesSegments(true)).isFalse();
    assertThat(cable.port.receive(frame)).isTrue();
    assertThat(receive.take()).isEqualTo(new Used(0, HEADER + 1500));
    assertThat(driver.interrupted()).isTrue();
    byte[] all = driver.contents(buffer);
    ByteBuffer header = ByteBuffer.wrap(all).order(ByteOrder.LITTLE_ENDIAN);
    assertThat(header.get(0)).isEqualTo((byte) 1);
    assertThat(header.get(1)).isEqualTo((byte) 1);
    assertThat(header.getShort(2)).isEqualTo((short) 66);
    assertThat(header.getShort(4)).isEqualTo((short) 700);
    assertThat(header.getShort(6)).isEqualTo((short) 34);
    assertThat(header.getShort(8)).isEqualTo((short) 16);
    assertThat(header.getShort(10)).isEqualTo((short) 1);
    assertThat(Arrays.copyOfRange(all, HEADER, HEADER + 1500)).isEqualTo(bytes);
  }

  @Test
  void aLongFrameIsSpreadOverBuffersThatCanBeMerged() {
    begin(1, MERGEABLE);
    Buffer[] buffers = new Buffer[4];
    for (int i = 0; i < 3; i++) {
      buffers[i] = driver.writable(i == 0 ? 5 : 1000); // The header does not even fit in the first.
      receive.add(buffers[i]);
    }
    assertThat(cable.port.receive(frame(packet(2_500)))).isFalse();
    assertThat(receive.hasUsed()).isFalse();
    buffers[3] = driver.writable(1000);
    receive.add(buffers[3]);
    receive.kick();
    assertThat(cable.rooms).isEqualTo(1);
    assertThat(cable.port.receive(frame(packet(2_500)))).isTrue();
    byte[] all = new byte[0];
    for (Buffer buffer : buffers) {
      int length = receive.take().length();
      byte[] part = Arrays.copyOf(driver.contents(buffer), length);
      byte[] longer = Arrays.copyOf(all, all.length + length);
      System.arraycopy(part, 0, longer, all.length, length);
      all = longer;
    }
    assertThat(all).hasSize(HEADER + 2_500);
    assertThat(all[10]).isEqualTo((byte) 4);
    assertThat(Arrays.copyOfRange(all, HEADER, all.length)).isEqualTo(packet(2_500));
  }

  @Test
  void theHeadersOfALongSegmentAreAloneInTheFirstBuffer() {
    begin(1, GUEST_CSUM | GUEST_TSO4 | MERGEABLE);
    Buffer[] buffers = new Buffer[3];
    for (int i = 0; i < 3; i++) {
      buffers[i] = driver.writable(1_536);
      receive.add(buffers[i]);
    }
    byte[] bytes = packet(66 + 2_896);
    bytes[34 + 12] = (byte) 0x80; // A TCP header of 32 bytes.
    frame(bytes).checksumMissing(34, 16).segments(1_448, false);
    assertThat(cable.port.receive(frame)).isTrue();
    assertThat(receive.take().length()).isEqualTo(HEADER + 66);
    assertThat(receive.take().length()).isEqualTo(1_536);
    assertThat(receive.take().length()).isEqualTo(2_896 - 1_536);
    assertThat(Arrays.copyOf(driver.contents(buffers[1]), 1_536))
        .isEqualTo(Arrays.copyOfRange(bytes, 66, 66 + 1_536));
    receive.add(driver.writable(20)); // Not even the headers fit in there.
    receive.add(driver.writable(3_000));
    assertThat(cable.port.receive(frame)).isTrue();
    assertThat(receive.take().length()).isEqualTo(20);
    assertThat(receive.take().length()).isEqualTo(HEADER + bytes.length - 20);
  }

  @Test
  void aSegmentWhoseHeaderIsBeyondItsEndIsNone() {
    begin(1, CSUM | HOST_TSO4);
    byte[] header = new byte[HEADER];
    ByteBuffer fields = ByteBuffer.wrap(header).order(ByteOrder.LITTLE_ENDIAN);
    fields.put(0, (byte) 1).put(1, (byte) 1).putShort(4, (short) 1448);
    fields.putShort(6, (short) 2_981).putShort(8, (short) 16);
    transmit.add(driver.readable(sent(header, packet(3_000))));
    assertThat(taken()).isEmpty();
    fields.putShort(6, (short) 2_980);
    transmit.add(driver.readable(sent(header, packet(3_000))));
    assertThat(taken()).hasSize(3_000);
  }

  @Test
  void aFrameThatNoBufferCanHoldIsDropped() {
    begin(1, 0);
    receive.add(driver.writable(500));
    assertThat(cable.port.receive(frame(packet(1500)))).isTrue();
    assertThat(receive.hasUsed()).isFalse();
    assertThat(cable.port.receive(frame(packet(400)))).isTrue();
    assertThat(receive.take().length()).isEqualTo(HEADER + 400);
  }

  @Test
  void aFrameThatNeedsMoreBuffersThanAStepPaysForIsDropped() {
    driver = new VirtioDriver(new VirtioNet(cable, 1));
    driver.negotiate(VERSION_1 | MERGEABLE | INDIRECT);
    receive = driver.ring(0, 256, false);
    driver.ok();
    Buffer[] bytes = new Buffer[1024];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = new Buffer(RAM + RAM_SIZE / 2 + 2L * i, 1, true);
    }
    int head = receive.addIndirect(bytes);
    for (int i = 1; i < 256; i++) {
      receive.offer(head);
    }
    assertThat(receive.hasUsed()).isFalse();
    assertThat(cable.port.receive(frame(packet(60_000)))).isTrue(); // Dropped.
    assertThat(receive.hasUsed()).isFalse();
  }

  @Test
  void aGuestWithoutADriverHearsNothingAndOneThatIsPausedLater() {
    begin(1, 0);
    receive.add(driver.writable(100));
    driver.mmio.pause();
    assertThat(cable.port.receive(frame(packet(60)))).isFalse();
    assertThat(cable.port.next(frame)).isFalse();
    driver.mmio.resume();
    driver.steps.run();
    assertThat(cable.rooms).isEqualTo(1);
    assertThat(cable.port.receive(frame(packet(60)))).isTrue();
    driver.set(STATUS, 0);
    assertThat(cable.port.receive(frame(packet(60)))).isTrue();
    assertThat(cable.port.takesPartialChecksums()).isFalse();
  }

  @Test
  void aCableThatIsPulledOutIsToldAndCarriesNothing() {
    begin(1, 0);
    int generation = driver.get(CONFIG_GENERATION);
    cable.port.link(false);
    assertThat(driver.acknowledge() & 2).isEqualTo(2);
    assertThat(driver.get(CONFIG_GENERATION)).isNotEqualTo(generation);
    assertThat(driver.get(CONFIG + 6, 2)).isZero();
    receive.add(driver.writable(100));
    assertThat(cable.port.receive(frame(packet(60)))).isTrue();
    assertThat(receive.hasUsed()).isFalse();
    transmit.add(driver.readable(new byte[HEADER]), driver.readable(packet(100)));
    assertThat(taken()).isEmpty();
    cable.port.link(true);
    assertThat(driver.get(CONFIG + 6, 2)).isEqualTo(1);
  }

  @Test
  void theFilterHearsWhatTheDriverAsksFor() {
    begin(1, CONTROL | CONTROL_RX);
    long other = 0x5254_0000_0001L;
    long group = 0x0100_5e00_0001L;
    assertThat(hears(other)).isTrue(); // Promiscuous until it says otherwise.
    assertThat(command(0, 0, (byte) 0)).isZero();
    assertThat(hears(other)).isFalse();
    assertThat(hears(MAC)).isTrue();
    assertThat(hears(0xffff_ffff_ffffL)).isTrue();
    assertThat(hears(group)).isFalse();
    assertThat(command(0, 1, (byte) 1)).isZero();
    assertThat(hears(group)).isTrue();
    assertThat(command(0, 1, (byte) 0)).isZero();
    byte[] lists = {1, 0, 0, 0, 0x52, 0x54, 0, 0, 0, 1, 1, 0, 0, 0, 1, 0, 0x5e, 0, 0, 1};
    assertThat(command(1, 0, lists)).isZero();
    assertThat(hears(group)).isTrue();
    assertThat(hears(other)).isTrue();
    assertThat(hears(other + 1)).isFalse();
    assertThat(command(0, 5, (byte) 1)).isZero();
    assertThat(hears(0xffff_ffff_ffffL)).isFalse();
  }

  @Test
  void aListThatIsTooLongHearsAllOfItsKind() {
    begin(1, CONTROL | CONTROL_RX);
    assertThat(command(0, 0, (byte) 0)).isZero();
    byte[] lists = new byte[4 + 200 * 6 + 4];
    lists[0] = (byte) 200;
    assertThat(command(1, 0, lists)).isZero();
    assertThat(hears(0x5254_0000_0001L)).isTrue();
    byte[] wrong = {9, 0, 0, 0, 1, 2, 3, 4, 5, 6};
    assertThat(command(1, 0, wrong)).isEqualTo(1);
  }

  @Test
  void vlansAreHeardThatTheDriverNames() {
    begin(1, CONTROL | CONTROL_VLAN);
    byte[] bytes = packet(64);
    ByteBuffer.wrap(bytes).putInt(12, 0x8100_2064);
    receive.add(driver.writable(100));
    assertThat(cable.port.receive(frame(bytes))).isTrue();
    assertThat(receive.hasUsed()).isFalse();
    assertThat(command(2, 0, (byte) 0x64, (byte) 0)).isZero();
    assertThat(cable.port.receive(frame(bytes))).isTrue();
    assertThat(receive.hasUsed()).isTrue();
    assertThat(command(2, 0, (byte) 0, (byte) 0x10)).isEqualTo(1);
  }

  @Test
  void anotherAddressIsTakenUnlessTheNetworkHoldsOnToIts() {
    begin(1, CONTROL | CONTROL_MAC);
    byte[] other = {0x52, 0x54, 0, 0, 0, 9};
    assertThat(command(1, 1, other)).isEqualTo(1);
    assertThat(driver.get(CONFIG + 5, 1)).isEqualTo(0x56);
    cable.fixed = false;
    assertThat(command(1, 1, other)).isZero();
    assertThat(driver.get(CONFIG + 5, 1)).isEqualTo(9);
    driver.set(STATUS, 0);
    assertThat(driver.get(CONFIG + 5, 1)).isEqualTo(0x56);
  }

  @Test
  void aFlowIsReceivedWhereItIsSentOnceThereAreSeveralPairs() {
    begin(2, CONTROL | MULTIQUEUE);
    VirtioDriver.Ring second = driver.ring(2, 8, false);
    VirtioDriver.Ring sending = driver.ring(3, 8, false);
    assertThat(command(4, 0, (byte) 3, (byte) 0)).isEqualTo(1);
    assertThat(command(4, 0, (byte) 2, (byte) 0)).isZero();
    byte[] there = packet(60);
    ByteBuffer.wrap(there).putShort(12, (short) 0x0800).putLong(26, 0x0a00_020f_0a00_0202L);
    ByteBuffer.wrap(there).putInt(34, 0x1234_0050);
    sending.add(driver.readable(sent(new byte[HEADER], there)));
    assertThat(taken()).isEqualTo(there);
    byte[] back = there.clone();
    ByteBuffer.wrap(back).putLong(26, 0x0a00_0202_0a00_020fL).putInt(34, 0x0050_1234);
    second.add(driver.writable(100));
    receive.add(driver.writable(100));
    assertThat(cable.port.receive(frame(back))).isTrue();
    assertThat(second.hasUsed()).isTrue();
    assertThat(receive.hasUsed()).isFalse();
  }

  @Test
  void offloadsAreSwitchedThatWereNegotiated() {
    begin(1, CONTROL | GUEST_OFFLOADS | GUEST_CSUM | GUEST_TSO4);
    assertThat(cable.port.takesSegments(false)).isTrue();
    assertThat(command(5, 0, littleEndian(8, b -> b.putLong(GUEST_CSUM)))).isZero();
    assertThat(cable.port.takesSegments(false)).isFalse();
    assertThat(cable.port.takesPartialChecksums()).isTrue();
    assertThat(command(5, 0, littleEndian(8, b -> b.putLong(1L << 8)))).isEqualTo(1);
    assertThat(command(5, 0, littleEndian(8, b -> b.putLong(1L << 33)))).isEqualTo(1);
  }

  @Test
  void commandsThatDoNotExistAreRefusedAndOnesWithoutAnAnswersPlaceBreakARule() {
    begin(1, CONTROL);
    assertThat(command(9, 0)).isEqualTo(1);
    assertThat(command(0, 6, (byte) 1)).isEqualTo(1);
    assertThat(command(0, 0)).isEqualTo(1);
    control.add(driver.readable((byte) 0, (byte) 0, (byte) 1));
    control.kick();
    assertThat(driver.get(STATUS) & NEEDS_RESET).isEqualTo(NEEDS_RESET);
  }

  @Test
  void itsStateGoesOnInAnotherMachine() {
    cable.fixed = false;
    begin(2, CONTROL | CONTROL_RX | CONTROL_VLAN | CONTROL_MAC | MULTIQUEUE | GUEST_OFFLOADS);
    assertThat(command(0, 0, (byte) 0)).isZero();
    assertThat(command(1, 1, new byte[] {0x52, 0x54, 0, 0, 0, 9})).isZero();
    assertThat(command(2, 0, (byte) 7, (byte) 0)).isZero();
    assertThat(command(4, 0, (byte) 2, (byte) 0)).isZero();
    cable.port.link(false);
    VirtioMmio.State state = driver.mmio.state();
    VirtioMmio copy =
        new VirtioMmio("copy", new VirtioNet(cable, 2), driver.memory, high -> {}, driver.steps);
    copy.restore(state);
    assertThat(copy.state()).isEqualTo(state);
    VirtioMmio smaller =
        new VirtioMmio("small", new VirtioNet(cable, 1), driver.memory, high -> {}, driver.steps);
    assertThatThrownBy(() -> smaller.restore(state)).isInstanceOf(IllegalArgumentException.class);
  }
}
