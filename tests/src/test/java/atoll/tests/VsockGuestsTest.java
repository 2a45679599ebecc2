package atoll.tests;

import static atoll.testkit.Patience.LIMIT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import atoll.testkit.GuestProgram;
import atoll.testkit.LinuxGuest;
import atoll.testkit.ScriptedConsole;
import atoll.testkit.TestSystem;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Debian's own vsock driver, with programs of the host and with another guest. */
@Tag("slow")
class VsockGuestsTest {
  private static final String PROMPT = "~# ";

  @TempDir Path folder;

  @BeforeEach
  void findTheKernel() {
    assumeTrue(
        LinuxGuest.find().isPresent(), "there is no Debian kernel in the cache, nor network");
  }

  @Test
  void streamsGoToTheHostAndFromItAndToTheGuestThatTheScenarioNames()
      throws IOException, InterruptedException {
    Path stream = folder.resolve("stream");
    Files.copy(GuestProgram.elf("stream"), stream);
    assertThat(stream.toFile().setExecutable(true)).isTrue();
    String yaml =
        """
        machine: {cpus: [dedicated, dedicated], memory: 512M}
        vms:
          client:
            builtin: linux
            memory: 192M
            affinity: 0
            files: {/bin/stream: stream}
            vsock: {socket: v.sock, reach: [server]}
          server:
            builtin: linux
            memory: 192M
            affinity: 1
            files: {/bin/stream: stream}
            vsock: {cid: 77}
        """;
    try (ServerSocketChannel program = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        TestSystem system = TestSystem.start(folder, yaml)) {
      program.bind(UnixDomainSocketAddress.of(folder.resolve("v.sock_1234")));
      ScriptedConsole client = system.console("client");
      ScriptedConsole server = system.console("server");
      client.await(PROMPT, LIMIT);
      server.await(PROMPT, LIMIT);
      client.type("head -c 700000 /dev/zero | stream connect 2 1234; echo code $?\n");
      try (SocketChannel taken = program.accept()) {
        assertThat(read(taken)).hasSize(700_000);
        write(taken, "answered\n");
      }
      client.await("answered", LIMIT);
      client.await("code 0", LIMIT);
      client.type("stream connect 2 4321 </dev/null; echo code $?\n");
      client.await("code 1", LIMIT); // Nobody listens there.
      client.type("echo from the guest | stream listen 52; echo code $?\n");
      client.await("listening", LIMIT);
      try (SocketChannel connected =
          SocketChannel.open(UnixDomainSocketAddress.of(folder.resolve("v.sock")))) {
        write(connected, "CONNECT 52\nfrom the host\n");
        connected.shutdownOutput();
        assertThat(new String(read(connected), StandardCharsets.US_ASCII))
            .matches("OK \\d+\nfrom the guest\n");
      }
      client.await("from the host", LIMIT);
      client.await("code 0", LIMIT);
      server.type("stream listen 80 </dev/null >/tmp/got; wc -c </tmp/got\n");
      // The other guest may not listen yet.
      client.type(
          "until head -c 900000 /dev/zero | stream connect 77 80 2>/dev/null; do sleep 1; done;"
              + " echo sent all\n");
      client.await("sent all", LIMIT);
      server.await("900010", LIMIT); // With the word that it listens.
      server.type("stream connect 3 52 </dev/null; echo code $?\n");
      server.await("code 1", LIMIT); // It may not.
    }
  }

  private static void write(SocketChannel channel, String text) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
    while (bytes.hasRemaining()) {
      int ignored = channel.write(bytes);
    }
  }

  private static byte[] read(SocketChannel channel) throws IOException {
    ByteBuffer all = ByteBuffer.allocate(2_000_000);
    while (channel.read(all) >= 0) {
      assertThat(all.hasRemaining()).isTrue();
    }
    byte[] bytes = new byte[all.position()];
    all.flip().get(bytes);
    return bytes;
  }
}
