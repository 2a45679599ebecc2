package atoll.tests;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.manager.ScenarioPlan;
import atoll.testkit.TestSystem;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a dry run says is what a run does. */
@Timeout(60)
class PlanTruthTest {
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
      ScenarioPlan plan = ScenarioPlan.of(system.running().scenario());
      assertThat(plannedMemory(plan)).endsWith("waiting at 3403000 of 800000");
      assertThat(memory(system)).isEqualTo(without("waiting", plannedMemory(plan)));
      assertThat(vcpus(system)).isEqualTo(without("waiting", plannedVcpus(plan)));
    }
  }

  private static List<String> without(String vm, List<String> rows) {
    return rows.stream().filter(row -> !row.contains(vm)).toList();
  }

  private static List<String> plannedMemory(ScenarioPlan plan) {
    return plan.memory().extents().stream()
        .map(e -> "%s at %x of %x".formatted(e.owner(), e.hpa(), e.bytes()))
        .toList();
  }

  private static List<String> memory(TestSystem system) {
    return system.statistics().board().memory().extents().stream()
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
    return system.statistics().board().pcpus().stream()
        .flatMap(cpu -> cpu.vcpus().stream().map(v -> cpu.number() + " " + v.name()))
        .sorted()
        .toList();
  }
}
