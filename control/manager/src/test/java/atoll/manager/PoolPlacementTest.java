package atoll.manager;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.scenario.Scenario;
import atoll.scenario.ScenarioReader;
import atoll.scenario.VmDescription;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A pool has no more threads than the host has processors: a CPU without a vCPU has none. */
class PoolPlacementTest {
  @TempDir private Path folder;

  private List<Integer> placed(String cpus, String affinity, int processors) throws IOException {
    String text =
        """
        machine: {memory: 1G, cpus: [%s]}
        vms:
          a: {builtin: hello, memory: 1M, affinity: %s}
        """
            .formatted(cpus, affinity);
    Scenario scenario = ScenarioReader.read(Files.writeString(folder.resolve("test.yaml"), text));
    VmDescription vm = scenario.vms().getFirst();
    return Policies.placed(vm, scenario.platform(), processors).affinity();
  }

  @Test
  void theVcpusOfAPoolAreOnItsFirstCpusInTurn() throws IOException {
    assertThat(placed("pool, pool, pool, pool", "[0, 1, 2, 3]", 2)).containsExactly(0, 1, 0, 1);
    assertThat(placed("fair, pool, fair, pool, pool", "[1, 3, 4]", 2)).containsExactly(1, 3, 1);
  }

  @Test
  void allCpusAreUsedIfTheHostHasAsMany() throws IOException {
    assertThat(placed("pool, pool, pool", "[2, 0, 1]", 8)).containsExactly(2, 0, 1);
  }

  @Test
  void otherCpusAreWhatTheyWere() throws IOException {
    assertThat(placed("fair, pool, priority, fair", "[0, 1, 2, 3]", 1)).containsExactly(0, 1, 2, 3);
  }
}
