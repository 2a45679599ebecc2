package atoll.tests;

import static atoll.testkit.Patience.LIMIT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import atoll.manager.BoardAction;
import atoll.manager.NetworkReport;
import atoll.testkit.LinuxGuest;
import atoll.testkit.ScriptedConsole;
import atoll.testkit.TestSystem;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Debian's own driver and network stack, with the host's programs and with one another. */
@Tag("slow")
class NetworkGuestsTest {
  private static final String PROMPT = "~# ";

  @TempDir Path folder;

  @BeforeEach
  void findTheKernel() {
    assumeTrue(
        LinuxGuest.find().isPresent(), "there is no Debian kernel in the cache, nor network");
  }

  private static int freePort() throws IOException {
    try (ServerSocket any = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return any.getLocalPort();
    }
  }

  /** A web server on the host's loopback that has one file. */
  private static final class Web implements AutoCloseable {
    private final byte[] file = new byte[3_000_000];
    private final HttpServer server;

    Web() throws IOException {
      new Random(9).nextBytes(file);
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 8);
      server.createContext(
          "/",
          exchange -> {
            exchange.sendResponseHeaders(200, file.length);
            try (OutputStream out = exchange.getResponseBody()) {
              out.write(file);
            }
          });
      server.start();
    }

    int port() {
      return server.getAddress().getPort();
    }

    String digest() throws NoSuchAlgorithmException {
      return HexFormat.of().formatHex(MessageDigest.getInstance("MD5").digest(file));
    }

    @Override
    public void close() {
      server.stop(0);
    }
  }

  @Test
  void linuxComesUpWithAnAddressAndReachesTheHostAndIsReached()
      throws IOException, InterruptedException, NoSuchAlgorithmException {
    int forwarded = freePort();
    String yaml =
        """
        machine: {cpus: [dedicated, dedicated], memory: 512M}
        networks:
          out: {uplink: user}
        vms:
          linux:
            builtin: linux
            memory: 256M
            vcpus: 2
            nics: [{network: out, forward: ["%d:7777"]}]
        """
            .formatted(forwarded);
    try (Web web = new Web();
        TestSystem system = TestSystem.start(folder, yaml)) {
      ScriptedConsole console = system.console("linux");
      console.await(PROMPT, LIMIT);
      console.type("ip -4 addr show eth0; cat /etc/resolv.conf\n");
      console.await("inet 10.0.2.15/24", LIMIT);
      console.await("nameserver 10.0.2.3", LIMIT);
      console.type("wget -q -O - http://10.0.2.2:%d/ | md5sum\n".formatted(web.port()));
      console.await(web.digest(), LIMIT);
      console.type("wget -q -O - http://10.0.2.2:%d/; echo code $?\n".formatted(freePort()));
      assertThat(console.await("code 1", LIMIT)).contains("Connection refused");
      try (ServerSocket sink = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
        console.type("head -c 2000000 /dev/zero | nc 10.0.2.2 %d\n".formatted(sink.getLocalPort()));
        try (Socket taken = sink.accept()) {
          assertThat(taken.getInputStream().readAllBytes()).hasSize(2_000_000).containsOnly(0);
        }
      }
      console.type("echo from the guest > /tmp/said; nc -l -p 7777 < /tmp/said & echo listening\n");
      console.await("listening", LIMIT);
      assertThat(said(forwarded)).isEqualTo("from the guest\n");
      // Its address comes some seconds after the link.
      console.type(
          "until ping -6 -c 1 -W 5 fec0::2 >/dev/null 2>&1; do sleep 1; done; echo v6 $?\n");
      console.await("v6 0", LIMIT);
      system.perform(new BoardAction.Link("linux", 0, false));
      console.type("sleep 1; ip link show eth0\n");
      console.await("NO-CARRIER", LIMIT);
      NetworkReport.Port port = system.statistics().networks().getFirst().ports().getFirst();
      assertThat(port.passed().bytesIn()).isGreaterThan(3_000_000);
      assertThat(port.passed().bytesOut()).isGreaterThan(2_000_000);
      assertThat(port.passed().link()).isFalse();
    }
  }

  /** The guest's program may not listen yet. */
  private static String said(int port) throws IOException {
    for (int tries = 0; ; tries++) {
      try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
        String text = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
        if (!text.isEmpty()) {
          return text;
        }
      } catch (ConnectException e) {
        throw e; // The host's side listens in any case.
      } catch (IOException e) {
        assertThat(tries).isLessThan(1_000);
      }
    }
  }

  @Test
  void guestsOfOneNetworkReachOneAnotherAndNoOther() throws IOException, InterruptedException {
    String yaml =
        """
        machine: {cpus: [dedicated, dedicated, fair], memory: 768M}
        networks: {lan: {}, away: {}}
        vms:
          a: {builtin: linux, memory: 192M, affinity: 0, nics: [lan]}
          b: {builtin: linux, memory: 192M, affinity: 1, nics: [lan]}
          c: {builtin: linux, memory: 192M, affinity: 2, nics: [away]}
        """;
    try (TestSystem system = TestSystem.start(folder, yaml)) {
      for (String vm : new String[] {"a", "b", "c"}) {
        ScriptedConsole console = system.console(vm);
        console.await(PROMPT, LIMIT);
        int host = vm.charAt(0) - 'a' + 1;
        console.type("ip addr add 192.168.7.%d/24 dev eth0; echo set it\n".formatted(host));
        console.await("set it", LIMIT);
      }
      ScriptedConsole a = system.console("a");
      // What happens every few seconds where nobody gives addresses.
      a.type(
          "interface=eth0 /etc/udhcpc.script leasefail;"
              + " ip -4 addr | grep -q 7.1/24 && echo it stays\n");
      a.await("it stays", LIMIT);
      a.type("ping -c 1 -W 5 192.168.7.2 > /dev/null; echo b $?\n");
      a.await("b 0", LIMIT);
      a.type("ping -c 1 -W 1 192.168.7.3 > /dev/null; echo c $?\n");
      a.await("c 1", LIMIT);
      system.console("b").type("nc -l -p 5000 | wc -c\n");
      a.type(
          "for t in 1 2 3 4 5; do head -c 5000000 /dev/zero | nc 192.168.7.2 5000 && break; sleep 1;"
              + " done\n");
      system.console("b").await("5000000", LIMIT);
    }
  }
}
