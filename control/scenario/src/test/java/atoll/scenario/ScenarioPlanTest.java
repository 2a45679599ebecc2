package atoll.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import atoll.scenario.FlowMatrix.Flow;
import atoll.scenario.FlowMatrix.HostLink;
import atoll.scenario.FlowMatrix.Means;
import atoll.scenario.MemoryMap.Extent;
import atoll.scenario.MemoryMap.Use;
import atoll.vmm.BoardPlan.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ScenarioPlanTest {
  private static final long MIB = 1 << 20;

  @TempDir private Path folder;

  private ScenarioPlan plan(String text) throws IOException {
    return ScenarioPlan.of(
        ScenarioReader.read(Files.writeString(folder.resolve("test.yaml"), text)));
  }

  private ScenarioPlan cockpit() throws IOException {
    return plan(
        """
        machine: {cpus: [priority, fair], memory: 512M}
        vms:
          cluster: {builtin: cluster, memory: 32M, affinity: 0, service: true}
          linux: {builtin: linux, memory: 256M, memory-policy: paged, affinity: [0, 1]}
          loner: {builtin: hello, memory: 16M, affinity: 1, console: none}
        channels:
          vehicle: {size: 8K, between: {cluster: read-write, linux: read-only}}
          answer: {size: 4K, between: {linux: read-write, cluster: read-write}}
        """);
  }

  @Test
  void machineMemoryIsGivenOutInOneRowWithoutGaps() throws IOException {
    MemoryMap map = cockpit().memory();
    assertThat(map.extents())
        .containsExactly(
            new Extent("vehicle", Use.CHANNEL, 0, 8192, MemoryPolicy.CONTIGUOUS),
            new Extent("answer", Use.CHANNEL, 8192, 4096, MemoryPolicy.CONTIGUOUS),
            new Extent("cluster", Use.RAM, 12288, 32 * MIB, MemoryPolicy.CONTIGUOUS),
            new Extent("linux", Use.RAM, 12288 + 32 * MIB, 256 * MIB, MemoryPolicy.PAGED),
            new Extent("loner", Use.RAM, 12288 + 288 * MIB, 16 * MIB, MemoryPolicy.CONTIGUOUS));
    assertThat(map.used()).isEqualTo(12288 + 304 * MIB);
  }

  @Test
  void bothEndsOfAChannelSeeTheSameMachineMemory() throws IOException {
    MemoryMap map = cockpit().memory();
    assertThat(windows(map, "cluster"))
        .containsExactly("vehicle at 6000000 from 0 rw", "answer at 6002000 from 2000 rw");
    assertThat(windows(map, "linux"))
        .containsExactly("vehicle at 6000000 from 0 r", "answer at 6002000 from 2000 rw");
    assertThat(windows(map, "loner")).isEmpty();
  }

  private static List<String> windows(MemoryMap map, String vm) {
    return map.guests().get(vm).stream()
        .filter(guest -> guest.region().kind() == Kind.WINDOW)
        .map(guest ->
            "%s at %x from %x %s"
                .formatted(
                    guest.region().name().replace("memory of ", ""),
                    guest.region().gpa(),
                    guest.hpa().orElseThrow(),
                    guest.region().writable() ? "rw" : "r"))
        .toList();
  }

  @Test
  void everyVmSeesItsOwnRamAndDevices() throws IOException {
    MemoryMap map = cockpit().memory();
    assertThat(map.guests().get("loner"))
        .extracting(guest -> guest.region().name())
        .contains("aclint", "uart0", "entropy", "RAM")
        .doesNotContain("console", "gpio");
    assertThat(map.guests().get("linux"))
        .extracting(guest -> guest.region().name())
        .contains("console", "gpio", "channel vehicle")
        .doesNotContain("aclint");
    assertThat(map.guests().get("linux").getLast().hpa()).hasValue(12288 + 32 * MIB);
  }

  @Test
  void theMatrixHasStreamsBothWaysWhereOneMayBeginThem() throws IOException {
    FlowMatrix flows =
        plan("""
        machine: {cpus: [dedicated, dedicated, dedicated], memory: 128M}
        vms:
          a: {builtin: hello, memory: 16M, vsock: {socket: /tmp/a.sock, reach: [b]}}
          b: {builtin: hello, memory: 16M, vsock: {}}
          c: {builtin: hello, memory: 16M, vsock: {cid: 3}}
        """)
            .flows();
    assertThat(flows.between("a", "b")).containsExactly(new Flow("a", "b", Means.STREAMS, "vsock"));
    assertThat(flows.between("b", "a")).containsExactly(new Flow("b", "a", Means.STREAMS, "vsock"));
    assertThat(flows.between("a", "c")).isEmpty();
    assertThat(flows.outside()).contains(new HostLink("a", "vsock /tmp/a.sock"));
  }

  @Test
  void theMatrixSaysWhoServesWhomAndOnlyTheServerHasAWindow() throws IOException {
    ScenarioPlan plan =
        plan(
            """
            machine: {cpus: [dedicated, dedicated], memory: 128M}
            vms:
              client: {builtin: hello, memory: 16M}
              server: {builtin: driver, memory: 16M, service: true, serves: {noise: {to: client, device: entropy}}}
            """);
    assertThat(plan.flows().between("server", "client"))
        .containsExactly(new Flow("server", "client", Means.SERVES, "noise"));
    assertThat(plan.flows().between("client", "server"))
        .containsExactly(new Flow("client", "server", Means.ASKS, "noise"));
    assertThat(windows(plan.memory(), "server")).hasSize(1);
    assertThat(windows(plan.memory(), "client")).isEmpty();
    assertThat(plan.memory().guests().get("client"))
        .extracting(guest -> guest.region().name())
        .contains("served noise");
  }

  @Test
  void whatIsServedANetworkReachesTheWorldByItAndNoOtherClient() throws IOException {
    FlowMatrix flows =
        plan("""
        machine: {cpus: [dedicated, dedicated, dedicated], memory: 128M}
        vms:
          one: {builtin: hello, memory: 16M, console: none}
          two: {builtin: hello, memory: 16M, console: none}
          server:
            builtin: driver
            memory: 16M
            console: none
            service: true
            nics: [outside]
            serves:
              wire: {to: one, device: network}
              wifi: {to: two, device: network}
        networks: {outside: {uplink: user, mac-filter: false}}
        """)
            .flows();
    assertThat(flows.between("one", "server"))
        .containsExactly(
            new Flow("one", "server", Means.ASKS, "wire"),
            new Flow("one", "server", Means.NETWORK, "outside"));
    assertThat(flows.between("one", "two")).isEmpty();
    String outside = "network outside (the host's sockets)";
    assertThat(flows.outside())
        .containsExactly(
            new HostLink("one", outside + ", served by server"),
            new HostLink("two", outside + ", served by server"),
            new HostLink("server", outside));
  }

  @Test
  void theMatrixHasChannelsBothWaysAndTheTimeOfSharedCpus() throws IOException {
    FlowMatrix flows = cockpit().flows();
    assertThat(flows.between("cluster", "linux"))
        .containsExactly(
            new Flow("cluster", "linux", Means.DATA, "vehicle"),
            new Flow("cluster", "linux", Means.DATA, "answer"),
            new Flow("cluster", "linux", Means.TIME, "cpu 0"));
    assertThat(flows.between("linux", "cluster"))
        .containsExactly(
            new Flow("linux", "cluster", Means.DOORBELL, "vehicle"),
            new Flow("linux", "cluster", Means.DATA, "answer"));
    assertThat(flows.between("loner", "linux"))
        .containsExactly(new Flow("loner", "linux", Means.TIME, "cpu 1"));
    assertThat(flows.between("loner", "cluster")).isEmpty();
    assertThat(flows.outside())
        .containsExactly(
            new HostLink("cluster", "serial console"), new HostLink("linux", "virtio console"));
  }

  @Test
  void windowsOfATimetableDoNotDelayEachOther() throws IOException {
    FlowMatrix flows =
        plan("""
        machine:
          memory: 64M
          cpus:
            - policy: cyclic
              frame: 10ms
              windows:
                - {vm: a, offset: 0ms, duration: 5ms}
                - {vm: b, offset: 5ms, duration: 5ms}
        vms:
          a: {builtin: hello, memory: 1M}
          b: {builtin: hello, memory: 1M}
        """)
            .flows();
    assertThat(flows.flows()).isEmpty();
  }

  @Test
  void aScenarioThatNobodyHasReadIsCheckedToo() throws IOException {
    Scenario read = cockpit().scenario();
    Scenario twice =
        new Scenario(
            "twice",
            read.platform(),
            List.of(read.vms().get(0), read.vms().get(0)),
            read.channels());
    assertThatThrownBy(() -> ScenarioPlan.of(twice))
        .isInstanceOf(ScenarioException.class)
        .hasMessage(
            """
            twice: vms.cluster: the name is taken already, expected another
            twice: channels.vehicle.between.linux: there is no VM 'linux', expected cluster
            twice: channels.answer.between.linux: there is no VM 'linux', expected cluster\
            """);
  }

  @Test
  void moreMemoryThanThereIsIsRefusedWithoutALineToo() throws IOException {
    Scenario read = cockpit().scenario();
    PlatformDescription small =
        new PlatformDescription(
            read.platform().cpus(), 128 * MIB, PlatformDescription.ClockKind.HOST);
    Scenario large = new Scenario("large", small, read.vms(), List.of());
    assertThatThrownBy(() -> ScenarioPlan.of(large))
        .isInstanceOf(ScenarioException.class)
        .hasMessageStartingWith("large: vms.linux.memory: 256M do not fit");
  }
}
