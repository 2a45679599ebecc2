package atoll.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import atoll.front.CommandLineFront;
import atoll.host.Clock;
import atoll.host.Effects;
import atoll.manager.Manager;
import atoll.manager.PlanAction;
import atoll.manager.SystemAction;
import atoll.manager.SystemEnd;
import atoll.manager.SystemStatistics;
import atoll.manager.VmReport;
import atoll.scenario.MemoryMap;
import atoll.scenario.ScenarioException;
import atoll.scenario.ScenarioPlan;
import atoll.testkit.TestSystem;
import atoll.vmm.BoardPlan;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a dry run says is what a run does. */
class PlanTruthTest {
  /** Virtio devices of a board. */
  private static final int MOST = 31;

  /** A line of a table of what a VM sees; those of machine memory have no access. */
  private static final Pattern ROW =
      Pattern.compile(
          "^ +(?<from>0x\\S+) +(?<to>0x\\S+) .* (registers|read\\b.*?) +(?<interrupt>-|\\d+) +\\S+$",
          Pattern.MULTILINE);

  @TempDir private Path folder;

  @Test
  void theRunningSystemHasItsMemoryAndVcpusWhereThePlanHasThem() throws IOException {
    String text =
        """
        machine: {memory: 256M, cpus: 3}
        vms:
          client: {builtin: hello, memory: 16M, vcpus: 2, affinity: [2, 0]}
          waiting: {builtin: hello, memory: 8M, autostart: false}
          paged: {builtin: hello, memory: 32M, memory-policy: paged}
          service: {builtin: hello, memory: 4M, service: true}
        channels:
          one: {size: 8K, between: {client: read-write, service: read-write}}
          two: {size: 4K, between: {paged: read-only, service: read-write}}
        """;
    try (TestSystem system = TestSystem.start(folder, text)) {
      ScenarioPlan plan = ScenarioPlan.of(system.scenario());
      assertThat(plannedMemory(plan)).endsWith("waiting at 3403000 of 800000");
      assertThat(memory(system.statistics())).isEqualTo(without("waiting", plannedMemory(plan)));
      assertThat(vcpus(system)).isEqualTo(without("waiting", plannedVcpus(plan)));
    }
  }

  /** A scenario of VMs with any devices, techniques and channels; the numbers choose. */
  private static String scenario(Random random, List<Integer> slots) {
    StringBuilder text = new StringBuilder("machine: {memory: 512M, cpus: 4}\nvms:\n");
    int vms = 2 + random.nextInt(2);
    for (int vm = 0; vm < vms; vm++) {
      int disks = random.nextInt(10) == 0 ? 27 + random.nextInt(6) : random.nextInt(10);
      boolean console = random.nextBoolean();
      boolean paged = random.nextBoolean();
      slots.add(disks + 1 + (console ? 1 : 0) + (paged ? 1 : 0));
      text.append(
          "  vm%d: {builtin: %s, memory: %dM, memory-policy: %s, console: %s, vcpus: %d, mmu: %s, service: %s, pci: %s, disks: [%s]}\n"
              .formatted(
                  vm,
                  random.nextBoolean() ? "hello" : "cluster",
                  4 + random.nextInt(60),
                  paged ? "paged" : "contiguous",
                  console ? "virtio" : random.nextBoolean() ? "serial" : "none",
                  1 + random.nextInt(3),
                  List.of("folded", "vtlb", "shadow", "nested").get(random.nextInt(4)),
                  random.nextBoolean(),
                  random.nextInt(3) == 0,
                  IntStream.range(0, disks)
                      .mapToObj(n ->
                          "{file: disk.img, read-only: true, pci: %s}"
                              .formatted(random.nextInt(9) == 0))
                      .collect(Collectors.joining(", "))));
    }
    text.append("channels:\n");
    for (int n = 0; n < 1 + random.nextInt(3); n++) {
      text.append(
          "  c%d: {size: %dK, between: {vm0: read-write, vm1: read-only}}\n"
              .formatted(n, 4 << random.nextInt(8)));
    }
    return text.toString();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16})
  void whateverIsDescribedIsBuiltAsPlannedOrRefusedBeforehand(long seed) throws IOException {
    List<Integer> slots = new ArrayList<>();
    String text = scenario(new Random(seed), slots);
    Files.write(folder.resolve("disk.img"), new byte[4096]);
    Path file = Files.writeString(folder.resolve("s.yaml"), text);
    Manager manager = new Manager(Clock.host(), Effects.host(), System::getenv);
    if (slots.stream().anyMatch(used -> used > MOST)) {
      assertThatThrownBy(() -> manager.perform(new PlanAction.Plan(file)))
          .isInstanceOf(ScenarioException.class)
          .hasMessageContaining("beside the other devices");
      return;
    }
    ScenarioPlan plan = manager.perform(new PlanAction.Plan(file));
    assertThat(shown(file)).as(text).isEqualTo(plannedRegions(plan));
    manager.perform(new SystemAction.CreateSystem(plan.scenario(), "dumb", Map.of()));
    SystemStatistics statistics = manager.perform(new SystemAction.DescribeSystem());
    try {
      for (VmReport vm : statistics.vms()) {
        assertThat(devices(vm)).as(text).isEqualTo(plannedDevices(plan, vm.name()));
      }
      assertThat(memory(statistics)).as(text).isEqualTo(plannedMemory(plan));
    } finally {
      SystemEnd ignored = manager.perform(new SystemAction.CloseSystem());
    }
  }

  /** What a dry run prints that the VMs see. */
  private static List<String> shown(Path file) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    PrintStream print = new PrintStream(out, true, StandardCharsets.UTF_8);
    int code =
        new CommandLineFront(Clock.host(), Effects.host(bytes -> {}), System::getenv, print, print)
            .run("up", file.toString(), "--dry-run");
    String text = out.toString(StandardCharsets.UTF_8);
    assertThat(code).as(text).isZero();
    return ROW.matcher(text)
        .results()
        .map(row -> {
          long from = address(row.group("from"));
          String interrupt = row.group("interrupt");
          return line(
              from,
              address(row.group("to")) + 1 - from,
              interrupt.equals("-") ? 0 : Integer.parseInt(interrupt));
        })
        .toList();
  }

  private static long address(String text) {
    return Long.decode(text.replace("_", ""));
  }

  private static String line(long gpa, long size, int interrupt) {
    return "%x+%x interrupt %d".formatted(gpa, size, interrupt);
  }

  private static List<String> plannedRegions(ScenarioPlan plan) {
    return plan.memory().guests().values().stream()
        .flatMap(List::stream)
        .map(MemoryMap.GuestRegion::region)
        .map(region -> line(region.gpa(), region.size(), region.interrupt()))
        .toList();
  }

  /** What is on the bus, by address. */
  private static List<String> devices(VmReport vm) {
    return vm.statistics().devices().stream()
        .map(device -> "%x+%x".formatted(device.base(), device.size()))
        .toList();
  }

  private static List<String> plannedDevices(ScenarioPlan plan, String vm) {
    return plan.memory().guests().get(vm).stream()
        .map(MemoryMap.GuestRegion::region)
        .filter(region -> region.kind() == BoardPlan.Kind.DEVICE)
        .map(region -> "%x+%x".formatted(region.gpa(), region.size()))
        .toList();
  }

  private static List<String> without(String vm, List<String> rows) {
    return rows.stream().filter(row -> !row.contains(vm)).toList();
  }

  private static List<String> plannedMemory(ScenarioPlan plan) {
    return plan.memory().extents().stream()
        .map(e -> "%s at %x of %x".formatted(owner(e), e.hpa(), e.bytes()))
        .toList();
  }

  private static String owner(MemoryMap.Extent extent) {
    return extent.owner() + (extent.use() == MemoryMap.Use.TABLES ? " tables" : "");
  }

  private static List<String> memory(SystemStatistics statistics) {
    return statistics.platform().memory().extents().stream()
        .map(e -> "%s at %x of %x".formatted(e.owner(), e.hpa(), e.bytes()))
        .toList();
  }

  private static List<String> plannedVcpus(ScenarioPlan plan) {
    return plan.cpus().cpus().stream()
        .flatMap(cpu ->
            cpu.claims().stream()
                .map(c -> "%d %s/cpu%d".formatted(cpu.description().number(), c.vm(), c.vcpu())))
        .sorted()
        .toList();
  }

  private static List<String> vcpus(TestSystem system) {
    return system.statistics().platform().pcpus().stream()
        .flatMap(cpu -> cpu.vcpus().stream().map(v -> cpu.number() + " " + v.name()))
        .sorted()
        .toList();
  }
}
