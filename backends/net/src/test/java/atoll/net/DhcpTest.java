package atoll.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DhcpTest {
  private static final int DISCOVER = 1;
  private static final int REQUEST = 3;
  private final TestNet net = TestNet.user();
  private final TestGuest first = net.guest();
  private final TestGuest second = net.guest();

  /** A server's answer. */
  private record Reply(int type, int your, int target, Map<Integer, byte[]> options) {
    int number(int option) {
      return ByteBuffer.wrap(options.get(option)).getInt();
    }
  }

  @AfterEach
  void close() {
    net.close();
  }

  private static byte[] message(TestGuest from, int type, int wanted, long mac, int flags) {
    ByteBuffer bytes = ByteBuffer.allocate(300);
    bytes.putInt(0x0101_0600).putInt(0x1357_9bdf).putShort((short) 0).putShort((short) flags);
    bytes.putLong(28, mac << 16).putInt(236, 0x6382_5363).position(240);
    bytes.put(new byte[] {53, 1, (byte) type, 0, 0});
    if (wanted != 0) {
      bytes.put(new byte[] {50, 4}).putInt(wanted);
    }
    bytes.put((byte) 255);
    return from.packet(0, -1, IpPacket.UDP, TestGuest.udp(0, -1, 68, 67, bytes.array()));
  }

  private Reply ask(TestGuest guest, int type, int wanted, long mac) {
    guest.send(message(guest, type, wanted, mac, 0));
    net.turn();
    ByteBuffer bytes = ByteBuffer.wrap(guest.take().getFirst());
    assertThat(bytes.getInt(34)).isEqualTo(67 << 16 | 68);
    assertThat(bytes.getInt(42 + 4)).isEqualTo(0x1357_9bdf);
    Map<Integer, byte[]> options = new HashMap<>();
    for (int at = 42 + 240; bytes.get(at) != -1; ) {
      byte[] value = new byte[bytes.get(at + 1)];
      bytes.get(at + 2, value);
      options.put((int) bytes.get(at), value);
      at += 2 + value.length;
    }
    return new Reply(options.get(53)[0], bytes.getInt(42 + 16), bytes.getInt(30), options);
  }

  @Test
  void eachInterfaceGetsTheAddressOfItsPlaceWithWhatItNeeds() {
    Reply offer = ask(first, DISCOVER, 0, first.mac);
    assertThat(offer.type).isEqualTo(2);
    assertThat(offer.your).isEqualTo(TestGuest.ADDRESS);
    assertThat(offer.target).isEqualTo(TestGuest.ADDRESS);
    assertThat(offer.options.keySet()).containsExactlyInAnyOrder(1, 3, 6, 51, 53, 54);
    assertThat(offer.number(1)).isEqualTo(0xffff_ff00);
    assertThat(offer.number(3)).isEqualTo(TestGuest.GATEWAY);
    assertThat(offer.number(6)).isEqualTo(TestGuest.NAMES);
    assertThat(offer.number(51)).isEqualTo(86_400);
    assertThat(offer.number(54)).isEqualTo(TestGuest.GATEWAY);
    assertThat(ask(first, REQUEST, TestGuest.ADDRESS, first.mac).type).isEqualTo(5);
    assertThat(ask(second, DISCOVER, 0, second.mac).your).isEqualTo(TestGuest.ADDRESS + 1);
  }

  @Test
  void anotherAddressIsRefused() {
    Reply refusal = ask(first, REQUEST, TestGuest.ADDRESS + 5, first.mac);
    assertThat(refusal.type).isEqualTo(6);
    assertThat(refusal.target).isEqualTo(-1);
  }

  @Test
  void othersBehindAPortGetWhatIsLeftButForAnotherPortsPartAndThenNothing() {
    // A switch with its filter on carries frames of other senders not, but DHCP names the client.
    int last = 0;
    for (int n = 0; n < 180; n++) {
      last = ask(first, DISCOVER, 0, 0x5254_00aa_0000L + n).your;
    }
    assertThat(last).isEqualTo(10 << 24 | 2 << 8 | 196);
    first.send(message(first, DISCOVER, 0, 0x5254_00aa_ffffL, 0));
    net.turn();
    assertThat(first.take()).isEmpty();
    for (int n = 0; n < 58; n++) {
      last = ask(second, DISCOVER, 0, 0x5254_00bb_0000L + n).your;
    }
    assertThat(last).isEqualTo(10 << 24 | 2 << 8 | 254);
    second.send(message(second, DISCOVER, 0, 0x5254_00bb_ffffL, 0));
    net.turn();
    assertThat(second.take()).isEmpty();
    assertThat(ask(first, DISCOVER, 0, 0x5254_00aa_0000L).your).isEqualTo(TestGuest.ADDRESS + 2);
  }

  @Test
  void aRestrictedNetworkHasNoRouterAndNoNameServer() {
    try (TestNet closed = TestNet.user(true, java.nio.file.Path.of("/nonexistent"))) {
      TestGuest guest = closed.guest();
      guest.send(message(guest, DISCOVER, 0, guest.mac, 0));
      closed.turn();
      byte[] reply = guest.take().getFirst();
      assertThat(HexFormat.of().formatHex(reply)).doesNotContain("03040a000202");
      assertThat(ByteBuffer.wrap(reply).getInt(42 + 16)).isEqualTo(TestGuest.ADDRESS);
    }
  }

  @Test
  void messagesOfAnyBytesDoNoHarm() {
    Random random = new Random(8);
    for (int n = 0; n < 20_000; n++) {
      byte[] bytes = message(first, 1 + random.nextInt(9), random.nextInt(), first.mac, 0);
      for (int k = random.nextInt(30); k > 0; k--) {
        bytes[34 + random.nextInt(bytes.length - 34)] = (byte) random.nextInt();
      }
      bytes[40] = 0; // No checksum, so that it is looked at.
      bytes[41] = 0;
      first.send(bytes);
      net.turn();
      assertThat(first.take().size()).isLessThan(2);
    }
    assertThat(ask(first, DISCOVER, 0, first.mac).your).isEqualTo(TestGuest.ADDRESS);
  }
}
