package atoll.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import atoll.host.HostException;
import atoll.line.FarAddress;
import atoll.line.FarSecurity;
import atoll.line.Line;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A network that goes on elsewhere, over real sockets: another one of ours, and programs. */
class FarCableTest {
  private static final long FAR = 0x5254_0000_0077L;

  private int port;

  @BeforeEach
  void findAPort() throws IOException {
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
  }

  private TestNet net(String query) {
    return net("tcp://127.0.0.1:%d%s".formatted(port, query), FarSecurity.NONE);
  }

  private static TestNet net(String address, FarSecurity security) {
    FarAddress far = FarAddress.parse(address).orElseThrow();
    return new TestNet(
            new NetworkSettings("wire", Optional.of(new FarSettings(far, security)), 1_500, true))
        .noisy();
  }

  /** Has each program say in one letter who it is, in the place of a key. */
  private static FarSecurity.Secured letter(Line plain) throws IOException {
    ByteBuffer letter = ByteBuffer.allocate(1);
    if (plain.read(letter) < 1) {
      throw new IOException("it says not who it is");
    }
    return new FarSecurity.Secured(plain, String.valueOf((char) letter.get(0)));
  }

  private Socket program(char name) throws IOException {
    Socket program = program();
    program.getOutputStream().write(name);
    return program;
  }

  private static TestGuest guest(TestNet net, long mac) {
    return net.guest(
        new NicSettings(new MacAddress(mac), OptionalLong.empty(), Optional.empty(), List.of()));
  }

  private Socket program() throws IOException {
    Socket program = new Socket(InetAddress.getLoopbackAddress(), port);
    program.setSoTimeout(60_000);
    return program;
  }

  @Test
  void twoNetworksAreOneAndAgainAfterTheOtherHasBeenAway() {
    try (TestNet here = net("?listen")) {
      TestGuest a = guest(here, 0x5254_0000_0001L);
      assertThat(a.linked).isFalse();
      for (int n = 0; n < 2; n++) {
        try (TestNet there = net("")) {
          TestGuest b = guest(there, FAR);
          here.until(() -> a.linked && b.linked);
          byte[] out = TestGuest.frame(FAR, a.mac, 1_000);
          byte[] back = TestGuest.frame(a.mac, FAR, 60);
          a.send(out);
          b.send(back);
          here.until(() -> {
            there.turn();
            return a.waiting() == 1 && b.waiting() == 1;
          });
          assertThat(b.take()).containsExactly(out);
          assertThat(a.take()).containsExactly(back);
        }
        here.until(() -> !a.linked);
      }
      assertThat(here.network.statistics().outside().getFirst())
          .isEqualTo(
              "the far side tcp://127.0.0.1:%d?listen, which is not there, 2 frames to it, 2 from it, 0 lost"
                  .formatted(port));
    }
  }

  @Test
  void aSwitchOfSeveralGuestsGoesOnWithoutTheFarSide() {
    try (TestNet here = net("?listen")) {
      TestGuest a = guest(here, 0x5254_0000_0001L);
      TestGuest b = guest(here, 0x5254_0000_0002L);
      assertThat(a.linked && b.linked).isTrue();
      byte[] between = TestGuest.frame(b.mac, a.mac, 60);
      a.send(between);
      here.turn();
      assertThat(b.take()).containsExactly(between);
    }
  }

  @Test
  void framesAreAsQemuHasThemOnItsStreams() throws IOException {
    try (TestNet here = net("?listen")) {
      TestGuest a = guest(here, 0x5254_0000_0001L);
      try (Socket program = program()) {
        here.until(() -> a.linked);
        byte[] out = TestGuest.frame(FAR, a.mac, 77 - 14);
        a.send(out);
        here.turn();
        DataInputStream in = new DataInputStream(program.getInputStream());
        assertThat(in.readInt()).isEqualTo(77);
        assertThat(in.readNBytes(77)).isEqualTo(out);
        byte[] back = TestGuest.frame(a.mac, FAR, 99 - 14);
        DataOutputStream to = new DataOutputStream(program.getOutputStream());
        to.writeInt(99);
        to.write(back, 0, 40); // In pieces.
        to.flush();
        here.turn();
        to.write(back, 40, 59);
        here.until(() -> a.waiting() == 1);
        assertThat(a.take()).containsExactly(back);
      }
    }
  }

  @Test
  void whatIsNoFrameEndsTheConnectionAndNothingElse() throws IOException {
    Random random = new Random(7);
    try (TestNet here = net("?listen")) {
      TestGuest a = guest(here, 0x5254_0000_0001L);
      for (int length : new int[] {0, -1, Integer.MAX_VALUE, 65_554, 1 << 24}) {
        try (Socket program = program()) {
          here.until(() -> a.linked);
          DataOutputStream to = new DataOutputStream(program.getOutputStream());
          to.writeInt(length);
          byte[] any = new byte[1_000];
          random.nextBytes(any);
          to.write(any);
          assertThat(ended(program)).isTrue();
        }
        here.until(() -> !a.linked);
      }
      assertThat(a.take()).isEmpty();
    }
  }

  private static boolean ended(Socket program) throws IOException {
    try {
      return program.getInputStream().read() < 0;
    } catch (SocketException e) {
      return true; // Reset, since not all has been read.
    }
  }

  @Test
  void aFarSideThatTakesNothingHoldsUpNobody() throws IOException {
    try (TestNet here = net("?listen")) {
      TestGuest a = guest(here, 0x5254_0000_0001L);
      try (Socket program = program()) {
        here.until(() -> a.linked);
        byte[] large = TestGuest.frame(FAR, a.mac, 1_500);
        here.until(() -> {
          a.send(large);
          here.turn();
          return !here.network.statistics().outside().getFirst().endsWith(" 0 lost");
        });
        assertThat(program.isConnected()).isTrue();
      }
    }
  }

  @Test
  void whoeverHasTheSameKeyTakesItsOwnPlaceAndNobodyElses() throws IOException {
    try (TestNet here =
        net("tls://127.0.0.1:%d?listen".formatted(port), (plain, client, peer) -> letter(plain))) {
      TestGuest a = guest(here, 0x5254_0000_0001L);
      try (Socket first = program('x')) {
        here.until(() -> a.linked);
        try (Socket other = program('y')) {
          assertThat(ended(other)).isTrue();
        }
        try (Socket again = program('x')) {
          assertThat(ended(first)).isTrue();
          here.until(() -> here.notices.getLast().equals("network wire: the far side is there: x"));
          assertThat(again.isConnected()).isTrue();
        }
      }
      for (int n = 0; n < 20; n++) {
        try (Socket stranger = program()) {
          stranger.shutdownOutput();
          assertThat(ended(stranger)).isTrue();
        }
      }
      here.until(() -> here.notices.stream().anyMatch(FarCableTest::isOfAStranger));
      assertThat(here.notices).filteredOn(FarCableTest::isOfAStranger).hasSize(1);
    }
  }

  private static boolean isOfAStranger(String notice) {
    return notice.endsWith("it says not who it is");
  }

  @Test
  void aSecondProgramIsTurnedAwayAndAPortIsOneNetworks() throws IOException {
    try (TestNet here = net("?listen")) {
      TestGuest a = guest(here, 0x5254_0000_0001L);
      try (Socket program = program()) {
        here.until(() -> a.linked);
        try (Socket second = program()) {
          assertThat(ended(second)).isTrue();
        }
        assertThat(program.isConnected() && a.linked).isTrue();
        here.until(() -> here.notices.size() > 1);
        assertThat(here.notices)
            .containsExactly(
                "network wire: the far side is there: a program",
                "network wire: a far side of tcp://127.0.0.1:%d?listen was refused: another program is there already"
                    .formatted(port));
      }
      try (TestNet other = net("?listen")) {
        assertThatThrownBy(() -> guest(other, FAR))
            .isInstanceOf(HostException.class)
            .hasMessageContaining("cannot be listened at");
      }
    }
  }
}
