package atoll.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import atoll.host.HostException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** A network with the host as one more station, by a cable that the test has in its hand. */
class TapUplinkTest {
  private static final long HOST = 0x5254_00ff_0001L;
  private static final byte[] COMPLETE = new byte[10];

  /** The end of the cable. */
  private static final class Host implements Cable {
    private final Deque<byte[]> sending = new ArrayDeque<>();
    private final List<byte[]> headers = new ArrayList<>();
    private final List<byte[]> frames = new ArrayList<>();
    private boolean gone;
    private boolean deaf;
    private boolean closed;

    @Override
    public String name() {
      return "the host's interface tap7";
    }

    @Override
    public boolean await(boolean listening, long nanos) {
      return listening && (gone || !sending.isEmpty());
    }

    @Override
    public void wake() {}

    @Override
    public int read(MemorySegment header, MemorySegment frame) {
      byte[] bytes = sending.poll();
      if (bytes == null) {
        return gone ? GONE : 0;
      }
      MemorySegment.copy(bytes, 0, header, ValueLayout.JAVA_BYTE, 0, 10);
      MemorySegment.copy(bytes, 10, frame, ValueLayout.JAVA_BYTE, 0, bytes.length - 10);
      return bytes.length - 10;
    }

    @Override
    public boolean write(MemorySegment header, MemorySegment frame, int length) {
      if (!deaf) {
        headers.add(header.toArray(ValueLayout.JAVA_BYTE));
        frames.add(frame.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE));
      }
      return !deaf;
    }

    @Override
    public void close() {
      closed = true;
    }

    void send(byte[] header, byte[] frame) {
      sending.add(ByteBuffer.allocate(10 + frame.length).put(header).put(frame).array());
    }

    List<byte[]> take() {
      List<byte[]> all = List.copyOf(frames);
      frames.clear();
      headers.clear();
      return all;
    }
  }

  private final Host host = new Host();

  private TestNet net(boolean filter) {
    return new TestNet(
        new NetworkSettings(
            "wire", Optional.of(new TapSettings(Optional.of("tap7"))), 1_500, filter),
        new TestLinks(host));
  }

  @Test
  void whatIsForNoGuestGoesToTheHostAndWhatTheHostSendsToItsGuest() {
    try (TestNet net = net(true)) {
      TestGuest a = net.guest();
      TestGuest b = net.guest();
      byte[] out = TestGuest.frame(HOST, a.mac, 50);
      byte[] between = TestGuest.frame(b.mac, a.mac, 50);
      byte[] toAll = TestGuest.frame(MacAddress.BROADCAST, a.mac, 50);
      a.send(out);
      a.send(between);
      a.send(toAll);
      net.turn();
      assertThat(host.headers).containsExactly(COMPLETE, COMPLETE);
      assertThat(host.take()).containsExactly(out, toAll);
      assertThat(b.take()).containsExactly(between, toAll);
      byte[] in = TestGuest.frame(a.mac, HOST, 60);
      byte[] inToAll = TestGuest.frame(MacAddress.BROADCAST, HOST, 60);
      host.send(COMPLETE, in);
      host.send(COMPLETE, inToAll);
      host.send(COMPLETE, TestGuest.frame(HOST + 1, HOST, 60)); // For others of its network.
      net.turn();
      assertThat(a.take()).containsExactly(in, inToAll);
      assertThat(b.take()).containsExactly(inToAll);
      assertThat(host.take()).isEmpty();
      assertThat(net.network.statistics().outside())
          .containsExactly("the host's interface tap7, 2 frames to it, 3 from it, 0 lost");
    }
    assertThat(host.closed).isTrue();
  }

  @Test
  void nobodyOutsideSpeaksAsAGuestAndWhatMakesNoSenseIsLost() {
    try (TestNet net = net(true)) {
      TestGuest a = net.guest();
      TestGuest b = net.guest();
      host.send(COMPLETE, TestGuest.frame(a.mac, b.mac, 60));
      host.send(COMPLETE, TestGuest.frame(a.mac, HOST | 1L << 40, 60));
      byte[] beyond = {1, 0, 0, 0, 0, 0, 90, 0, 16, 0}; // A checksum behind the end.
      host.send(beyond, TestGuest.frame(a.mac, HOST, 60));
      host.send(COMPLETE, new byte[13]);
      Random random = new Random(5);
      for (int n = 0; n < 2_000; n++) {
        byte[] any = new byte[10];
        random.nextBytes(any);
        host.send(any, TestGuest.frame(n % 2 == 0 ? HOST : a.mac, HOST, random.nextInt(200)));
      }
      for (int n = 0; n < 40; n++) {
        net.turn();
      }
      assertThat(host.sending).isEmpty();
      assertThat(b.take()).isEmpty();
      assertThat(a.take()).allSatisfy(came -> assertThat(came.length).isLessThan(300));
      assertThat(a.port.statistics().refused()).isZero();
    }
  }

  @Test
  void longSegmentsAndChecksumsAreLeftToWhoeverTakesThem() {
    try (TestNet net = net(true)) {
      TestGuest a = net.guest();
      byte[] data = new byte[4_000];
      byte[] tcp = TestGuest.tcp(1 << 24, 2 << 24, 7 << 16 | 8, 1_000, 5, 0x18, 500, data);
      byte[] whole = a.packet(1 << 24, 2 << 24, IpPacket.TCP, tcp);
      ByteBuffer.wrap(whole).putShort(0, (short) (HOST >>> 32)).putInt(2, (int) HOST);
      a.sendUncut(whole, 1_460);
      net.turn();
      ByteBuffer header = ByteBuffer.wrap(host.headers.getFirst()).order(ByteOrder.LITTLE_ENDIAN);
      assertThat(host.take()).containsExactly(whole);
      assertThat(header.getShort(0)).isEqualTo((short) 0x0101); // A checksum, TCP over IPv4
      assertThat(header.getShort(2)).isEqualTo((short) 54);
      assertThat(header.getShort(4)).isEqualTo((short) 1_460);
      assertThat(header.getShort(6)).isEqualTo((short) 34);
      assertThat(header.getShort(8)).isEqualTo((short) 16);
      // And back: to a guest that cuts nothing itself.
      byte[] back = whole.clone();
      ByteBuffer.wrap(back)
          .putShort(0, (short) (a.mac >>> 32))
          .putInt(2, (int) a.mac)
          .putShort(6, (short) (HOST >>> 32))
          .putInt(8, (int) HOST);
      host.send(header.array(), back);
      net.turn();
      assertThat(a.take()).hasSize(3);
      a.offloads = true;
      host.send(header.array(), back);
      net.turn();
      assertThat(a.take()).containsExactly(back);
    }
  }

  @Test
  void whatNoGuestHasRoomForStaysWithTheHost() {
    try (TestNet net = net(true)) {
      TestGuest a = net.guest();
      TestGuest b = net.guest();
      a.room(false);
      b.room(false);
      for (int n = 0; n < 500; n++) {
        host.send(COMPLETE, TestGuest.frame(a.mac, HOST, 60));
      }
      for (int n = 0; n < 20; n++) {
        net.turn();
      }
      // One that takes nothing does not hold up the other, and loses what it cannot keep.
      assertThat(host.sending).isEmpty();
      assertThat(a.port.statistics().lost()).isEqualTo(500 - 64);
      for (int n = 0; n < 200; n++) {
        host.send(COMPLETE, TestGuest.frame(b.mac, HOST, 60));
      }
      for (int n = 0; n < 20; n++) {
        net.turn();
      }
      assertThat(host.sending).hasSize(200 - 64);
      assertThat(b.port.statistics().lost()).isZero();
      b.room(true);
      for (int n = 0; n < 20; n++) {
        net.turn();
      }
      assertThat(b.take()).hasSize(200);
    }
  }

  @Test
  void withoutTheFilterStationsAreLearnedOnBothSides() {
    try (TestNet net = net(false)) {
      TestGuest a = net.guest();
      TestGuest b = net.guest();
      long behindA = 0x5254_00bb_0001L;
      byte[] unknown = TestGuest.frame(HOST, behindA, 50);
      a.send(unknown);
      net.turn();
      assertThat(host.take()).containsExactly(unknown);
      assertThat(b.take()).containsExactly(unknown); // It may be anywhere.
      host.send(COMPLETE, TestGuest.frame(behindA, HOST, 50));
      net.turn();
      assertThat(a.take()).hasSize(1);
      assertThat(b.take()).isEmpty();
      a.send(unknown);
      net.turn();
      assertThat(host.take()).hasSize(1);
      assertThat(b.take()).isEmpty();
      byte[] lost = TestGuest.frame(0x5254_00cc_0001L, HOST, 50);
      host.send(COMPLETE, lost);
      net.turn();
      assertThat(a.take()).containsExactly(lost);
      assertThat(b.take()).containsExactly(lost);
    }
  }

  @Test
  void anInterfaceThatIsDownOrGoneCostsFramesOnlyAndIsSaidOnce() {
    try (TestNet net = net(true)) {
      TestGuest a = net.guest();
      TestGuest b = net.guest();
      host.deaf = true;
      a.send(TestGuest.frame(HOST, a.mac, 50));
      net.turn();
      host.gone = true;
      for (int n = 0; n < 10; n++) {
        net.turn();
      }
      assertThat(net.notices)
          .containsExactly(
              "network wire: the host's interface tap7 is gone; the network goes on without it");
      net.notices.clear();
      byte[] between = TestGuest.frame(b.mac, a.mac, 50);
      a.send(between);
      a.send(TestGuest.frame(HOST, a.mac, 50));
      net.turn();
      assertThat(b.take()).containsExactly(between);
      assertThat(net.network.statistics().outside())
          .containsExactly(
              "the host's interface tap7, which is gone, 0 frames to it, 0 from it, 2 lost");
    }
  }

  @Test
  void anInterfaceThatIsNotToBeHadIsSaidWithItsNetwork() {
    try (TestNet net =
        new TestNet(
            new NetworkSettings(
                "wire", Optional.of(new TapSettings(Optional.empty())), 1_500, true),
            new TestLinks())) {
      assertThatThrownBy(net::guest)
          .isInstanceOf(HostException.class)
          .hasMessage("network wire: the host has none");
    }
    assertThatThrownBy(() -> new TapSettings(Optional.of("a b")))
        .hasMessageContaining("'a b' is not an interface's name, expected up to 15 letters");
  }
}
