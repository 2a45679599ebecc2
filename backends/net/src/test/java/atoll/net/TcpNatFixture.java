package atoll.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** A guest with a network of its own, a server of the host, and connections between them. */
abstract class TcpNatFixture {
  static final int FIN = TcpSegment.FIN;
  static final int SYN = TcpSegment.SYN;
  static final int RST = TcpSegment.RST;
  static final int PSH = TcpSegment.PSH;
  static final int ACK = TcpSegment.ACK;
  static final int GUEST_PORT = 40_000;
  static final byte[] NOTHING = {};
  final TestNet net = TestNet.user();
  final TestGuest guest = net.guest();
  ServerSocket server;

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
  record Segment(int ports, int sequence, int acknowledged, int flags, int window, byte[] data) {
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
  final class End {
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

  End end(int guestPort) {
    return new End(guestPort, server.getLocalPort());
  }

  static byte[] text(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  static byte[] pattern(int length) {
    byte[] bytes = new byte[length];
    new Random(length).nextBytes(bytes);
    return bytes;
  }

  static boolean reset(Socket host) {
    try {
      host.setSoTimeout(1);
      return host.getInputStream().read() < -1;
    } catch (SocketException e) {
      return e.getMessage().contains("reset");
    } catch (IOException e) {
      return false;
    }
  }
}
