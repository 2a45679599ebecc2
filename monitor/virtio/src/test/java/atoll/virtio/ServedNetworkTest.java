package atoll.virtio;

import static atoll.virtio.VirtioDriver.*;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Networks and consoles that another machine serves: what its driver sees, and who can do what. */
class ServedNetworkTest {
  private static final int HEADER = 12;
  private static final int FRAME = 60;
  private static final int LINK_UP = 1;

  private final FakeServer server = new FakeServer();
  private VirtioServed device;
  private VirtioDriver driver;
  private VirtioDriver.Ring in;
  private VirtioDriver.Ring out;

  @AfterEach
  void close() {
    driver.close();
    server.free();
  }

  private void start(Service.Kind kind) {
    server.honest = false;
    Service service = new Service(kind, false, 0, 0, 0);
    device = new VirtioServed("wire", service, server.memory, server, () -> 0, text -> {});
    driver = new VirtioDriver(device);
    device.plugIn();
    drive();
    server.said = LINK_UP;
    server.start();
    driver.steps.run();
  }

  /** A driver begins. */
  private void drive() {
    driver.negotiate(driver.offered() & ~(INDIRECT | EVENT_INDEX));
    in = driver.ring(0, 16, false);
    out = driver.ring(1, 16, false);
    driver.ok();
  }

  private byte[] own() {
    byte[] address = new byte[6];
    for (int i = 0; i < address.length; i++) {
      address[i] = (byte) driver.get(CONFIG + i, 1);
    }
    return address;
  }

  private byte[] frame(int forged) {
    byte[] bytes = new byte[HEADER + FRAME];
    Arrays.fill(bytes, HEADER, HEADER + FRAME, (byte) 0x5e);
    System.arraycopy(own(), 0, bytes, HEADER + 6, 6);
    bytes[HEADER + 11] += (byte) forged;
    return bytes;
  }

  private void send(byte[] bytes) {
    out.add(driver.readable(bytes));
    out.kick();
  }

  private int linkStatus() {
    return (int) driver.get(CONFIG + 6, 2);
  }

  private void settle() {
    server.tell();
    driver.steps.run();
  }

  @Test
  void aFrameIsLentWithoutVirtiosHeader() {
    start(Service.Kind.NETWORK);
    assertThat(driver.get(DEVICE_ID)).isEqualTo(1);
    byte[] sent = frame(0);
    send(sent);
    server.look();
    FakeServer.Request lent = server.taken.peek();
    assertThat(lent.outBytes()).isEqualTo(FRAME);
    assertThat(lent.inBytes()).isZero();
    assertThat(server.read(lent.out(), FRAME))
        .isEqualTo(Arrays.copyOfRange(sent, HEADER, HEADER + FRAME));
    server.answer(lent.number(), 0);
    settle();
    assertThat(out.take()).isEqualTo(new Used(0, 0));
  }

  @Test
  void theServerIsToldTheClientsAddress() {
    start(Service.Kind.NETWORK);
    assertThat(server.read(0x38, 8)).startsWith(own()).endsWith(0, 0);
    assertThat(own()).startsWith(0x52, 0x54, 0);
  }

  /** A vCPU changes the address while another one's frame is looked at. */
  @Test
  void aFrameIsLentWithTheAddressThatWasLookedAt() {
    start(Service.Kind.NETWORK);
    ServedNetwork kind = new ServedNetwork("wire");
    kind.attach(device.session());
    byte[] sent = frame(0);
    Buffer buffer = driver.readable(sent);
    DescriptorChain chain = new DescriptorChain(driver.memory);
    chain.add(buffer.gpa(), sent.length, false);
    assertThat(kind.look(1, chain)).isEqualTo(ServedKind.Verdict.LEND);
    driver.memory.putByte(buffer.gpa() + HEADER + 11, (byte) ~sent[HEADER + 11]);
    byte[] lent = new byte[FRAME];
    chain.read(MemorySegment.ofArray(lent));
    kind.keep(MemorySegment.ofArray(lent));
    assertThat(lent).isEqualTo(Arrays.copyOfRange(sent, HEADER, HEADER + FRAME));
  }

  @Test
  void aFrameWithAnothersAddressAndOneThatIsTooLongGoNowhere() {
    start(Service.Kind.NETWORK);
    send(frame(1));
    send(Arrays.copyOf(frame(0), HEADER + 1519));
    send(Arrays.copyOf(frame(0), HEADER + 13));
    server.look();
    assertThat(server.taken).isEmpty();
    assertThat(device.statistics().refused()).isEqualTo(3);
    assertThat(out.take()).isEqualTo(new Used(0, 0));
  }

  @Test
  void whatComesInIsBehindAHeader() {
    start(Service.Kind.NETWORK);
    Buffer room = driver.writable(HEADER + 200);
    in.add(room);
    in.kick();
    server.look();
    FakeServer.Request lent = server.taken.poll();
    assertThat(lent.inBytes()).isEqualTo(200);
    assertThat(device.statistics().waiting()).isZero(); // It waits for the network, not for work.
    server.memory.asSlice(lent.in(), FRAME).fill((byte) 7);
    server.answer(lent.number(), FRAME);
    settle();
    assertThat(in.take()).isEqualTo(new Used(0, HEADER + FRAME));
    byte[] got = driver.contents(room);
    assertThat(Arrays.copyOf(got, HEADER))
        .isEqualTo(new byte[] {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0});
    assertThat(Arrays.copyOfRange(got, HEADER, HEADER + FRAME)).containsOnly(7);
    assertThat(Arrays.copyOfRange(got, HEADER + FRAME, got.length)).containsOnly(0);
  }

  @Test
  void theLinkIsUpWhileAServerIsThere() {
    start(Service.Kind.NETWORK);
    assertThat(linkStatus()).isEqualTo(LINK_UP);
    server.die();
    driver.steps.run();
    assertThat(linkStatus()).isZero();
    assertThat(driver.acknowledge() & 2).isEqualTo(2); // a configuration interrupt
    server.start();
    driver.steps.run();
    assertThat(linkStatus()).isEqualTo(LINK_UP);
    server.die();
    server.said = 0;
    server.start();
    driver.steps.run();
    assertThat(linkStatus()).isZero();
  }

  @Test
  void roomOfADriverThatHasGoneHoldsNobodyUp() {
    start(Service.Kind.NETWORK);
    in.add(driver.writable(HEADER + 200));
    in.kick();
    server.look();
    assertThat(server.taken).hasSize(1);
    int before = server.get(0x40);
    drive();
    assertThat(server.get(0x40)).isNotEqualTo(before);
    server.begin();
    driver.steps.run();
    send(frame(0));
    server.look();
    assertThat(server.taken).hasSize(1);
    assertThat(server.taken.peek().outBytes()).isEqualTo(FRAME);
  }

  @Test
  void aConsoleSendsWhatIsPrintedAndHasRoomForKeys() {
    start(Service.Kind.CONSOLE);
    assertThat(driver.get(DEVICE_ID)).isEqualTo(3);
    Buffer keys = driver.writable(16);
    in.add(keys);
    in.kick();
    send(new byte[] {'h', 'i'});
    server.look();
    FakeServer.Request room = server.taken.poll();
    FakeServer.Request text = server.taken.poll();
    assertThat(server.read(text.out(), text.outBytes())).isEqualTo(new byte[] {'h', 'i'});
    server.memory.asSlice(room.in(), 1).fill((byte) 'x');
    server.answer(room.number(), 1);
    server.answer(text.number(), 0);
    settle();
    assertThat(in.take()).isEqualTo(new Used(0, 1));
    assertThat(driver.contents(keys)).startsWith('x');
    assertThat(out.take()).isEqualTo(new Used(0, 0));
  }

  static LongStream seeds() {
    return LongStream.rangeClosed(1, 10);
  }

  /** Whatever the server stores anywhere, nothing throws, and a server that begins anew serves. */
  @ParameterizedTest
  @MethodSource("seeds")
  void noServerHarmsMoreThanItself(long seed) {
    Random random = new Random(seed);
    start(random.nextBoolean() ? Service.Kind.NETWORK : Service.Kind.CONSOLE);
    byte[] guest = driver.memory.read(RAM, 0x1000);
    for (int round = 0; round < 300; round++) {
      if (round % 40 == 0) {
        in.add(driver.writable(HEADER + 100));
        in.kick();
        send(frame(0));
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
    server.start();
    driver.steps.run();
    drive();
    server.begin();
    driver.steps.run();
    send(frame(0));
    server.look();
    assertThat(server.taken).isNotEmpty();
  }
}
