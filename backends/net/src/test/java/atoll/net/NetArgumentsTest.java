package atoll.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetSocketAddress;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What people write of addresses, ports and name servers. */
class NetArgumentsTest {
  @Test
  void forwardsAreReadAndWritten() {
    assertThat(PortForward.parse("2222:22").orElseThrow()).hasToString("tcp:127.0.0.1:2222:22");
    assertThat(PortForward.parse("udp:0.0.0.0:53:5353").orElseThrow())
        .hasToString("udp:0.0.0.0:53:5353");
    assertThat(PortForward.parse("tcp:[::1]:80:8080").orElseThrow())
        .hasToString("tcp:[0:0:0:0:0:0:0:1]:80:8080");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "22",
        "0:22",
        "22:0",
        "65536:1",
        "a:b",
        "300.1.1.1:1:1",
        "sctp:1:1",
        "1:2:3",
        "host:1:2"
      })
  void whatIsNoForwardIsNotRead(String text) {
    assertThat(PortForward.parse(text)).isEmpty();
  }

  @Test
  void addressesAreReadAndWrittenAndChosenTheSameEveryTime() {
    assertThat(MacAddress.parse("52:54:00:AB:cd:ef").orElseThrow())
        .hasToString("52:54:00:ab:cd:ef");
    assertThat(MacAddress.parse("01:00:5e:00:00:01")).isEmpty();
    assertThat(MacAddress.parse("00:00:00:00:00:00")).isEmpty();
    assertThat(MacAddress.parse("52:54:00:12:34")).isEmpty();
    assertThat(MacAddress.of("s", "vm", 0)).isEqualTo(MacAddress.of("s", "vm", 0));
    assertThat(MacAddress.of("s", "vm", 0)).isNotEqualTo(MacAddress.of("s", "vm", 1));
    assertThat(new MacAddress(0x5254_00ff_ffffL).next()).hasToString("52:54:00:00:00:00");
  }

  @Test
  void nameServersAreReadAsTheHostsOwnProgramsReadThem() {
    assertThat(
            Resolvers.parse(
                List.of(
                    "# nameserver 1.1.1.1",
                    "search example.org",
                    "nameserver 127.0.0.53",
                    "  nameserver\t2001:db8::1 # second",
                    "nameserver not-an-address",
                    "nameserver")))
        .containsExactly(
            new InetSocketAddress("127.0.0.53", 53), new InetSocketAddress("2001:db8::1", 53));
  }
}
