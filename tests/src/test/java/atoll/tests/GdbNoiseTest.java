package atoll.tests;

import static atoll.testkit.Patience.LIMIT;
import static org.assertj.core.api.Assertions.assertThat;

import atoll.manager.VmStatus;
import atoll.testkit.TestSystem;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Debuggers that send nonsense, too much, or nothing any more: nobody is harmed. */
class GdbNoiseTest {
  private static final long SEED = 20261130;
  private static final int CONNECTIONS = 60;
  private static final int PACKETS = 120;
  private static final List<String> BEGINNINGS =
      List.of(
          "?",
          "g",
          "G",
          "p",
          "P",
          "m",
          "M",
          "X",
          "c",
          "s",
          "C05",
          "S05",
          "H",
          "Hg",
          "Hc",
          "T",
          "qSupported:",
          "qXfer:features:read:target.xml:",
          "qXfer:",
          "qfThreadInfo",
          "qsThreadInfo",
          "qThreadExtraInfo,",
          "qC",
          "qAttached",
          "qRcmd,",
          "qOffsets",
          "Qqemu.PhyMemMode:",
          "Z0,",
          "Z1,",
          "Z2,",
          "Z3,",
          "Z4,",
          "Z9,",
          "z0,",
          "z2,",
          "vCont?",
          "vCont;",
          "vCont;s:",
          "vCont;r",
          "vAttach;",
          "vRun;",
          "D",
          "D;",
          "R00",
          "vMustReplyEmpty",
          "qRcmd,7472616e736c617465203078");
  private static final String ALPHABET = "0123456789abcdef,;:=.-p \u0000\u00ff}*ZzXx";

  @TempDir private Path folder;
  private TestSystem system;

  @BeforeEach
  void start() throws Exception {
    system =
        TestSystem.start(
            folder,
            """
            machine: {cpus: 3, memory: 48M}
            vms:
              hello: {builtin: hello, memory: 16M, vcpus: 2, affinity: [0, 1]}
              beside: {builtin: hello, memory: 16M, affinity: [2]}
            gdb: ./gdb.sock
            """);
    system.console("hello").await("> ", LIMIT);
    system.console("beside").await("> ", LIMIT);
  }

  @AfterEach
  void close() {
    if (system != null) {
      system.close();
    }
  }

  private SocketChannel connect() throws IOException {
    SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
    boolean ignored = channel.connect(UnixDomainSocketAddress.of(folder.resolve("gdb.sock")));
    return channel;
  }

  private static void send(SocketChannel channel, byte[] bytes) throws IOException {
    ByteBuffer left = ByteBuffer.wrap(bytes);
    while (left.hasRemaining()) {
      int ignored = channel.write(left);
    }
  }

  private static byte[] packet(String data) {
    int sum = 0;
    for (byte octet : data.getBytes(StandardCharsets.ISO_8859_1)) {
      sum += octet & 0xff;
    }
    return "$%s#%02x".formatted(data, sum & 0xff).getBytes(StandardCharsets.ISO_8859_1);
  }

  /** Up to the end of the first packet that comes; empty if the connection ends before. */
  private static String receive(SocketChannel channel) throws IOException {
    StringBuilder text = new StringBuilder();
    ByteBuffer one = ByteBuffer.allocate(1);
    while (!text.toString().matches("(?s).*\\$[^#]*#..")) {
      one.clear();
      if (channel.read(one) < 0) {
        return "";
      }
      text.append((char) (one.get(0) & 0xff));
    }
    return text.toString();
  }

  /** The server serves a debugger that does as it should, and the guest lives. */
  private void requireSound() throws Exception {
    String answer = "";
    while (answer.isEmpty()) { // the one before may still be leaving
      try (SocketChannel channel = connect()) {
        send(channel, packet("qSupported:multiprocess+"));
        answer = receive(channel);
        if (!answer.isEmpty()) {
          send(channel, packet("?"));
          assertThat(receive(channel)).contains("T05thread:p1.");
        }
      } catch (IOException e) {
        answer = ""; // it was sent away
      }
    }
    assertThat(answer).contains("PacketSize=4000");
    assertThat(system.vm("hello").status()).isEqualTo(VmStatus.RUNNING);
  }

  @Test
  void nonsenseHarmsNothing() throws Exception {
    SplittableRandom random = new SplittableRandom(SEED);
    for (int n = 0; n < CONNECTIONS; n++) {
      try (SocketChannel channel = connect()) {
        for (int i = random.nextInt(PACKETS); i > 0; i--) {
          send(channel, noise(random));
        }
      } catch (IOException e) {
        // It may send us away at any time.
      }
    }
    requireSound();
    system.console("hello").type("help\r");
    system.console("hello").await("> ", LIMIT);
  }

  private static byte[] noise(SplittableRandom random) {
    StringBuilder text = new StringBuilder(BEGINNINGS.get(random.nextInt(BEGINNINGS.size())));
    for (int i = random.nextInt(24); i > 0; i--) {
      text.append(ALPHABET.charAt(random.nextInt(ALPHABET.length())));
    }
    byte[] whole = packet(text.toString());
    return switch (random.nextInt(8)) {
      case 0 -> new byte[] {3};
      case 1 -> Arrays.copyOf(whole, random.nextInt(whole.length));
      case 2 -> {
        whole[random.nextInt(whole.length)] ^= (byte) (1 << random.nextInt(8));
        yield whole;
      }
      case 3 -> "+-+".getBytes(StandardCharsets.US_ASCII);
      case 4 -> packet("m80000000,%x".formatted(random.nextInt(1 << 16)));
      default -> whole;
    };
  }

  @Test
  void aPacketThatNeverEndsEndsTheConnection() throws Exception {
    try (SocketChannel channel = connect()) {
      byte[] much = new byte[1 << 16];
      Arrays.fill(much, (byte) 'a');
      much[0] = '$';
      for (int i = 0; i < 64; i++) {
        send(channel, much);
      }
      assertThat(receive(channel)).isEmpty();
    } catch (IOException e) {
      // It was sent away before it had sent all.
    }
    requireSound();
  }

  @Test
  void whoNeverReadsAnswersWaitsAloneAndMayGo() throws Exception {
    try (SocketChannel channel = connect()) {
      askWithoutReading(channel);
      requireBeside();
    }
    requireSound();
  }

  /** Asks until nobody takes any more. */
  private static void askWithoutReading(SocketChannel channel) throws IOException {
    boolean ignored = channel.configureBlocking(false).isBlocking();
    ByteBuffer ask = ByteBuffer.wrap(packet("m80000000,1000"));
    int full = 0;
    for (int i = 0; i < 100_000 && full < 1000; i++) {
      ask.rewind();
      full = channel.write(ask) == 0 ? full + 1 : 0;
    }
  }

  /** The VM that the debugger does not have goes on. */
  private void requireBeside() throws InterruptedException {
    system.console("beside").type("help\r");
    system.console("beside").await("> ", LIMIT);
  }

  @Test
  void whoNeverReadsAnswersDoesNotKeepTheSystemFromEnding() throws Exception {
    try (SocketChannel channel = connect()) {
      askWithoutReading(channel);
      system.close();
      system = null;
      assertThat(channel.isOpen()).isTrue(); // on this side: it has not been asked to go
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "vCont;c",
        "vCont;s:p1.1",
        "vCont;s:p1.1;c:p1.-1",
        "vCont;r80000000,80001000:p1.1",
        "Z0,80000000,2",
        "vRun;",
        "R00",
        "vAttach;2",
        "qRcmd,70616765"
      })
  void whoVanishesAmidstSomethingLetsItsMachineGo(String last) throws Exception {
    for (int i = 0; i < 8; i++) {
      try (SocketChannel channel = connect()) {
        send(channel, packet("qSupported:multiprocess+"));
        send(channel, packet("?"));
        send(channel, packet(last));
      } catch (IOException e) {
        // The one before is still leaving.
      }
    }
    requireSound();
    requireBeside();
    system.console("hello").type("help\r");
    system.console("hello").await("> ", LIMIT);
  }

  @Test
  void aSecondDebuggerIsSentAway() throws Exception {
    try (SocketChannel first = connect()) {
      send(first, packet("?"));
      assertThat(receive(first)).contains("T05");
      try (SocketChannel second = connect()) {
        assertThat(receive(second)).isEmpty();
      }
      assertThat(system.awaitNotice(LIMIT)).isNotEmpty();
      send(first, packet("qC"));
      assertThat(receive(first)).contains("QC");
    }
    requireSound();
  }

  @Test
  void whoOnlyConnectsDisturbsNobody() throws Exception {
    try (SocketChannel channel = connect()) {
      assertThat(channel.isConnected()).isTrue();
      system.console("hello").type("help\r");
      system.console("hello").await("> ", LIMIT);
    }
  }
}
