package atoll.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Many connections, lost and damaged segments: what they take is bounded, and nothing is lost. */
@Timeout(value = 1200, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class TcpNatLoadTest extends TcpNatFixture {
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
          if (s.sequence() == end.expected && random.nextInt(4) != 0) {
            all.put(s.data());
            end.expected += s.data().length;
          }
          if (s.data().length > 0 && random.nextInt(4) != 0) {
            end.say(ACK, NOTHING);
          }
        }
      }
      assertThat(all.array()).isEqualTo(data);
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
