package atoll.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import atoll.host.EchoSocket;
import atoll.host.Effects;
import atoll.host.FileError;
import atoll.host.PlatformClock;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Echoes of guests to the outside. */
@Timeout(value = 1200, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class EchoNatTest {
  private static final int OUTSIDE = 192 << 24 | 2 << 8 | 77; // 192.0.2.77, for documents
  private static final IpAddress PEER = IpAddress.v4(OUTSIDE);
  private static final IpAddress ROUTER = IpAddress.v4(198, 51, 100, 1);
  private static final int SECOND_GUEST = TestGuest.ADDRESS + 1;

  private final TestLinks host = new TestLinks();

  private TestNet net(boolean restrict) {
    return new TestNet(
        new NetworkSettings(
            "out",
            Optional.of(new UserSettings(restrict, Path.of("/nonexistent/resolv.conf"))),
            1_500,
            true),
        host);
  }

  private static void send(TestNet net, TestGuest guest, int from, byte[] echo) {
    guest.send(guest.packet(from, OUTSIDE, IpPacket.ICMP, echo));
    net.turn();
  }

  private static int sequence(byte[] message) {
    return ByteBuffer.wrap(message).getShort(6) & 0xffff;
  }

  private static void requireSound(byte[] frame) {
    ByteBuffer bytes = ByteBuffer.wrap(frame);
    assertThat(Checksum.fold(Checksum.sum(bytes, 34, frame.length - 34))).isEqualTo(0xffff);
  }

  @Test
  void anAnswerReachesTheGuestThatHasAskedAsIfItWereItsOwn() {
    host.access = EchoHost.Access.OPEN;
    try (TestNet net = net(false)) {
      TestGuest a = net.guest();
      TestGuest b = net.guest();
      byte[] of = TestGuest.echo(0x1234_0001, 56);
      send(net, a, TestGuest.ADDRESS, of);
      send(net, b, SECOND_GUEST, of); // Both by the same numbers.
      assertThat(host.sent).hasSize(2);
      TestLinks.Sent first = host.sent.getFirst();
      assertThat(first.to()).isEqualTo(PEER);
      assertThat(first.hops()).isEqualTo(63);
      assertThat(Arrays.copyOfRange(first.message(), 8, 64))
          .isEqualTo(Arrays.copyOfRange(of, 8, 64));
      assertThat(sequence(first.message())).isNotEqualTo(sequence(host.sent.getLast().message()));
      host.answer(host.sent.getLast().message(), PEER);
      net.turn();
      assertThat(a.take()).isEmpty();
      byte[] reply = b.take().getFirst();
      requireSound(reply);
      assertThat(ByteBuffer.wrap(reply).getInt(26)).isEqualTo(OUTSIDE);
      assertThat(ByteBuffer.wrap(reply).getInt(30)).isEqualTo(SECOND_GUEST);
      assertThat(reply[34]).isZero();
      assertThat(Arrays.copyOfRange(reply, 38, 98)).isEqualTo(Arrays.copyOfRange(of, 4, 64));
      host.answer(host.sent.getLast().message(), PEER); // Once more is nobody's.
      host.answer(first.message(), ROUTER); // Nor is somebody else's.
      net.turn();
      assertThat(a.take()).isEmpty();
      assertThat(b.take()).isEmpty();
      host.answer(first.message(), PEER);
      net.turn();
      assertThat(a.take()).hasSize(1);
    }
    assertThat(host.closed).isTrue();
  }

  @Test
  void whoSaysThatAnEchoHasFailedIsHeard() {
    host.access = EchoHost.Access.OPEN;
    try (TestNet net = net(false)) {
      TestGuest a = net.guest();
      byte[] of = TestGuest.echo(0x4321_0007, 56);
      send(net, a, TestGuest.ADDRESS, of);
      host.fail(host.sent.getFirst().message(), ROUTER, 11, 0, 0);
      net.turn();
      byte[] expired = a.take().getFirst();
      requireSound(expired);
      assertThat(ByteBuffer.wrap(expired).getInt(26)).isEqualTo(ROUTER.bits());
      assertThat(ByteBuffer.wrap(expired).getShort(34)).isEqualTo((short) 0x0b00);
      // What it quotes is what the guest has sent: from, to, and its own numbers.
      assertThat(ByteBuffer.wrap(expired).getInt(54)).isEqualTo(TestGuest.ADDRESS);
      assertThat(ByteBuffer.wrap(expired).getInt(58)).isEqualTo(OUTSIDE);
      assertThat(Arrays.copyOfRange(expired, 62, 70)).isEqualTo(Arrays.copyOf(of, 8));
      send(net, a, TestGuest.ADDRESS, of);
      host.fail(host.sent.getLast().message(), IpAddress.v4(127, 0, 0, 1), 3, 4, 1_280);
      net.turn();
      byte[] tooLong = a.take().getFirst();
      assertThat(ByteBuffer.wrap(tooLong).getInt(26)).isEqualTo(TestGuest.GATEWAY); // The host.
      assertThat(ByteBuffer.wrap(tooLong).getShort(34)).isEqualTo((short) 0x0304);
      assertThat(ByteBuffer.wrap(tooLong).getInt(38)).isEqualTo(1_280);
      host.refusal = Unreachable.NETWORK;
      send(net, a, TestGuest.ADDRESS, of);
      assertThat(ByteBuffer.wrap(a.take().getFirst()).getShort(34)).isEqualTo((short) 0x0300);
    }
  }

  @Test
  void aHostThatPermitsNoneIsSaidOnceAndItsGuestsKnowAtOnce() {
    host.access = EchoHost.Access.FORBIDDEN;
    try (TestNet net = net(false)) {
      TestGuest a = net.guest();
      for (int n = 0; n < 3; n++) {
        send(net, a, TestGuest.ADDRESS, TestGuest.echo(n, 56));
        assertThat(ByteBuffer.wrap(a.take().getFirst()).getShort(34)).isEqualTo((short) 0x030d);
      }
      assertThat(net.notices).hasSize(1);
      assertThat(net.notices.getFirst())
          .startsWith("network out: the host permits this user no echoes")
          .endsWith("sysctl net.ipv4.ping_group_range='0 2147483647'");
      net.notices.clear();
      host.access = EchoHost.Access.MISSING;
      send(net, a, TestGuest.ADDRESS, TestGuest.echo(3, 56));
      assertThat(ByteBuffer.wrap(a.take().getFirst()).getShort(34)).isEqualTo((short) 0x0300);
    }
  }

  @Test
  void aRestrictedNetworkSendsNone() {
    host.access = EchoHost.Access.OPEN;
    try (TestNet net = net(true)) {
      TestGuest a = net.guest();
      send(net, a, TestGuest.ADDRESS, TestGuest.echo(1, 56));
      assertThat(ByteBuffer.wrap(a.take().getFirst()).getShort(34)).isEqualTo((short) 0x030d);
      assertThat(host.sent).isEmpty();
    }
  }

  @Test
  void aGuestThatFloodsForgetsItsOwnOnly() {
    host.access = EchoHost.Access.OPEN;
    try (TestNet net = net(false)) {
      TestGuest a = net.guest();
      TestGuest b = net.guest();
      send(net, b, SECOND_GUEST, TestGuest.echo(7, 8));
      byte[] ofB = host.sent.getFirst().message();
      for (int n = 0; n < 70_000; n++) { // More than there are sequence numbers.
        send(net, a, TestGuest.ADDRESS, TestGuest.echo(n, 8));
      }
      for (TestLinks.Sent sent : List.copyOf(host.sent)) {
        host.answer(sent.message(), PEER);
      }
      for (int n = 0; n < 2_000; n++) {
        net.turn();
      }
      assertThat(a.take()).hasSize(EchoNat.MOST);
      assertThat(b.take()).hasSize(1);
      send(net, b, SECOND_GUEST, TestGuest.echo(8, 8));
      net.pass(31_000);
      host.answer(host.sent.getLast().message(), PEER); // Too late.
      host.answer(ofB, PEER);
      net.turn();
      assertThat(b.take()).isEmpty();
    }
  }

  @Test
  void whatComesForAnInterfaceThatIsGoneOrIsNoAnswerIsDropped() {
    host.access = EchoHost.Access.OPEN;
    try (TestNet net = net(false)) {
      TestGuest a = net.guest();
      send(net, a, TestGuest.ADDRESS, TestGuest.echo(1, 8));
      a.port.detach(a);
      a.port.attach(a);
      net.turn();
      host.answer(host.sent.getFirst().message(), PEER);
      Random random = new Random(3);
      for (int n = 0; n < 5_000; n++) {
        byte[] any = new byte[random.nextInt(40)];
        random.nextBytes(any);
        if (any.length > 0 && random.nextBoolean()) {
          host.answer(any, PEER);
        } else if (any.length >= 8) {
          host.fail(any, ROUTER, random.nextInt(256), random.nextInt(256), random.nextInt());
        }
      }
      for (int n = 0; n < 200; n++) {
        net.turn();
      }
      assertThat(a.take()).isEmpty();
      send(net, a, TestGuest.ADDRESS, TestGuest.echo(2, 8));
      host.answer(host.sent.getLast().message(), PEER);
      net.turn();
      assertThat(a.take()).hasSize(1);
    }
  }

  @Test
  void theHostsOwnSocketsCarryThemWhereTheHostPermitsIt() throws IOException {
    InetAddress own = ownAddress();
    List<String> notices = new ArrayList<>();
    NetworkSettings settings =
        new NetworkSettings("real", Optional.of(new UserSettings(false)), 1_500, true);
    TestNet.Pace pace = new TestNet.Pace();
    try (Network network =
        new Network(
            settings,
            new PlatformClock(pace),
            Effects.host().tasks(),
            bytes -> Arrays.fill(bytes, (byte) 7),
            notices::add)) {
      network.drivenByCaller();
      TestGuest guest =
          new TestGuest(
              network.add(
                  new NicSettings(
                      new MacAddress(0x5254_0000_0001L),
                      OptionalLong.empty(),
                      Optional.empty(),
                      List.of())));
      byte[] of = TestGuest.echo(0x7777_0003, 100);
      int target = ByteBuffer.wrap(own.getAddress()).getInt();
      guest.send(guest.packet(TestGuest.ADDRESS, target, IpPacket.ICMP, of));
      List<byte[]> came = new ArrayList<>();
      TestNet.until(
          () -> {
            came.addAll(guest.take());
            return !came.isEmpty();
          },
          network::turn);
      byte[] reply = came.getFirst();
      requireSound(reply);
      if (permitted()) {
        assertThat(reply[34]).isZero();
        assertThat(ByteBuffer.wrap(reply).getInt(26)).isEqualTo(target);
        assertThat(Arrays.copyOfRange(reply, 38, 142)).isEqualTo(Arrays.copyOfRange(of, 4, 108));
        assertThat(notices).isEmpty();
      } else {
        assertThat(ByteBuffer.wrap(reply).getShort(34)).isEqualTo((short) 0x030d);
        assertThat(notices).hasSize(1);
      }
    }
  }

  private static boolean permitted() {
    try {
      EchoSocket.open(true).close();
      return true;
    } catch (FileError e) {
      return false;
    }
  }

  /** An address of this host that is no loopback: whatever answers there is the host itself. */
  private static InetAddress ownAddress() throws IOException {
    Optional<InetAddress> own =
        NetworkInterface.networkInterfaces()
            .flatMap(NetworkInterface::inetAddresses)
            .filter(address -> address instanceof Inet4Address && !address.isLoopbackAddress())
            .findFirst();
    assumeTrue(own.isPresent(), "the host has its loopback only");
    return own.get();
  }
}
