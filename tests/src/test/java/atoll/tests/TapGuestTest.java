package atoll.tests;

import static atoll.testkit.Patience.LIMIT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import atoll.host.HostException;
import atoll.host.TapInterface;
import atoll.testkit.LinuxGuest;
import atoll.testkit.ScriptedConsole;
import atoll.testkit.TestSystem;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Debian and the host's own network stack, where the host lets us make an interface for them. */
@Tag("slow")
class TapGuestTest {
  /** Others may test at the same time: a name and a network (RFC 2544) of this process. */
  private static final long OWN = ProcessHandle.current().pid();

  private static final String NAME = "ag" + OWN;
  private static final String NETWORK = "198.19.%d.".formatted(OWN >> 6 & 255);

  @TempDir Path folder;

  @BeforeEach
  void findTheKernelAndARight() {
    assumeTrue(
        LinuxGuest.find().isPresent(), "there is no Debian kernel in the cache, nor network");
    try {
      new TapInterface(Optional.empty(), 1_500).close();
    } catch (HostException e) {
      assumeTrue(false, e.getMessage());
    }
  }

  private static String address(int last) {
    return NETWORK + ((OWN & 63) << 2 | last);
  }

  private static void ip(String... words) throws IOException, InterruptedException {
    List<String> command = Stream.concat(Stream.of("ip"), Arrays.stream(words)).toList();
    try {
      assumeTrue(new ProcessBuilder(command).inheritIO().start().waitFor() == 0, "ip may not");
    } catch (IOException e) {
      assumeTrue(false, "there is no ip");
    }
  }

  @Test
  void theHostIsAStationOfTheGuestsNetworkUntilItsInterfaceGoes()
      throws IOException, InterruptedException {
    String yaml =
        """
        machine: {cpus: 1, memory: 256M}
        networks: {wire: {uplink: tap, interface: %s}}
        vms:
          a: {builtin: linux, memory: 192M, nics: [wire]}
        """
            .formatted(NAME);
    try (TestSystem system = TestSystem.start(folder, yaml)) {
      ip("addr", "add", address(1) + "/30", "dev", NAME);
      ScriptedConsole console = system.console("a");
      console.await("~# ", LIMIT);
      console.type("ip addr add %s/30 dev eth0; echo set it\n".formatted(address(2)));
      console.await("set it", LIMIT);
      console.type("ping -c 1 -W 60 %s > /dev/null; echo ping $?\n".formatted(address(1)));
      console.await("ping 0", LIMIT);
      try (ServerSocket sink = new ServerSocket(0, 1, InetAddress.getByName(address(1)))) {
        console.type(
            "head -c 3000000 /dev/zero | nc %s %d; echo sent\n"
                .formatted(address(1), sink.getLocalPort()));
        try (Socket taken = sink.accept()) {
          assertThat(taken.getInetAddress().getHostAddress()).isEqualTo(address(2));
          assertThat(taken.getInputStream().readAllBytes()).hasSize(3_000_000).containsOnly(0);
        }
        console.type("nc %s %d | wc -c\n".formatted(address(1), sink.getLocalPort()));
        try (Socket taken = sink.accept()) {
          taken.getOutputStream().write(new byte[2_345_678]);
        }
        console.await("2345678", LIMIT);
      }
      String outside = system.statistics().networks().getFirst().outside().getFirst();
      assertThat(outside).startsWith("the host's interface " + NAME).endsWith(" 0 lost");
      ip("link", "del", NAME);
      console.type("ping -c 1 -W 1 %s > /dev/null; echo then $?\n".formatted(address(1)));
      console.await("then 1", LIMIT);
      assertThat(system.notices().getLast())
          .endsWith(
              "the host's interface %s is gone; the network goes on without it".formatted(NAME));
    }
  }
}
