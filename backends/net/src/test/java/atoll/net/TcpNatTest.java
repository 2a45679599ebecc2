package atoll.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Connections of a guest that says exactly what a test makes it say, with the host's sockets. */
@Timeout(value = 1200, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class TcpNatTest extends TcpNatFixture {
  @Test
  void aConnectionToTheGatewayIsOneToTheHostsLoopback() throws IOException {
    End end = end(GUEST_PORT);
    try (Socket host = end.open()) {
      end.say(ACK | PSH, text("question"));
      assertThat(host.getInputStream().readNBytes(8)).isEqualTo(text("question"));
      assertThat(end.hear().acknowledged()).isEqualTo(end.next);
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
      assertThat(answer.data()).isEqualTo(text("answer"));
      assertThat(answer.acknowledged()).isEqualTo(end.next);
      end.expected += 6;
      end.say(ACK | PSH, text("thanks"));
      assertThat(end.silent()).isTrue();
      net.pass(25); // Nothing is said to that, so that it is acknowledged by itself.
      assertThat(end.hear().acknowledged()).isEqualTo(end.next);
    }
  }

  @Test
  void aClosedPortResetsAndOneThatIsNotReachedIsReported() throws IOException {
    End end = end(GUEST_PORT);
    server.close();
    end.say(SYN, NOTHING);
    Segment answer = end.hear();
    assertThat(answer.flags()).isEqualTo(RST | ACK);
    assertThat(answer.acknowledged()).isEqualTo(end.next);
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
      assertThat(end.hear().flags()).isEqualTo(ACK);
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

  @Test
  void whatIsLostIsSentAgainAndSoIsWhatTheGuestRepeats() throws IOException {
    End end = end(GUEST_PORT);
    try (Socket host = end.open()) {
      host.getOutputStream().write(text("lost"));
      assertThat(end.hear().data()).isEqualTo(text("lost"));
      assertThat(end.silent()).isTrue();
      net.pass(250);
      assertThat(end.hear().data()).isEqualTo(text("lost"));
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
      assertThat(end.hear().data()).isEqualTo(Arrays.copyOf(data, 1460));
      assertThat(end.hear().data()).isEqualTo(Arrays.copyOfRange(data, 1460, 2920));
      for (int n = 0; n < 3; n++) {
        end.say(ACK, NOTHING);
      }
      assertThat(end.hear().data()).isEqualTo(Arrays.copyOf(data, 1460));
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
        assertThat(end.hear().acknowledged()).isEqualTo(start);
      }
      end.say(start, ACK, Arrays.copyOf(data, 1_000));
      assertThat(end.hear().acknowledged()).isEqualTo(start + 5_000);
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
      assertThat(probe.data()).isEqualTo(text("p"));
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
          edge = s.acknowledged() + (s.window() << 4);
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
        longest = Math.max(longest, s.data().length);
        got += s.data().length;
        end.expected += s.data().length;
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
        assertThat(syn.flags()).isEqualTo(SYN);
        assertThat(syn.ports()).isEqualTo(client.getLocalPort() << 16 | 22);
        assertThat(ByteBuffer.wrap(found.getFirst()).getInt(26)).isEqualTo(TestGuest.GATEWAY);
        int ports = 22 << 16 | client.getLocalPort();
        byte[] answer =
            TestGuest.tcp(
                TestGuest.ADDRESS,
                TestGuest.GATEWAY,
                ports,
                500,
                syn.sequence() + 1,
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
                syn.sequence() + 1,
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
}
