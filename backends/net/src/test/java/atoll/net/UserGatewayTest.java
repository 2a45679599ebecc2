package atoll.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import atoll.host.HostException;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Addresses, echoes and datagrams. */
@Timeout(value = 1200, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class UserGatewayTest {
  private static final long V6_GUEST = 0x5054_00ff_fe00_0001L;

  private final TestNet net = TestNet.user();
  private final TestGuest guest = net.guest();

  @AfterEach
  void close() {
    net.close();
  }

  private static byte[] text(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private byte[] next(TestNet from, TestGuest to) {
    List<byte[]> found = new ArrayList<>();
    from.until(() -> {
      found.addAll(to.take());
      return !found.isEmpty();
    });
    return found.getFirst();
  }

  private static byte[] echo(int length) {
    return TestGuest.echo(0x1234_0001, length);
  }

  private byte[] arp(int target) {
    return TestGuest.ethernet(
        MacAddress.BROADCAST,
        guest.mac,
        IpPacket.ARP,
        28,
        frame -> {
          frame.putLong(0x0001_0800_0604_0001L);
          frame.putShort((short) (guest.mac >>> 32)).putInt((int) guest.mac);
          frame.putInt(TestGuest.ADDRESS).putShort((short) 0).putInt(0).putInt(target);
        });
  }

  @Test
  void theGatewayAndTheNameServerHaveTheGatewaysAddressAndNobodyElse() {
    for (int address : new int[] {TestGuest.GATEWAY, TestGuest.NAMES}) {
      guest.send(arp(address));
      net.turn();
      ByteBuffer reply = ByteBuffer.wrap(guest.take().getFirst());
      assertThat(reply.getShort(20)).isEqualTo((short) 2);
      assertThat(reply.getLong(20) & 0xffff_ffff_ffffL).isEqualTo(UserAddresses.MAC);
      assertThat(reply.getInt(28)).isEqualTo(address);
    }
    guest.send(arp(TestGuest.ADDRESS));
    guest.send(arp(TestGuest.ADDRESS + 9));
    net.turn();
    assertThat(guest.take()).isEmpty();
  }

  @Test
  void echoesComeBackFromTheGatewayAndLongOnesInParts() {
    guest.send(guest.packet(TestGuest.ADDRESS, TestGuest.GATEWAY, IpPacket.ICMP, echo(56)));
    net.turn();
    byte[] reply = guest.take().getFirst();
    assertThat(reply[34]).isZero();
    assertThat(Arrays.copyOfRange(reply, 38, 98)).isEqualTo(Arrays.copyOfRange(echo(56), 4, 64));
    byte[] whole = guest.packet(TestGuest.ADDRESS, TestGuest.GATEWAY, IpPacket.ICMP, echo(4_000));
    for (int from : new int[] {2_960, 0, 1_480}) {
      guest.send(fragment(whole, from, Math.min(1_480, whole.length - 34 - from)));
    }
    net.turn();
    List<byte[]> parts = guest.take();
    assertThat(parts).hasSize(3);
    ByteBuffer all = ByteBuffer.allocate(4_008);
    for (byte[] part : parts) {
      int place = (ByteBuffer.wrap(part).getShort(20) & 0x1fff) * 8;
      all.put(place, part, 34, part.length - 34);
    }
    assertThat(Checksum.fold(Checksum.sum(all, 0, 4_008))).isEqualTo(0xffff);
    assertThat(Arrays.copyOfRange(all.array(), 8, 4_008))
        .isEqualTo(Arrays.copyOfRange(echo(4_000), 8, 4_008));
  }

  private static byte[] fragment(byte[] whole, int from, int length) {
    ByteBuffer part = ByteBuffer.allocate(34 + length);
    part.put(0, whole, 0, 34).put(34, whole, 34 + from, length);
    boolean more = from + length < whole.length - 34;
    part.putShort(16, (short) (20 + length)).putShort(20, (short) (from / 8 | (more ? 0x2000 : 0)));
    part.putShort(24, (short) 0).putShort(24, Checksum.of(Checksum.sum(part, 14, 20)));
    return part.array();
  }

  @Test
  void partsThatOverlapOrNeverEndAreForgotten() {
    byte[] whole = guest.packet(TestGuest.ADDRESS, TestGuest.GATEWAY, IpPacket.ICMP, echo(4_000));
    guest.send(fragment(whole, 0, 1_480));
    guest.send(fragment(whole, 1_472, 1_480));
    guest.send(fragment(whole, 1_480, 1_480));
    guest.send(fragment(whole, 2_960, whole.length - 34 - 2_960));
    Random random = new Random(2);
    for (int n = 0; n < 5_000; n++) {
      byte[] part = fragment(whole, 8 * random.nextInt(300), 8 * random.nextInt(1, 180));
      ByteBuffer.wrap(part).putShort(18, (short) random.nextInt());
      ByteBuffer.wrap(part).putShort(24, (short) 0);
      ByteBuffer.wrap(part).putShort(24, Checksum.of(Checksum.sum(ByteBuffer.wrap(part), 14, 20)));
      guest.send(part);
    }
    net.turn();
    assertThat(guest.take()).isEmpty();
  }

  @Test
  void aPacketThatMayPassNoRouterDoesNot() {
    byte[] udp = TestGuest.udp(TestGuest.ADDRESS, 0x0808_0808, 9, 53, text("x"));
    byte[] frame = guest.packet(TestGuest.ADDRESS, 0x0808_0808, IpPacket.UDP, udp);
    frame[22] = 1;
    ByteBuffer.wrap(frame).putShort(24, (short) 0);
    ByteBuffer.wrap(frame).putShort(24, Checksum.of(Checksum.sum(ByteBuffer.wrap(frame), 14, 20)));
    guest.send(frame);
    net.turn();
    ByteBuffer answer = ByteBuffer.wrap(guest.take().getFirst());
    assertThat(answer.getShort(34)).isEqualTo((short) 0x0b00);
    assertThat(answer.getInt(26)).isEqualTo(TestGuest.GATEWAY);
  }

  @Test
  void datagramsGoToTheHostAndComeBackAlsoLongOnes() throws IOException {
    try (DatagramSocket host = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
      guest.sendUdp(TestGuest.GATEWAY, 5_000, host.getLocalPort(), text("question"));
      net.turn();
      DatagramPacket packet = new DatagramPacket(new byte[9_000], 9_000);
      host.receive(packet);
      assertThat(Arrays.copyOf(packet.getData(), packet.getLength())).isEqualTo(text("question"));
      byte[] answer = new byte[5_000];
      new Random(1).nextBytes(answer);
      host.send(new DatagramPacket(answer, answer.length, packet.getSocketAddress()));
      List<byte[]> parts = new ArrayList<>();
      net.until(() -> {
        parts.addAll(guest.take());
        return parts.size() == 4;
      });
      ByteBuffer all = ByteBuffer.allocate(5_008);
      for (byte[] part : parts) {
        all.put((ByteBuffer.wrap(part).getShort(20) & 0x1fff) * 8, part, 34, part.length - 34);
      }
      assertThat(all.getInt(0)).isEqualTo(host.getLocalPort() << 16 | 5_000);
      assertThat(Arrays.copyOfRange(all.array(), 8, 5_008)).isEqualTo(answer);
      assertThat(net.network.statistics().outside().getFirst()).endsWith("1 UDP flows");
      net.pass(130_000);
      assertThat(net.network.statistics().outside().getFirst()).endsWith("0 UDP flows");
    }
  }

  @Test
  void aClosedPortIsReportedInTheGatewaysName() throws IOException {
    int closed;
    try (DatagramSocket host = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
      closed = host.getLocalPort();
    }
    guest.sendUdp(TestGuest.GATEWAY, 5_000, closed, text("anybody?"));
    ByteBuffer icmp = ByteBuffer.wrap(next(net, guest));
    assertThat(icmp.getShort(34)).isEqualTo((short) 0x0303);
    assertThat(icmp.getInt(26)).isEqualTo(TestGuest.GATEWAY);
    assertThat(icmp.getInt(42 + 12)).isEqualTo(TestGuest.ADDRESS); // What it is about.
    assertThat(icmp.getInt(42 + 16)).isEqualTo(TestGuest.GATEWAY);
    assertThat(icmp.getInt(62)).isEqualTo(5_000 << 16 | closed);
  }

  @Test
  void addressesThatNobodyMaySendToLeadNowhere() {
    for (int address : new int[] {0x7f00_0001, 0, -1, 0xe000_0001, TestGuest.ADDRESS + 7}) {
      guest.sendUdp(address, 5_000, 53, text("x"));
      byte[] tcp = TestGuest.tcp(TestGuest.ADDRESS, address, 7 << 16 | 22, 1, 0, 2, 9, new byte[0]);
      guest.send(guest.packet(TestGuest.ADDRESS, address, IpPacket.TCP, tcp));
    }
    byte[] spoofed = TestGuest.udp(0x0101_0101, TestGuest.GATEWAY, 1, 2, text("x"));
    guest.send(guest.packet(0x0101_0101, TestGuest.GATEWAY, IpPacket.UDP, spoofed));
    net.turn();
    assertThat(guest.take()).isEmpty();
    assertThat(net.network.statistics().outside().getFirst())
        .startsWith("0 TCP")
        .endsWith("0 UDP flows");
  }

  @Test
  void aFloodOfDatagramsTakesBoundedSockets() {
    for (int n = 0; n < 3_000; n++) {
      guest.sendUdp(TestGuest.GATEWAY, 1_000 + n, 9, text("x"));
    }
    for (int n = 0; n < 100; n++) {
      net.turn();
    }
    String line = net.network.statistics().outside().getFirst();
    assertThat(Integer.parseInt(line.replaceFirst(".*; (\\d+) .*", "$1"))).isLessThan(1_025);
  }

  @Test
  void aForwardedPortTakesDatagramsOfSeveralClients() throws IOException {
    PortForward forward =
        new PortForward(true, new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 53);
    try (TestNet other = TestNet.user();
        DatagramSocket one = new DatagramSocket(0, InetAddress.getLoopbackAddress());
        DatagramSocket two = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
      TestGuest inside = other.guest(forward);
      var to =
          new InetSocketAddress(InetAddress.getLoopbackAddress(), other.network.boundPort(forward));
      for (DatagramSocket client : List.of(one, two)) {
        client.send(new DatagramPacket(text("ask"), 3, to));
        ByteBuffer frame = ByteBuffer.wrap(next(other, inside));
        assertThat(frame.getInt(34)).isEqualTo(client.getLocalPort() << 16 | 53);
        assertThat(frame.getInt(26)).isEqualTo(TestGuest.GATEWAY);
      }
      inside.sendUdp(TestGuest.GATEWAY, 53, two.getLocalPort(), text("two"));
      inside.sendUdp(TestGuest.GATEWAY, 53, one.getLocalPort(), text("one"));
      other.turn();
      DatagramPacket packet = new DatagramPacket(new byte[100], 100);
      one.receive(packet);
      assertThat(Arrays.copyOf(packet.getData(), packet.getLength())).isEqualTo(text("one"));
      two.receive(packet);
      assertThat(Arrays.copyOf(packet.getData(), packet.getLength())).isEqualTo(text("two"));
    }
  }

  @Test
  void aPortThatIsTakenIsSaidInOneSentence() throws IOException {
    try (DatagramSocket taken = new DatagramSocket(0, InetAddress.getLoopbackAddress());
        TestNet other = TestNet.user()) {
      PortForward forward =
          PortForward.parse("udp:127.0.0.1:%d:53".formatted(taken.getLocalPort())).orElseThrow();
      NicSettings settings =
          new NicSettings(
              new MacAddress(2L << 40), OptionalLong.empty(), Optional.empty(), List.of(forward));
      assertThatThrownBy(() -> other.network.add(settings))
          .isInstanceOf(HostException.class)
          .hasMessage(
              "port %d of 127.0.0.1 cannot be forwarded: it is in use; choose another, or stop the"
                      .formatted(taken.getLocalPort())
                  + " program that has it");
    }
  }

  // ------------------------------------------------------------ IPv6

  private byte[] v6(long toHigh, long to, int protocol, int hops, byte[] carried) {
    return TestGuest.ethernet(
        UserAddresses.MAC,
        guest.mac,
        IpPacket.IPV6,
        40 + carried.length,
        frame -> {
          frame.putInt(0x6000_0000).putShort((short) carried.length);
          frame.putShort((short) (protocol << 8 | hops));
          frame.putLong(UserAddresses.PREFIX_V6).putLong(V6_GUEST);
          frame.putLong(toHigh).putLong(to).put(carried);
        });
  }

  private static byte[] icmpV6(int type, long toHigh, long to, byte[] rest) {
    ByteBuffer bytes = ByteBuffer.allocate(4 + rest.length);
    bytes.putInt(type << 24).put(rest);
    long sum =
        Checksum.pseudo(
                UserAddresses.PREFIX_V6, V6_GUEST, toHigh, to, IpPacket.ICMPV6, bytes.capacity())
            + Checksum.sum(bytes, 0, bytes.capacity());
    return bytes.putShort(2, Checksum.of(sum)).array();
  }

  private static boolean sound(byte[] frame) {
    ByteBuffer bytes = ByteBuffer.wrap(frame);
    int length = bytes.getShort(18);
    long sum =
        Checksum.sum(bytes, 22, 32) + IpPacket.ICMPV6 + length + Checksum.sum(bytes, 54, length);
    return Checksum.fold(sum) == 0xffff;
  }

  @Test
  void guestsMakeAnAddressOfThePrefixThatIsAdvertised() {
    long allRouters = 0xff02L << 48;
    byte[] solicitation = icmpV6(133, allRouters, 2, new byte[4]);
    guest.send(v6(allRouters, 2, IpPacket.ICMPV6, 255, solicitation));
    net.turn();
    byte[] frame = guest.take().getFirst();
    ByteBuffer bytes = ByteBuffer.wrap(frame);
    assertThat(sound(frame)).isTrue();
    assertThat(bytes.get(54)).isEqualTo((byte) 134);
    assertThat(bytes.get(58)).isEqualTo((byte) 64);
    assertThat(bytes.getShort(60)).isEqualTo((short) 1_800);
    assertThat(bytes.getInt(86)).isEqualTo(0x0304_40c0);
    assertThat(bytes.getLong(102)).isEqualTo(UserAddresses.PREFIX_V6);
    net.pass(601_000); // And again, before it is forgotten.
    assertThat(guest.take().getFirst()[54]).isEqualTo((byte) 134);
  }

  @Test
  void theGatewayIsFoundAndEchoesByIpv6() {
    byte[] target = new byte[20];
    ByteBuffer.wrap(target).putLong(4, UserAddresses.PREFIX_V6).putLong(12, 2);
    long solicited = 0xff02L << 48;
    guest.send(
        v6(
            solicited,
            0x1_ff00_0002L,
            IpPacket.ICMPV6,
            255,
            icmpV6(135, solicited, 0x1_ff00_0002L, target)));
    net.turn();
    byte[] frame = guest.take().getFirst();
    assertThat(sound(frame)).isTrue();
    assertThat(frame[54]).isEqualTo((byte) 136);
    assertThat(ByteBuffer.wrap(frame).getLong(78) & 0xffff_ffff_ffffL).isEqualTo(UserAddresses.MAC);
    byte[] echo = icmpV6(128, UserAddresses.PREFIX_V6, 2, text("1234abcdef"));
    guest.send(v6(UserAddresses.PREFIX_V6, 2, IpPacket.ICMPV6, 64, echo));
    net.turn();
    byte[] reply = guest.take().getFirst();
    assertThat(sound(reply)).isTrue();
    assertThat(reply[54]).isEqualTo((byte) 129);
    assertThat(Arrays.copyOfRange(reply, 58, 68)).isEqualTo(text("1234abcdef"));
  }

  @Test
  void framesOfAnyBytesDoNoHarm() {
    Random random = new Random(11);
    byte[] udp = TestGuest.udp(TestGuest.ADDRESS, TestGuest.GATEWAY, 7, 9, text("payload"));
    byte[][] seeds = {
      arp(TestGuest.GATEWAY),
      guest.packet(TestGuest.ADDRESS, TestGuest.GATEWAY, IpPacket.UDP, udp),
      guest.packet(TestGuest.ADDRESS, TestGuest.GATEWAY, IpPacket.ICMP, echo(64)),
      v6(UserAddresses.PREFIX_V6, 2, 44, 64, new byte[64]),
      v6(UserAddresses.PREFIX_V6, 2, 0, 64, new byte[64]),
      v6(0xff02L << 48, 2, IpPacket.ICMPV6, 255, icmpV6(133, 0xff02L << 48, 2, new byte[20])),
    };
    for (int n = 0; n < 40_000; n++) {
      byte[] frame = seeds[random.nextInt(seeds.length)].clone();
      for (int k = random.nextInt(6); k > 0; k--) {
        frame[12 + random.nextInt(frame.length - 12)] = (byte) random.nextInt();
      }
      if (random.nextInt(4) == 0) {
        frame = Arrays.copyOf(frame, 14 + random.nextInt(frame.length));
      }
      if (frame.length >= 34 && random.nextBoolean()) { // Deeper than the first checksum.
        ByteBuffer bytes = ByteBuffer.wrap(frame);
        bytes.putShort(24, (short) 0).putShort(24, Checksum.of(Checksum.sum(bytes, 14, 20)));
      }
      guest.send(frame);
      net.pass(random.nextInt(3));
      guest.take();
    }
    guest.send(arp(TestGuest.GATEWAY));
    net.turn();
    assertThat(guest.take()).hasSize(1);
  }
}
