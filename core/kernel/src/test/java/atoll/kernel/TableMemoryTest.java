package atoll.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.host.Clock;
import atoll.memory.TablePages;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Tables of a domain's translation are on its account, and go with it. */
class TableMemoryTest {
  private static final long MIB = 1 << 20;
  private static final long BASE = 0x8000_0000L;

  private final MachineMemory memory = new MachineMemory(8 * MIB);
  private final Microkernel kernel = new Microkernel(Clock.host(), 1, DedicatedPolicy::new, memory);
  private final SystemCalls domain = kernel.createDomain("vm", (which, reason, cause) -> {});

  @AfterEach
  void close() {
    kernel.close();
  }

  private Optional<TablePages> take(long bytes) {
    return domain.memory().orElseThrow().tables(bytes);
  }

  @Test
  void tablesAreTakenFromMachineMemoryAndGivenBack() {
    Board.require(domain.map(BASE, 4 * MIB));
    TablePages pages = take(MIB).orElseThrow();
    assertThat(pages.hpa()).isEqualTo(4 * MIB);
    assertThat(memory.usage().extents())
        .contains(new MachineMemory.Extent("vm tables", 4 * MIB, MIB));
    assertThat(take(4 * MIB)).as("more than the board has").isEmpty();
    pages.close();
    assertThat(memory.usage().used()).isEqualTo(4 * MIB);
  }

  @Test
  void theEndOfADomainTakesItsTablesBackEvenIfNobodyGaveThem() throws Exception {
    Board.require(domain.map(BASE, 4 * MIB));
    TablePages pages = take(MIB).orElseThrow();
    Board.require(domain.close());
    assertThat(memory.usage().used()).isZero();
    pages.close();
    assertThat(memory.usage().used()).isZero();
  }

  @Test
  void ramKnowsWhereItIsInMachineMemory() {
    SystemCalls other = kernel.createDomain("other", (which, reason, cause) -> {});
    Board.require(domain.map(BASE, 2 * MIB));
    Board.require(other.map(BASE, 4 * MIB));
    var extent = other.memory().orElseThrow().map().extents().getFirst();
    assertThat(extent.gpa()).isEqualTo(BASE);
    assertThat(extent.hpa()).isEqualTo(2 * MIB);
    assertThat(extent.bytes()).isEqualTo(4 * MIB);
  }
}
