package atoll.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Interfaces of this host, where it lets the user make some. */
@Timeout(value = 1200, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class TapInterfaceTest {
  private static final long SOON = 50_000_000;
  private static final long PEER = 0x5254_0000_00aaL;

  /** Others may test at the same time. */
  private static final long OWN = ProcessHandle.current().pid();

  private final Arena arena = Arena.ofAuto();
  private final MemorySegment header = arena.allocate(TapInterface.HEADER, Long.BYTES);
  private final MemorySegment frame = arena.allocate(70_000, Long.BYTES);

  private static TapInterface make(Optional<String> name, int mtu) {
    try {
      return new TapInterface(name, mtu);
    } catch (HostException e) {
      assumeTrue(false, e.getMessage());
      throw e;
    }
  }

  private static boolean ip(String... words) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("ip"));
    command.addAll(List.of(words));
    try {
      return new ProcessBuilder(command).inheritIO().start().waitFor() == 0;
    } catch (IOException e) {
      assumeTrue(false, "there is no ip");
      throw e;
    }
  }

  /** An address of a network for measurements (RFC 2544), of four addresses of this process. */
  private static InetAddress address(int last) throws IOException {
    return InetAddress.getByAddress(
        new byte[] {(byte) 198, 18, (byte) (OWN >> 6), (byte) ((OWN & 63) << 2 | last)});
  }

  /** The next frame that is like that. */
  private ByteBuffer next(TapInterface tap, DescriptorPoll poll, Predicate<ByteBuffer> like) {
    while (true) {
      int length = tap.read(header, frame);
      assertThat(length).isNotEqualTo(TapInterface.GONE);
      if (length == 0) {
        boolean ignored = poll.await(SOON);
        continue;
      }
      ByteBuffer bytes = ByteBuffer.wrap(frame.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE));
      if (like.test(bytes)) {
        return bytes;
      }
    }
  }

  private void write(TapInterface tap, byte[] bytes) {
    header.fill((byte) 0);
    MemorySegment.copy(bytes, 0, frame, ValueLayout.JAVA_BYTE, 0, bytes.length);
    assertThat(tap.write(header, frame, bytes.length)).isTrue();
  }

  @Test
  void theHostsProgramsAndThisOneReachEachOther() throws IOException, InterruptedException {
    try (TapInterface tap = make(Optional.empty(), 1_400);
        DescriptorPoll poll = new DescriptorPoll(1);
        DatagramSocket program = new DatagramSocket(null)) {
      assertThat(tap.made()).isTrue();
      assertThat(tap.up()).isTrue();
      assertThat(tap.mtu()).isEqualTo(1_400);
      poll.watch(0, tap.descriptor());
      String host = address(1).getHostAddress();
      assumeTrue(ip("addr", "add", host + "/30", "dev", tap.name()));
      program.bind(new InetSocketAddress(address(1), 0));
      byte[] said = {1, 2, 3, 4, 5};
      program.send(new DatagramPacket(said, said.length, address(2), 4_000));
      ByteBuffer request = next(tap, poll, bytes -> bytes.getShort(12) == 0x0806);
      write(tap, reply(request));
      ByteBuffer datagram =
          next(tap, poll, bytes -> bytes.getShort(12) == 0x0800 && bytes.get(23) == 17);
      assertThat(datagram.getShort(36)).isEqualTo((short) 4_000);
      assertThat(datagram.capacity()).isEqualTo(14 + 20 + 8 + 5);
      assertThat(datagram.slice(42, 5)).isEqualTo(ByteBuffer.wrap(said));
      // The host has left the checksum to us, as its header says.
      assertThat(header.get(ValueLayout.JAVA_BYTE, 0)).isEqualTo((byte) 1);
    }
  }

  private static byte[] reply(ByteBuffer request) {
    ByteBuffer reply = ByteBuffer.allocate(42);
    reply.put(request.slice(6, 6)).putShort((short) (PEER >>> 32)).putInt((int) PEER);
    reply.putShort((short) 0x0806).putLong(0x0001_0800_0604_0002L);
    reply.putShort((short) (PEER >>> 32)).putInt((int) PEER).put(request.slice(38, 4));
    reply.put(request.slice(22, 10));
    return reply.array();
  }

  @Test
  void whatIsInUseOrNoTapIsRefusedAndWhatIsGoneSaysSo() throws IOException, InterruptedException {
    Optional<String> name = Optional.of("at" + OWN);
    try (TapInterface tap = make(name, 1_500)) {
      assertThat(tap.name()).isEqualTo(name.get());
      assertThatThrownBy(() -> new TapInterface(name, 1_500))
          .hasMessage(
              "the interface at%d is in use already; choose another, or end the program that has it",
              OWN);
      assertThatThrownBy(() -> new TapInterface(Optional.of("lo"), 1_500))
          .hasMessage("lo is an interface of the host, but no TAP; choose another name");
      assumeTrue(ip("link", "del", name.get()));
      assertThat(tap.read(header, frame)).isEqualTo(TapInterface.GONE);
      assertThat(tap.write(header, frame, 60)).isFalse();
    }
  }

  @Test
  void aUsersOwnInterfaceStaysAsItIs() throws IOException, InterruptedException {
    make(Optional.empty(), 1_500).close(); // Where the host lets us, we may go on.
    String name = "au" + OWN;
    assumeTrue(ip("tuntap", "add", "dev", name, "mode", "tap", "multi_queue"));
    try (TapInterface tap = new TapInterface(Optional.of(name), 9_000)) {
      assertThat(tap.made()).isFalse();
      assertThat(tap.up()).isFalse();
      assertThat(tap.mtu()).isEqualTo(1_500);
      assertThat(tap.write(header, frame, 60)).isFalse();
      assertThat(tap.read(header, frame)).isZero();
    } finally {
      assertThat(ip("link", "del", name)).isTrue();
    }
  }

  @Test
  void namesAreThoseThatLinuxTakes() {
    for (String good : List.of("tap0", "a", "br-lan.100", "fifteen-letters")) {
      assertThat(TapInterface.isName(good)).as(good).isTrue();
    }
    for (String bad :
        List.of("", ".", "..", "a b", "a/b", "a:b", "tap%d", "sixteen-letters!", "ä")) {
      assertThat(TapInterface.isName(bad)).as(bad).isFalse();
    }
  }

  @Test
  void whoWaitsIsWokenAlsoBeforehandAndNotByWhatIsClosed() {
    assumeTrue(SystemCall.available());
    DescriptorPoll poll = new DescriptorPoll(2);
    poll.wake();
    poll.wake();
    assertThat(poll.await(Long.MAX_VALUE)).isFalse();
    assertThat(poll.await(0)).isFalse();
    Thread other = Thread.ofPlatform().start(poll::wake);
    assertThat(poll.await(Long.MAX_VALUE)).isFalse();
    poll.close();
    poll.wake();
    assertThat(other.isDaemon()).isFalse();
  }
}
