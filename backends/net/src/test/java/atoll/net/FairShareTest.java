package atoll.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What one guest of a network leaves to the other, however much it asks for. */
@Timeout(value = 1200, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class FairShareTest {
  private static final int FIRST = TestGuest.ADDRESS;
  private static final int SECOND = TestGuest.ADDRESS + 1;
  private static final int FLOOD = 3_000;
  private static final byte[] NOTHING = {};

  private final TestNet net = TestNet.user();
  private final TestGuest greedy = net.guest();
  private final TestGuest modest = net.guest();

  @AfterEach
  void close() {
    net.close();
  }

  private static void syn(TestGuest from, int address, int fromPort, int port) {
    byte[] tcp =
        TestGuest.tcp(
            address,
            TestGuest.GATEWAY,
            fromPort << 16 | port,
            1_000,
            0,
            TcpSegment.SYN,
            60_000,
            NOTHING);
    from.send(from.packet(address, TestGuest.GATEWAY, IpPacket.TCP, tcp));
  }

  private static boolean isAnswer(byte[] frame) {
    return ByteBuffer.wrap(frame).getShort(12) == 0x0800
        && frame[23] == IpPacket.TCP
        && frame[47] == (TcpSegment.SYN | TcpSegment.ACK);
  }

  private void requireConnection(int fromPort, int port) {
    syn(modest, SECOND, fromPort, port);
    net.until(() -> modest.find(FairShareTest::isAnswer).isPresent());
  }

  @Test
  void aGuestThatFloodsWithConnectionsLeavesTheOtherItsPart() throws IOException {
    try (ServerSocket server = new ServerSocket(0, 4_000, InetAddress.getLoopbackAddress())) {
      for (int n = 0; n < FLOOD; n++) {
        syn(greedy, FIRST, 10_000 + n, server.getLocalPort());
        net.turn();
        greedy.take();
      }
      String line = net.network.statistics().outside().getFirst();
      int count = Integer.parseInt(line.replaceFirst(" .*", ""));
      assertThat(count).isBetween(1, TcpNat.MOST * 3 / 4);
      assertThat(line).doesNotContain(" 0 refused");
      for (int n = 0; n < 100; n++) {
        requireConnection(20_000 + n, server.getLocalPort());
      }
    }
  }

  @Test
  void connectionsThatNobodyAnswersLeaveTheOtherItsPart() throws IOException {
    try (ServerSocket deaf = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        ServerSocket server = new ServerSocket(0, 100, InetAddress.getLoopbackAddress())) {
      for (int n = 0; n < 1_000; n++) {
        syn(greedy, FIRST, 10_000 + n, deaf.getLocalPort());
        net.turn();
        greedy.take();
      }
      requireConnection(20_000, server.getLocalPort());
    }
  }

  @Test
  void aGuestThatFloodsWithDatagramsEndsItsOwnFlowsOnly() throws IOException {
    try (DatagramSocket host = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
      byte[] question = "question".getBytes(StandardCharsets.US_ASCII);
      byte[] udp = TestGuest.udp(SECOND, TestGuest.GATEWAY, 5_000, host.getLocalPort(), question);
      modest.send(modest.packet(SECOND, TestGuest.GATEWAY, IpPacket.UDP, udp));
      net.turn();
      DatagramPacket asked = new DatagramPacket(new byte[100], 100);
      host.receive(asked);
      try (DatagramSocket sink = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
        for (int n = 0; n < FLOOD; n++) {
          greedy.sendUdp(TestGuest.GATEWAY, 10_000 + n, sink.getLocalPort(), NOTHING);
          net.turn();
        }
      }
      host.send(new DatagramPacket(question, question.length, asked.getAddress(), asked.getPort()));
      net.until(() -> modest.find(frame -> frame[23] == IpPacket.UDP).isPresent());
    }
  }

  @Test
  void nobodySpeaksInAnothersConnectionOrFlow() throws IOException {
    try (ServerSocket server = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
      requireConnection(20_000, server.getLocalPort());
      byte[] reset =
          TestGuest.tcp(
              SECOND,
              TestGuest.GATEWAY,
              20_000 << 16 | server.getLocalPort(),
              1_001,
              0,
              TcpSegment.RST,
              0,
              NOTHING);
      greedy.send(greedy.packet(SECOND, TestGuest.GATEWAY, IpPacket.TCP, reset));
      net.turn();
      assertThat(net.network.statistics().outside().getFirst()).startsWith("1 TCP connections");
      try (Socket accepted = server.accept()) {
        assertThat(accepted.isConnected()).isTrue();
        syn(greedy, SECOND, 20_001, server.getLocalPort()); // Nor does it take a place away.
        net.until(() -> greedy.find(FairShareTest::isAnswer).isPresent());
        requireConnection(20_001, server.getLocalPort());
      }
    }
  }

  @Test
  void memoryThatOneGuestHoldsIsNotTheOthers() {
    BufferPool pool = new BufferPool(64 << 20, 32 << 20, () -> 2);
    List<ByteBuffer> large = new ArrayList<>();
    while (pool.any(greedy)) {
      ByteBuffer buffer = pool.take(greedy, BufferPool.LARGEST);
      ByteBuffer small = buffer == null ? pool.take(greedy, 1) : buffer;
      large.add(small);
    }
    assertThat(large.stream().mapToLong(ByteBuffer::capacity).sum()).isEqualTo(48 << 20);
    long had = 0;
    for (ByteBuffer next = pool.take(modest, BufferPool.LARGEST);
        next != null;
        next = pool.take(modest, BufferPool.LARGEST)) {
      had += next.capacity();
    }
    assertThat(had).isEqualTo(8 << 20); // Half of the half that large ones may have, in two.
    assertThat(pool.take(modest, 1)).isNotNull();
    large.forEach(buffer -> pool.give(greedy, buffer));
    assertThat(pool.take(modest, BufferPool.LARGEST)).isNotNull();
  }

  @Test
  void aQuotaIsNeverExceededAndEachGuestGetsItsPartWheneverItAsks() {
    Random random = new Random(6);
    for (int round = 0; round < 200; round++) {
      int guests = 1 + random.nextInt(6);
      long most = 12L + random.nextInt(100);
      Quota quota = new Quota(most, () -> guests);
      long part = most / 2 / guests;
      long[] held = new long[guests];
      List<Object> names = new ArrayList<>();
      for (int n = 0; n < guests; n++) {
        names.add(new Object());
      }
      for (int step = 0; step < 500; step++) {
        int who = random.nextInt(guests);
        long amount = 1L + random.nextInt(3);
        if (random.nextInt(3) == 0 && held[who] >= amount) {
          quota.give(names.get(who), amount);
          held[who] -= amount;
        } else {
          boolean may = quota.mayTake(names.get(who), amount);
          assertThat(may || held[who] + amount > part).isTrue();
          if (may) {
            quota.take(names.get(who), amount);
            held[who] += amount;
          }
        }
        assertThat(quota.total()).isLessThanOrEqualTo(most);
        assertThat(quota.heldBy(names.get(who))).isEqualTo(held[who]);
        assertThat(held[who]).isLessThanOrEqualTo(quota.limit());
        assertThat(quota.exceeds(names.get(who))).isEqualTo(held[who] > part);
      }
    }
    Quota alone = new Quota(10, () -> 1);
    assertThat(alone.mayTake("it", 10)).isTrue();
    assertThat(alone.mayTake("it", 11)).isFalse();
    assertThat(alone.limit()).isEqualTo(10);
  }
}
