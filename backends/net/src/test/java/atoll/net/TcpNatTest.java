package atoll.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Connections of a guest that says exactly what a test makes it say, with the host's sockets. */
@Timeout(value = 1200, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class TcpNatTest {
  private static final int FIN = TcpSegment.FIN;
  private static final int SYN = TcpSegment.SYN;
  private static final int RST = TcpSegment.RST;
  private static final int PSH = TcpSegment.PSH;
  private static final int ACK = TcpSegment.ACK;
  private static final int GUEST_PORT = 40_000;
  private static final byte[] NOTHING = {};

  private final TestNet net = TestNet.user();
  private final TestGuest guest = net.guest();
  private ServerSocket server;

  @BeforeEach
  void listen() throws IOException {
    server = new ServerSocket(0, 2_000, InetAddress.getLoopbackAddress());
  }

  @AfterEach
  void close() throws IOException {
    server.close();
    net.close();
  }

  /** A segment that has come to the guest. */
  @SuppressWarnings("ArrayRecordComponent") // Nobody compares whole segments.
  private record Segment(
      int ports, int sequence, int acknowledged, int flags, int window, byte[] data) {
    static Optional<Segment> of(byte[] frame) {
      ByteBuffer bytes = ByteBuffer.wrap(frame);
      if (bytes.getShort(12) != 0x0800 || bytes.get(23) != IpPacket.TCP) {
        return Optional.empty();
      }
      int total = bytes.getShort(16) & 0xffff;
      int header = bytes.get(46) >>> 2 & 0x3c;
      return Optional.of(
          new Segment(
              bytes.getInt(34),
              bytes.getInt(38),
              bytes.getInt(42),
              bytes.get(47),
              bytes.getShort(48) & 0xffff,
              Arrays.copyOfRange(frame, 34 + header, 14 + total)));
    }

    boolean has(int flag) {
      return (flags & flag) != 0;
    }
  }

  /** The guest's end of a connection. */
  private final class End {
    final int ports;
    int next = 1_000;
    int expected;
    int window = 60_000;

    End(int guestPort, int port) {
      ports = guestPort << 16 | port;
    }

    void say(int flags, byte[] data) {
      say(next, flags, data);
      next += data.length + ((flags & (SYN | FIN)) != 0 ? 1 : 0);
    }

    void say(int sequence, int flags, byte[] data) {
      byte[] tcp =
          TestGuest.tcp(
              TestGuest.ADDRESS, TestGuest.GATEWAY, ports, sequence, expected, flags, window, data);
      guest.send(guest.packet(TestGuest.ADDRESS, TestGuest.GATEWAY, IpPacket.TCP, tcp));
      net.turn();
    }

    /** The next segment for this end. */
    Segment hear() {
      List<Segment> found = new ArrayList<>();
      net.until(() -> {
        guest
            .find(frame ->
                Segment.of(frame).filter(s -> s.ports == Integer.rotateLeft(ports, 16)).isPresent())
            .flatMap(Segment::of)
            .ifPresent(found::add);
        return !found.isEmpty();
      });
      return found.getFirst();
    }

    boolean silent() {
      net.turn();
      return guest.find(frame -> Segment.of(frame).isPresent()).isEmpty();
    }

    /** Hears data, acknowledges them, and returns as many as it is told. */
    byte[] read(int bytes) {
      ByteBuffer all = ByteBuffer.allocate(bytes);
      while (all.hasRemaining()) {
        Segment s = hear();
        if (s.data.length > 0 && s.sequence == expected) {
          all.put(s.data);
          expected += s.data.length;
          say(ACK, NOTHING);
        }
      }
      return all.array();
    }

    Socket open() throws IOException {
      say(SYN, NOTHING);
      Segment answer = hear();
      assertThat(answer.flags).isEqualTo(SYN | ACK);
      assertThat(answer.acknowledged).isEqualTo(next);
      expected = answer.sequence + 1;
      say(ACK, NOTHING);
      return server.accept();
    }
  }

  private End end(int guestPort) {
    return new End(guestPort, server.getLocalPort());
  }

  private static byte[] text(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static byte[] pattern(int length) {
    byte[] bytes = new byte[length];
    new Random(length).nextBytes(bytes);
    return bytes;
  }

  @Test
  void aConnectionToTheGatewayIsOneToTheHostsLoopback() throws IOException {
    End end = end(GUEST_PORT);
    try (Socket host = end.open()) {
      end.say(ACK | PSH, text("question"));
      assertThat(host.getInputStream().readNBytes(8)).isEqualTo(text("question"));
      assertThat(end.hear().acknowledged).isEqualTo(end.next);
      host.getOutputStream().write(text("answer"));
      assertThat(end.read(6)).isEqualTo(text("answer"));
    }
  }

  @Test
  void anAnswerCarriesTheAcknowledgmentOfItsQuestion() throws IOException {
    End end = end(GUEST_PORT);
    try (Socket host = end.open()) {
      host.getOutputStream().write(text("greeting"));
      assertThat(end.read(8)).isEqualTo(text("greeting"));
      end.say(ACK | PSH, text("question"));
      assertThat(host.getInputStream().readNBytes(8)).isEqualTo(text("question"));
      assertThat(end.silent()).isTrue();
      host.getOutputStream().write(text("answer"));
      Segment answer = end.hear();
      assertThat(answer.data).isEqualTo(text("answer"));
      assertThat(answer.acknowledged).isEqualTo(end.next);
      end.expected += 6;
      end.say(ACK | PSH, text("thanks"));
      assertThat(end.silent()).isTrue();
      net.pass(25); // Nothing is said to that, so that it is acknowledged by itself.
      assertThat(end.hear().acknowledged).isEqualTo(end.next);
    }
  }

  @Test
  void aClosedPortResetsAndOneThatIsNotReachedIsReported() throws IOException {
    End end = end(GUEST_PORT);
    server.close();
    end.say(SYN, NOTHING);
    Segment answer = end.hear();
    assertThat(answer.flags).isEqualTo(RST | ACK);
    assertThat(answer.acknowledged).isEqualTo(end.next);
    byte[] tcp =
        TestGuest.tcp(TestGuest.ADDRESS, TestGuest.NAMES, 1 << 16 | 99, 7, 0, SYN, 99, NOTHING);
    guest.send(guest.packet(TestGuest.ADDRESS, TestGuest.NAMES, IpPacket.TCP, tcp));
    net.turn();
    ByteBuffer icmp = ByteBuffer.wrap(guest.take().getFirst());
    assertThat(icmp.getShort(34))
        .isEqualTo((short) 0x0300); // Network unreachable, as slirp has it.
    assertThat(icmp.getInt(26)).isEqualTo(TestGuest.NAMES);
  }

  @Test
  void eachSideCanEndFirst() throws IOException {
    End end = end(GUEST_PORT);
    try (Socket host = end.open()) {
      end.say(ACK | FIN, text("last words"));
      InputStream in = host.getInputStream();
      assertThat(in.readAllBytes()).isEqualTo(text("last words")); // Up to the end.
      host.getOutputStream().write(text("still here"));
      assertThat(end.read(10)).isEqualTo(text("still here"));
    }
    Segment fin = end.hear();
    assertThat(fin.has(FIN)).isTrue();
    end.expected++;
    end.say(ACK, NOTHING);
    End second = end(GUEST_PORT + 1);
    try (Socket host = second.open()) {
      host.shutdownOutput();
      assertThat(second.hear().has(FIN)).isTrue();
      second.expected++;
      second.say(ACK, NOTHING);
      second.say(ACK | PSH, text("half open"));
      assertThat(host.getInputStream().readNBytes(9)).isEqualTo(text("half open"));
      second.say(ACK | FIN, NOTHING);
      assertThat(host.getInputStream().read()).isEqualTo(-1);
    }
    net.pass(3_000);
    assertThat(net.network.statistics().outside().getFirst()).startsWith("0 TCP connections");
  }

  @Test
  void resetsGoThroughInBothDirections() throws IOException {
    End end = end(GUEST_PORT);
    try (Socket host = end.open()) {
      end.say(end.next + 5, RST, NOTHING); // Not the number: it may be somebody else's.
      assertThat(end.hear().flags).isEqualTo(ACK);
      end.say(RST, NOTHING);
      net.until(() -> reset(host));
    }
    End second = end(GUEST_PORT + 1);
    Socket host = second.open();
    host.setSoLinger(true, 0);
    host.close();
    assertThat(second.hear().has(RST)).isTrue();
    second.say(ACK, text("late"));
    assertThat(second.hear().has(RST)).isTrue();
  }

  private static boolean reset(Socket host) {
    try {
      host.setSoTimeout(1);
      return host.getInputStream().read() < -1;
    } catch (SocketException e) {
      return e.getMessage().contains("reset");
    } catch (IOException e) {
      return false;
    }
  }

  @Test
  void whatIsLostIsSentAgainAndSoIsWhatTheGuestRepeats() throws IOException {
    End end = end(GUEST_PORT);
    try (Socket host = end.open()) {
      host.getOutputStream().write(text("lost"));
      assertThat(end.hear().data).isEqualTo(text("lost"));
      assertThat(end.silent()).isTrue();
      net.pass(250);
      assertThat(end.hear().data).isEqualTo(text("lost"));
      net.pass(250);
      assertThat(end.silent()).isTrue(); // Twice as long, this time.
      net.pass(250);
      assertThat(end.read(4)).isEqualTo(text("lost"));
      end.say(ACK | PSH, text("again"));
      end.next -= 5;
      end.say(ACK | PSH, text("again and more"));
      assertThat(host.getInputStream().readNBytes(14)).isEqualTo(text("again and more"));
    }
  }

  @Test
  void threeRepetitionsBringBackWhatIsMissing() throws IOException {
    End end = end(GUEST_PORT);
    end.window = 2 * 1460;
    try (Socket host = end.open()) {
      byte[] data = pattern(2 * 1460);
      host.getOutputStream().write(data);
      assertThat(end.hear().data).isEqualTo(Arrays.copyOf(data, 1460));
      assertThat(end.hear().data).isEqualTo(Arrays.copyOfRange(data, 1460, 2920));
      for (int n = 0; n < 3; n++) {
        end.say(ACK, NOTHING);
      }
      assertThat(end.hear().data).isEqualTo(Arrays.copyOf(data, 1460));
      end.expected += 2920;
      end.say(ACK, NOTHING);
      net.pass(5_000);
      assertThat(end.silent()).isTrue();
    }
  }

  @Test
  void whatComesBeforeItsTurnIsKept() throws IOException {
    End end = end(GUEST_PORT);
    try (Socket host = end.open()) {
      byte[] data = pattern(5_000);
      int start = end.next;
      for (int from : new int[] {4_000, 2_000, 1_000, 3_000}) {
        end.say(start + from, ACK, Arrays.copyOfRange(data, from, from + 1_000));
        assertThat(end.hear().acknowledged).isEqualTo(start);
      }
      end.say(start, ACK, Arrays.copyOf(data, 1_000));
      assertThat(end.hear().acknowledged).isEqualTo(start + 5_000);
      assertThat(host.getInputStream().readNBytes(5_000)).isEqualTo(data);
    }
  }

  @Test
  void aClosedWindowIsProbedAndOpensAgain() throws IOException {
    End end = end(GUEST_PORT);
    try (Socket host = end.open()) {
      end.window = 0;
      end.say(ACK, NOTHING);
      host.getOutputStream().write(text("patience"));
      net.until(() -> host.isConnected() && end.silent());
      Segment probe = null;
      for (int n = 0; probe == null && n < 100; n++) {
        net.pass(500);
        probe = guest.find(f -> Segment.of(f).isPresent()).flatMap(Segment::of).orElse(null);
      }
      assertThat(probe.data).isEqualTo(text("p"));
      for (int n = 0; n < 50; n++) { // However long it takes.
        end.say(ACK, NOTHING);
        net.pass(30_000);
      }
      assertThat(guest.take().size()).isBetween(5, 60);
      end.window = 8;
      end.say(ACK, NOTHING);
      assertThat(end.read(8)).isEqualTo(text("patience"));
    }
  }

  @Test
  void aSlowHostClosesTheWindowAndNothingIsLost() throws IOException {
    End end = end(GUEST_PORT);
    try (Socket host = end.open()) {
      byte[] data = pattern(1_000);
      int edge = end.next + 60_000;
      int sent = 0;
      for (int idle = 0; idle < 200; idle++) {
        for (; end.next + data.length - edge <= 0; sent++) {
          end.say(ACK, data);
          idle = 0;
        }
        net.pass(10);
        for (byte[] frame : guest.take()) {
          Segment s = Segment.of(frame).orElseThrow();
          edge = s.acknowledged + (s.window << 4);
        }
      }
      assertThat(sent).isGreaterThan(100);
      InputStream in = host.getInputStream();
      for (int n = 0; n < sent * data.length; ) {
        net.until(() -> available(in) > 0);
        for (byte b : in.readNBytes(available(in))) {
          assertThat(b).isEqualTo(data[n++ % data.length]);
        }
      }
      net.turn();
      assertThat(guest.take()).isNotEmpty(); // The window is open again.
    }
  }

  private static int available(InputStream in) {
    try {
      return in.available();
    } catch (IOException e) {
      return 0;
    }
  }

  @Test
  void aGuestWithoutRoomHoldsTheHostUp() throws IOException {
    End end = end(GUEST_PORT);
    try (Socket host = end.open()) {
      guest.room(false);
      byte[] data = pattern(40_000);
      host.getOutputStream().write(data);
      for (int n = 0; n < 20; n++) {
        net.pass(100);
      }
      assertThat(guest.take()).isEmpty();
      guest.room(true);
      assertThat(end.read(40_000)).isEqualTo(data);
    }
  }

  @Test
  void aLossyGuestGetsEverythingInTheEnd() throws IOException {
    End end = end(GUEST_PORT);
    Random random = new Random(5);
    try (Socket host = end.open()) {
      byte[] data = pattern(200_000);
      host.getOutputStream().write(data);
      ByteBuffer all = ByteBuffer.allocate(data.length);
      while (all.hasRemaining()) {
        net.pass(all.position() == 0 ? 1 : 120);
        for (byte[] frame : guest.take()) {
          Segment s = Segment.of(frame).orElseThrow();
          if (s.sequence == end.expected && random.nextInt(4) != 0) {
            all.put(s.data);
            end.expected += s.data.length;
          }
          if (s.data.length > 0 && random.nextInt(4) != 0) {
            end.say(ACK, NOTHING);
          }
        }
      }
      assertThat(all.array()).isEqualTo(data);
    }
  }

  @Test
  void segmentsThatTheGuestLetsBeCutAreLong() throws IOException {
    End end = end(GUEST_PORT);
    guest.offloads = true;
    try (Socket host = end.open()) {
      byte[] data = pattern(30_000);
      OutputStream out = host.getOutputStream();
      out.write(data);
      int longest = 0;
      for (int got = 0; got < data.length; ) {
        Segment s = end.hear();
        longest = Math.max(longest, s.data.length);
        got += s.data.length;
        end.expected += s.data.length;
        end.say(ACK, NOTHING);
      }
      assertThat(longest).isGreaterThan(1_460);
    }
  }

  @Test
  void aGuestThatIsUnpluggedLeavesResets() throws IOException {
    End end = end(GUEST_PORT);
    try (Socket host = end.open()) {
      guest.port.detach(guest);
      net.until(() -> reset(host));
      assertThat(net.network.statistics().outside().getFirst()).startsWith("0 TCP connections");
    }
  }

  @Test
  void aThousandConnectionsCarryDataAndTakeBoundedMemory() throws IOException {
    List<End> ends = new ArrayList<>();
    List<Socket> hosts = new ArrayList<>();
    try {
      for (int n = 0; n < 1_000; n++) {
        End end = end(20_000 + n);
        ends.add(end);
        hosts.add(end.open());
      }
      byte[] data = pattern(5_000);
      for (Socket host : hosts) {
        host.getOutputStream().write(data);
      }
      for (End end : ends) {
        assertThat(end.read(5_000)).isEqualTo(data);
      }
      for (End end : ends) {
        end.say(ACK | PSH, text("ok"));
      }
      for (Socket host : hosts) {
        assertThat(host.getInputStream().readNBytes(2)).isEqualTo(text("ok"));
      }
    } finally {
      for (Socket host : hosts) {
        host.close();
      }
    }
  }

  @Test
  void aThousandThatAreHalfClosedResetOrSlowTakeBoundedMemoryAndHoldNobodyUp() throws IOException {
    List<Socket> hosts = new ArrayList<>();
    long before = directMemory();
    byte[] data = pattern(30_000);
    try {
      for (int n = 0; n < 1_000; n++) {
        End end = end(20_000 + n);
        end.window = n % 5 == 0 ? 0 : 60_000;
        Socket host = end.open();
        hosts.add(host);
        switch (n % 5) {
          case 0 -> host.getOutputStream().write(data); // The guest takes nothing.
          case 1 -> {
            end.say(FIN | ACK, NOTHING);
            host.getOutputStream().write(data);
          }
          case 2 -> {
            end.say(ACK | PSH, pattern(1_000)); // The host takes nothing.
            host.shutdownOutput();
          }
          case 3 -> end.say(RST, NOTHING);
          default -> {
            host.setSoLinger(true, 0);
            host.close();
          }
        }
        guest.take();
      }
      for (int n = 0; n < 20; n++) {
        net.pass(500);
        guest.take();
      }
      assertThat(directMemory() - before).isLessThan((64 + 16) << 20);
      net.until(() -> { // Those that were reset are gone.
        guest.take();
        return net.network.statistics().outside().getFirst().startsWith("600 TCP connections");
      });
      End well = end(GUEST_PORT);
      try (Socket host = well.open()) {
        host.getOutputStream().write(data);
        assertThat(well.read(data.length)).isEqualTo(data);
      }
    } finally {
      for (Socket host : hosts) {
        host.close();
      }
    }
  }

  private static long directMemory() {
    return ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
        .filter(pool -> pool.getName().equals("direct"))
        .mapToLong(BufferPoolMXBean::getMemoryUsed)
        .sum();
  }

  @Test
  void aFloodOfConnectionsIsRefusedBeyondABound() {
    for (int n = 0; n < 4_000; n++) {
      end(10_000 + n).say(SYN, NOTHING);
      guest.take();
    }
    String line = net.network.statistics().outside().getFirst();
    int count = Integer.parseInt(line.replaceFirst(" .*", ""));
    assertThat(count).isBetween(1, TcpNat.MOST);
    assertThat(line).doesNotContain(" 0 refused");
  }

  @Test
  void aForwardedPortOfTheHostLeadsToTheGuest() throws IOException {
    PortForward forward =
        new PortForward(false, new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 22);
    try (TestNet other = TestNet.user(true, Path.of("/nonexistent"))) {
      TestGuest inside =
          other.guest(
              new NicSettings(
                  new MacAddress(0x5254_0000_0099L),
                  OptionalLong.empty(),
                  Optional.empty(),
                  List.of(forward)));
      try (Socket client =
          new Socket(InetAddress.getLoopbackAddress(), other.network.boundPort(forward))) {
        List<byte[]> found = new ArrayList<>();
        other.until(() -> {
          inside.find(f -> Segment.of(f).isPresent()).ifPresent(found::add);
          return !found.isEmpty();
        });
        Segment syn = Segment.of(found.getFirst()).orElseThrow();
        assertThat(syn.flags).isEqualTo(SYN);
        assertThat(syn.ports).isEqualTo(client.getLocalPort() << 16 | 22);
        assertThat(ByteBuffer.wrap(found.getFirst()).getInt(26)).isEqualTo(TestGuest.GATEWAY);
        int ports = 22 << 16 | client.getLocalPort();
        byte[] answer =
            TestGuest.tcp(
                TestGuest.ADDRESS,
                TestGuest.GATEWAY,
                ports,
                500,
                syn.sequence + 1,
                SYN | ACK,
                9_999,
                NOTHING);
        inside.send(inside.packet(TestGuest.ADDRESS, TestGuest.GATEWAY, IpPacket.TCP, answer));
        byte[] hello =
            TestGuest.tcp(
                TestGuest.ADDRESS,
                TestGuest.GATEWAY,
                ports,
                501,
                syn.sequence + 1,
                ACK | PSH,
                9_999,
                text("SSH-2.0"));
        inside.send(inside.packet(TestGuest.ADDRESS, TestGuest.GATEWAY, IpPacket.TCP, hello));
        other.turn();
        assertThat(client.getInputStream().readNBytes(7)).isEqualTo(text("SSH-2.0"));
        // The other way round, nothing goes out of a restricted network.
        byte[] out =
            TestGuest.tcp(
                TestGuest.ADDRESS, TestGuest.GATEWAY, 5 << 16 | 80, 1, 0, SYN, 99, NOTHING);
        inside.take();
        inside.send(inside.packet(TestGuest.ADDRESS, TestGuest.GATEWAY, IpPacket.TCP, out));
        other.turn();
        assertThat(ByteBuffer.wrap(inside.take().getLast()).getShort(34))
            .isEqualTo((short) 0x030d); // Communication prohibited.
      }
    }
  }

  @Test
  void segmentsOfAnyBytesDoNoHarm() throws IOException {
    Random random = new Random(3);
    End end = end(GUEST_PORT);
    try (Socket host = end.open()) {
      for (int n = 0; n < 30_000; n++) {
        int near = random.nextInt(10) == 0 ? random.nextInt() : random.nextInt(5_000) - 2_000;
        byte[] tcp =
            TestGuest.tcp(
                TestGuest.ADDRESS,
                TestGuest.GATEWAY,
                random.nextInt(20) == 0 ? random.nextInt() : end.ports,
                end.next + near,
                end.expected + (random.nextInt(3) - 1) * random.nextInt(3_000),
                random.nextInt(64) & (random.nextInt(50) == 0 ? 63 : ~(RST | FIN)),
                random.nextInt(0x10000),
                pattern(random.nextInt(1_400)));
        byte[] frame = guest.packet(TestGuest.ADDRESS, TestGuest.GATEWAY, IpPacket.TCP, tcp);
        if (random.nextInt(8) == 0) {
          frame[14 + random.nextInt(frame.length - 14)] ^= (byte) (1 << random.nextInt(8));
        }
        guest.send(frame);
        net.pass(random.nextInt(20));
        guest.take();
      }
      assertThat(host.getPort()).isPositive();
    }
    server.close();
    listen();
    End after = end(GUEST_PORT + 9);
    try (Socket host = after.open()) {
      host.getOutputStream().write(text("alive"));
      assertThat(after.read(5)).isEqualTo(text("alive"));
    }
  }
}
