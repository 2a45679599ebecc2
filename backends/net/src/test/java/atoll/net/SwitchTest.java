package atoll.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Frames between guests. */
class SwitchTest {
  @Test
  void aFrameReachesItsGuestAndOneForAllReachesAllOthers() {
    try (TestNet net = TestNet.inside(true)) {
      TestGuest a = net.guest();
      TestGuest b = net.guest();
      TestGuest c = net.guest();
      byte[] toB = TestGuest.frame(b.mac, a.mac, 50);
      a.send(toB);
      net.turn();
      assertThat(b.take()).containsExactly(toB);
      assertThat(a.take()).isEmpty();
      assertThat(c.take()).isEmpty();
      byte[] toAll = TestGuest.frame(MacAddress.BROADCAST, b.mac, 50);
      b.send(toAll);
      net.turn();
      assertThat(a.take()).containsExactly(toAll);
      assertThat(c.take()).containsExactly(toAll);
      assertThat(b.take()).isEmpty();
    }
  }

  @Test
  void networksDoNotMeet() {
    try (TestNet one = TestNet.inside(true);
        TestNet other = TestNet.inside(true)) {
      TestGuest a = one.guest();
      TestGuest b = other.guest();
      a.send(TestGuest.frame(MacAddress.BROADCAST, a.mac, 50));
      a.send(TestGuest.frame(b.mac, a.mac, 50));
      one.turn();
      other.turn();
      assertThat(b.take()).isEmpty();
    }
  }

  @Test
  void nobodySendsWithAnothersAddressUnlessTheFilterIsOff() {
    long third = 0x5254_00ff_ff01L;
    for (boolean filter : new boolean[] {true, false}) {
      try (TestNet net = TestNet.inside(filter)) {
        TestGuest a = net.guest();
        TestGuest b = net.guest();
        TestGuest c = net.guest();
        a.send(TestGuest.frame(b.mac, third, 50));
        a.send(TestGuest.frame(b.mac, third | 1L << 40, 50)); // A group sends nothing in any case.
        net.turn();
        assertThat(b.take()).hasSize(filter ? 0 : 1);
        assertThat(a.port.statistics().refused()).isEqualTo(filter ? 2 : 1);
        assertThat(a.port.macFixed()).isEqualTo(filter);
        b.send(TestGuest.frame(third, b.mac, 50));
        net.turn();
        assertThat(a.take()).hasSize(1); // Learned, or else for all.
        assertThat(c.take()).hasSize(filter ? 1 : 0);
      }
    }
  }

  @Test
  void theTableOfAddressesIsBoundedAndAStormDiesDown() {
    try (TestNet net = TestNet.inside(false)) {
      TestGuest a = net.guest();
      TestGuest b = net.guest();
      int heard = 0;
      for (int n = 0; n < 20_000; n++) {
        a.send(TestGuest.frame(MacAddress.BROADCAST, 0x5254_0100_0000L + n, 50));
        net.turn();
        heard += b.take().size();
      }
      assertThat(heard).isBetween(1_000, 3_000);
      byte[] toB = TestGuest.frame(b.mac, a.mac, 50);
      a.send(toB);
      net.turn();
      assertThat(b.take()).containsExactly(toB); // What is for one still passes.
      net.pass(1_000);
      a.send(TestGuest.frame(MacAddress.BROADCAST, a.mac, 50));
      net.turn();
      assertThat(b.take()).hasSize(1);
    }
  }

  @Test
  void whatAGuestHasNoRoomForWaitsAndThenIsLost() {
    try (TestNet net = TestNet.inside(true)) {
      TestGuest a = net.guest();
      TestGuest b = net.guest();
      b.room(false);
      for (int n = 0; n < 1_000; n++) {
        a.send(TestGuest.frame(b.mac, a.mac, 60 + n % 100));
      }
      for (int n = 0; n < 50; n++) {
        net.turn();
      }
      assertThat(a.port.statistics().framesOut()).isEqualTo(1_000);
      b.room(true);
      net.turn();
      List<byte[]> came = b.take();
      assertThat(came).hasSizeBetween(10, 100);
      assertThat(came.getFirst()).hasSize(14 + 60); // The oldest, in their order.
      assertThat(b.port.statistics().lost()).isEqualTo(1_000 - came.size());
    }
  }

  @Test
  void aLimitSlowsBothDirectionsDownAndLosesNothing() {
    try (TestNet net = TestNet.inside(true)) {
      NicSettings slow =
          new NicSettings(
              new MacAddress(0x5254_0000_0042L),
              OptionalLong.of(100_000),
              Optional.empty(),
              List.of());
      TestGuest a = net.guest(slow);
      TestGuest b = net.guest();
      for (int n = 0; n < 50; n++) {
        a.send(TestGuest.frame(b.mac, a.mac, 986)); // 50,000 bytes in all: half a second.
      }
      int came = 0;
      int steps = 0; // Of 10 ms.
      for (; came < 50; steps++) {
        net.pass(10);
        came += b.take().size();
      }
      assertThat(steps).isBetween(40, 60);
      for (int n = 0; n < 50; n++) {
        b.send(TestGuest.frame(a.mac, b.mac, 986));
      }
      came = 0;
      for (steps = 0; came < 50; steps++) {
        net.pass(10);
        came += a.take().size();
      }
      assertThat(steps).isBetween(40, 60);
    }
  }

  @Test
  void aGuestThatCutsNothingGetsSegmentsThatAreCut() {
    try (TestNet net = TestNet.inside(true)) {
      TestGuest a = net.guest();
      TestGuest b = net.guest();
      byte[] data = new byte[4_000];
      new Random(1).nextBytes(data);
      int from = TestGuest.ADDRESS;
      int to = TestGuest.ADDRESS + 1;
      byte[] tcp = TestGuest.tcp(from, to, 7 << 16 | 8, 1_000, 5, 0x19, 500, data);
      byte[] whole = a.packet(from, to, IpPacket.TCP, tcp);
      ByteBuffer.wrap(whole).putShort(0, (short) (b.mac >>> 32)).putInt(2, (int) b.mac);
      a.sendUncut(whole, 1_460);
      net.turn();
      ByteBuffer all = ByteBuffer.allocate(4_000);
      List<byte[]> pieces = b.take();
      assertThat(pieces).hasSize(3);
      for (byte[] piece : pieces) {
        ByteBuffer bytes = ByteBuffer.wrap(piece);
        int length = piece.length - 34;
        assertThat(Checksum.fold(Checksum.sum(bytes, 14, 20))).isEqualTo(0xffff);
        long pseudo =
            Checksum.pseudo(0, IpAddress.mapped(from), 0, IpAddress.mapped(to), 6, length);
        assertThat(Checksum.fold(pseudo + Checksum.sum(bytes, 34, length))).isEqualTo(0xffff);
        assertThat(bytes.getInt(38)).isEqualTo(1_000 + all.position());
        assertThat(bytes.get(47) & 9).isEqualTo(all.remaining() > 1_460 ? 0 : 9);
        all.put(piece, 54, piece.length - 54);
      }
      assertThat(all.array()).isEqualTo(data);
    }
  }

  @Test
  void aCaptureIsAFileThatReadersKnow(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("a.pcapng");
    byte[] there = null;
    byte[] back = null;
    try (TestNet net = TestNet.inside(true)) {
      NicSettings watched =
          new NicSettings(
              new MacAddress(0x5254_0000_0042L),
              OptionalLong.empty(),
              Optional.of(file),
              List.of());
      TestGuest a = net.guest(watched);
      TestGuest b = net.guest();
      there = TestGuest.frame(b.mac, a.mac, 51);
      back = TestGuest.frame(a.mac, b.mac, 60);
      a.send(there);
      net.turn();
      b.send(back);
      net.turn();
    }
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    List<byte[]> packets = new ArrayList<>();
    List<Integer> flags = new ArrayList<>();
    for (int at = 0; at < bytes.capacity(); ) {
      int length = bytes.getInt(at + 4);
      assertThat(length % 4).isZero();
      assertThat(bytes.getInt(at + length - 4)).isEqualTo(length);
      if (at == 0) {
        assertThat(bytes.getInt(at)).isEqualTo(0x0a0d0d0a);
        assertThat(bytes.getInt(at + 8)).isEqualTo(0x1a2b3c4d);
      }
      if (bytes.getInt(at) == 6) {
        byte[] packet = new byte[bytes.getInt(at + 20)];
        bytes.get(at + 28, packet);
        packets.add(packet);
        flags.add(bytes.getInt(at + 28 + (packet.length + 3 & ~3) + 4));
      }
      at += length;
    }
    assertThat(packets).containsExactly(there, back);
    assertThat(flags).containsExactly(2, 1);
  }
}
