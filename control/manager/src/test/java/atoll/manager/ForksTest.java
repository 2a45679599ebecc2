package atoll.manager;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import atoll.image.GuestProgram;
import atoll.image.RefusedException;
import atoll.kernel.MachineMemory;
import atoll.memory.MachineExtent;
import atoll.net.MacAddress;
import atoll.net.PortForward;
import atoll.scenario.Guest;
import atoll.scenario.NicDescription;
import atoll.scenario.Scenario;
import atoll.scenario.ScenarioReader;
import atoll.scenario.VmDescription;
import atoll.scenario.VsockDescription;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What copies of a system have in common, and what each has for itself. */
class ForksTest {
  @TempDir private Path folder;

  private Scenario scenario(String text) throws IOException {
    return ScenarioReader.read(Files.writeString(folder.resolve("s.yaml"), text));
  }

  private Scenario two() throws IOException {
    return scenario(
        """
        machine: {cpus: 2, memory: 64M}
        networks: {lan: {uplink: user}}
        vms:
          one:
            builtin: hello
            memory: 16M
            affinity: [0]
            nics: [{network: lan, forward: ["2222:22", "udp:0.0.0.0:53:53"]}]
            vsock: {socket: v.sock, reach: [two]}
            display: {size: 640x480, vnc: "5900"}
          two: {builtin: hello, memory: 16M, affinity: [1], vsock: {cid: 7}}
        """);
  }

  @Test
  void eachCopyHasItsNamesCpusNetworksAndPorts() throws IOException {
    Scenario saved = two();
    Scenario forks = new Forks(3).of(saved);
    assertThat(forks.vms().stream().map(VmDescription::name))
        .containsExactly("one-1", "two-1", "one-2", "two-2", "one-3", "two-3");
    assertThat(forks.platform().cpus()).hasSize(6);
    assertThat(forks.platform().memory()).isEqualTo(3 * (64L << 20));
    assertThat(forks.vms().stream().map(vm -> vm.affinity().getFirst()))
        .containsExactly(0, 1, 2, 3, 4, 5);
    assertThat(forks.networks().stream().map(network -> network.name()))
        .containsExactly("lan-1", "lan-2", "lan-3");
    VmDescription third = forks.vm("one-3").orElseThrow();
    NicDescription nic = third.nics().getFirst();
    assertThat(nic.network()).isEqualTo("lan-3");
    assertThat(nic.forwards())
        .containsExactly(
            PortForward.parse("2225:22").orElseThrow(),
            PortForward.parse("udp:0.0.0.0:56:53").orElseThrow());
    assertThat(third.display().orElseThrow().vnc().orElseThrow().getPort()).isEqualTo(5903);
  }

  @Test
  void aFolderForOneIsForOneCopy() throws IOException {
    Scenario saved =
        scenario(
            """
            machine: {cpus: 1, memory: 64M}
            vms: {one: {builtin: hello, memory: 16M, shares: [{folder: ., tag: here, exclusive: true}]}}
            """);
    assertThatThrownBy(() -> new Forks(2).of(saved))
        .isInstanceOf(RefusedException.class)
        .hasMessage(
            "one has a folder of the host for itself (exclusive), which only one copy can have;"
                + " fork a VM without one");
  }

  /** The guest knows it, and nobody asks the guest. */
  @Test
  void aCopyHasTheAddressThatItsGuestHasOnANetworkOfItsOwn() throws IOException {
    Scenario saved = two();
    MacAddress address = saved.macAddresses().get("one").getFirst();
    Scenario forks = new Forks(3).of(saved);
    for (int copy = 1; copy <= 3; copy++) {
      assertThat(forks.macAddresses().get("one-" + copy)).containsExactly(address);
      String network = "lan-" + copy;
      assertThat(forks.networks().stream().filter(each -> each.name().equals(network)))
          .allSatisfy(each -> assertThat(forks.vmsOn(each)).hasSize(1));
    }
  }

  @Test
  void streamsOfCopiesHaveContextsAndSocketsOfTheirOwn() throws IOException {
    Scenario forks = new Forks(2).of(two());
    assertThat(Set.copyOf(forks.contexts().values())).hasSize(4);
    VsockDescription second = forks.vm("one-2").orElseThrow().vsock().orElseThrow();
    assertThat(second.reach()).containsExactly("two-2");
    assertThat(second.socket().orElseThrow()).hasFileName("v.sock-2");
  }

  @Test
  void theRegionsOfCopiesAreBesideEachOtherInMachineMemory() throws IOException {
    SavedSystem saved =
        new SavedSystem(
            two(),
            List.of(new SavedSystem.Vm("one", VmStatus.RUNNING, 1, 0, 0, true)),
            List.of(
                new SavedSystem.Region(
                    "vm/one",
                    MachineMemory.Policy.PAGED,
                    List.of(new MachineExtent(8192, 4096), new MachineExtent(0, 4096)))),
            List.of(),
            List.of());
    SavedSystem forks = new Forks(2).of(saved);
    assertThat(forks.vm("one-2").lives()).isEqualTo(1);
    List<SavedSystem.Region> regions = forks.regions();
    assertThat(regions.stream().map(SavedSystem.Region::name))
        .containsExactly("vm/one-1", "vm/one-2");
    assertThat(regions.stream().map(region -> Forks.origin(region.name()))).containsOnly("vm/one");
    assertThat(regions.getLast().places())
        .containsExactly(new MachineExtent(12288 + 8192, 4096), new MachineExtent(12288, 4096));
    assertThat(
            regions.stream()
                .flatMap(region -> region.places().stream())
                .map(MachineExtent::hpa)
                .collect(Collectors.toSet()))
        .hasSize(4);
  }

  @Test
  void whatCannotBeThereTwiceIsRefusedWithTheReason() throws IOException {
    assertRefused(
        Scenario.of(
            VmDescription.builder("one", new Guest.Program(GuestProgram.HELLO, ""))
                .mmu("direct")
                .build()),
        2,
        "mmu: direct");
    assertRefused(
        """
        machine: {cpus: 2, memory: 64M}
        vms:
          one: {builtin: hello, memory: 16M, affinity: [0]}
          two: {builtin: hello, memory: 16M, affinity: [1]}
        channels: {c: {size: 4K, between: {one: read-write, two: read-only}}}
        """,
        2,
        "the channel c is known to guests by its name");
    assertRefused(
        """
        machine: {cpus: 1, memory: 64M}
        networks: {lan: {uplink: tap}}
        vms: {one: {builtin: hello, memory: 16M, nics: [{network: lan}]}}
        """,
        2,
        "network lan leads to an interface of the host");
    assertRefused(
        """
        machine: {cpus: 2, memory: 64M}
        vms: {one: {builtin: hello, memory: 16M, vcpus: 2, affinity: [0, 1]}}
        """,
        33,
        "at most 32 copies are possible");
  }

  private void assertRefused(String text, int copies, String reason) throws IOException {
    assertRefused(scenario(text), copies, reason);
  }

  private static void assertRefused(Scenario saved, int copies, String reason) {
    assertThatThrownBy(() -> new Forks(copies).of(saved))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining(reason);
  }

  @Test
  void thereAreOneTo64Copies() {
    for (int wrong : new int[] {-1, 0, 65}) {
      assertThatThrownBy(() -> new Forks(wrong))
          .isInstanceOf(RefusedException.class)
          .hasMessage("a snapshot is forked 1 to 64 times, not " + wrong);
    }
  }
}
