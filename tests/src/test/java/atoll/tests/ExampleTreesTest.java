package atoll.tests;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.engine.software.Interpreter;
import atoll.host.Clock;
import atoll.host.Effects;
import atoll.kernel.MachineMemory;
import atoll.kernel.Microkernel;
import atoll.manager.Manager;
import atoll.manager.PlanAction;
import atoll.scenario.ChannelDescription;
import atoll.scenario.ConsoleKind;
import atoll.scenario.MemoryPolicy;
import atoll.scenario.Scenario;
import atoll.scenario.VmDescription;
import atoll.testkit.SilentConsole;
import atoll.testkit.TestVm;
import atoll.vmm.ChannelDevice;
import atoll.vmm.ChannelPort;
import atoll.vmm.FdtNode;
import atoll.vmm.FdtReader;
import atoll.vmm.VirtualMachine;
import atoll.vmm.VmConfig;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the guests of the examples find on their boards stays where it has always been. */
class ExampleTreesTest {
  @ParameterizedTest
  @ValueSource(strings = {"cockpit", "consolidation", "partition", "secure"})
  void eachVmFindsItsDevicesAtTheirPlaces(String name) {
    Scenario scenario =
        new Manager(Clock.host(), Effects.host(bytes -> {}), System::getenv)
            .perform(new PlanAction.Plan(Road.ROOT.resolve("examples/" + name + ".yaml")))
            .scenario();
    for (VmDescription vm : scenario.vms()) {
      assertThat(found(scenario, vm)).as(vm.name()).isEqualTo(expected(scenario, vm));
    }
  }

  /** The rules: what each device is called, where it is, and its interrupts. */
  private static List<String> expected(Scenario scenario, VmDescription vm) {
    boolean console = vm.console() == ConsoleKind.VIRTIO;
    boolean balloon = vm.memoryPolicy() == MemoryPolicy.PAGED;
    int virtio = vm.disks().size() + 1 + (console ? 1 : 0) + (balloon ? 1 : 0);
    int ends = scenario.channelsOf(vm.name()).size();
    int channels =
        (int) ends(scenario, vm).filter(ChannelDevice.Endpoint.class::isInstance).count();
    List<String> nodes =
        new ArrayList<>(List.of("serial@10000000 [10]", "rtc@101000 [11]", "watchdog@102000 [12]"));
    nodes.addAll(List.of("rng@103000 [13]", "test@100000 []"));
    for (int n = 0; n < virtio; n++) {
      nodes.add("virtio_mmio@%x [%d]".formatted(0x1000_1000 + n * 0x1000, 1 + n));
    }
    for (int n = 0; n < channels; n++) {
      nodes.add("channel@%x [%d]".formatted(0x400_0000 + n * 0x1000, 64 + n));
    }
    for (int n = 0; n < ends - channels; n++) {
      nodes.add("i2c@%x [%d]".formatted(0x402_0000 + n * 0x1000, 48 + n));
    }
    if (channels > 0) {
      List<Integer> pins = IntStream.range(80, 80 + channels).boxed().toList();
      nodes.add("gpio@4010000 " + pins);
    }
    nodes.addAll(List.of("plic@c000000 []", "sswi@2f00000 []"));
    return nodes;
  }

  private static Stream<ChannelDevice> ends(Scenario scenario, VmDescription vm) {
    return scenario.channelsOf(vm.name()).stream()
        .map(channel -> channel.endpoint(vm.name()).orElseThrow().device());
  }

  private static List<String> found(Scenario scenario, VmDescription vm) {
    try (Microkernel board = Microkernel.dedicated(Clock.host(), 1)) {
      byte[] blob = VirtualMachine.deviceTree(config(scenario, vm, board));
      FdtNode root = FdtReader.read(vm.name(), MemorySegment.ofArray(blob)).root();
      assertThat(root.find("memory@80000000")).isPresent();
      return root.find("soc").orElseThrow().children().stream()
          .map(node -> node.name() + " " + interrupts(node))
          .toList();
    }
  }

  private static List<Integer> interrupts(FdtNode node) {
    List<Integer> numbers = new ArrayList<>();
    node.property("interrupts")
        .map(ByteBuffer::wrap)
        .ifPresent(bytes -> {
          while (bytes.hasRemaining()) {
            numbers.add(bytes.getInt());
          }
        });
    return numbers;
  }

  private static ChannelPort port(ChannelDescription of, VmDescription vm, Microkernel board) {
    List<ChannelPort.End> ends =
        of.endpoints().stream().map(ChannelDescription.Endpoint::end).toList();
    int own = of.endpoints().indexOf(of.endpoint(vm.name()).orElseThrow());
    return ChannelPort.make(board, of.name(), of.size(), ends).get(own);
  }

  /** The board of the VM; what runs there is of no importance. */
  private static VmConfig config(Scenario scenario, VmDescription vm, Microkernel board) {
    List<ChannelPort> ports =
        scenario.channelsOf(vm.name()).stream().map(channel -> port(channel, vm, board)).toList();
    VmConfig.Builder config =
        VmConfig.builder(new Interpreter(), TestVm.supervisor("cluster", ""))
            .memory(vm.memory())
            .cpus(vm.vcpus())
            .channels(ports)
            .console(new SilentConsole())
            .effects(Effects.host(bytes -> {}));
    if (vm.memoryPolicy() == MemoryPolicy.PAGED) {
      config.memoryPolicy(MachineMemory.Policy.PAGED);
    }
    if (vm.console() == ConsoleKind.VIRTIO) {
      config.virtioConsole(new SilentConsole());
    }
    assertThat(vm.disks()).isEmpty();
    return config.build();
  }
}
