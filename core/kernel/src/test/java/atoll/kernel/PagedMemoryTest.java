package atoll.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.host.Clock;
import atoll.kernel.MachineMemory.Account;
import atoll.kernel.MachineMemory.Extent;
import atoll.kernel.MachineMemory.Policy;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

class PagedMemoryTest {
  private static final long MIB = 1 << 20;
  private static final long RAM = 0x8000_0000L;

  private final MachineMemory memory = new MachineMemory(64 * MIB);
  private final Microkernel kernel = new Microkernel(Clock.host(), 1, DedicatedPolicy::new, memory);
  private final List<SystemCalls> domains = new ArrayList<>();

  @AfterEach
  void close() throws Exception {
    for (SystemCalls calls : domains) {
      Board.require(calls.close());
    }
    assertThat(memory.usage().used()).isZero();
    kernel.close();
  }

  private SystemCalls domain(String name, long bytes, Policy policy) {
    SystemCalls calls = kernel.createDomain(name, (domain, reason, cause) -> {});
    Board.require(calls.map(RAM, bytes, policy));
    domains.add(calls);
    return calls;
  }

  private Account account(String owner) {
    return memory.usage().accounts().stream()
        .filter(a -> a.owner().equals(owner))
        .findFirst()
        .orElseThrow();
  }

  private static void touch(SystemCalls calls, long from, long bytes) {
    calls.memory().orElseThrow().slice(from, bytes).fill((byte) 3);
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void pagesAreFilledAtTheFirstTouchAndGivenBackByReclaim() {
    SystemCalls calls = domain("paged", 32 * MIB, Policy.PAGED);
    assertThat(account("paged").resident()).hasValue(0);
    touch(calls, RAM, 16 * MIB);
    assertThat(account("paged").resident().orElseThrow()).isBetween(16 * MIB, 18 * MIB);
    Board.require(calls.reclaim(RAM + 4 * MIB, 8 * MIB));
    assertThat(account("paged").resident().orElseThrow()).isBetween(8 * MIB, 10 * MIB);
    assertThat(account("paged").reclaimed()).isEqualTo(8 * MIB);
    assertThat(account("paged").bytes()).isEqualTo(32 * MIB);
    assertThat(memory.usage().used()).isEqualTo(32 * MIB);
    touch(calls, RAM + 4 * MIB, 8 * MIB);
    assertThat(account("paged").resident().orElseThrow()).isGreaterThanOrEqualTo(16 * MIB);
  }

  @Test
  void reclaimedPagesReadAsZeroesAndCountAsWritten() {
    SystemCalls calls = domain("paged", 4 * MIB, Policy.PAGED);
    List<Long> written = new ArrayList<>();
    touch(calls, RAM, MIB);
    calls.memory().orElseThrow().log().start();
    Board.require(calls.reclaim(RAM + 4096, 4096));
    assertThat(calls.memory().orElseThrow().getLong(RAM + 4096)).isZero();
    assertThat(calls.memory().orElseThrow().getByte(RAM + 4095)).isEqualTo((byte) 3);
    assertThat(calls.memory().orElseThrow().getByte(RAM + 8192)).isEqualTo((byte) 3);
    calls.memory().orElseThrow().log().collect().forEach(written::add);
    assertThat(written).containsExactly(RAM + 4096);
  }

  @Test
  void onlyOwnWholePagesOfPagedRamAreReclaimed() {
    SystemCalls paged = domain("paged", MIB, Policy.PAGED);
    SystemCalls contiguous = domain("contiguous", MIB, Policy.CONTIGUOUS);
    assertThat(contiguous.reclaim(RAM, 4096)).isEqualTo(Status.BAD_STATE);
    for (long gpa : new long[] {RAM - 4096, RAM + MIB, RAM + 1, 0, -4096, Long.MAX_VALUE - 4095}) {
      assertThat(paged.reclaim(gpa, 4096)).isEqualTo(Status.BAD_PARAMETER);
    }
    assertThat(paged.reclaim(RAM, MIB + 4096)).isEqualTo(Status.BAD_PARAMETER);
    assertThat(paged.reclaim(RAM, 0)).isEqualTo(Status.BAD_PARAMETER);
    assertThat(paged.reclaim(RAM, 100)).isEqualTo(Status.BAD_PARAMETER);
    Board.require(paged.unmap());
    assertThat(paged.reclaim(RAM, 4096)).isEqualTo(Status.BAD_STATE);
  }

  @Test
  void pagedMemoryTakesThePiecesThatContiguousMemoryCannotUse() throws Exception {
    SystemCalls a = domain("a", 16 * MIB, Policy.CONTIGUOUS);
    domain("b", 16 * MIB, Policy.CONTIGUOUS);
    SystemCalls c = domain("c", 16 * MIB, Policy.CONTIGUOUS);
    Board.require(a.close());
    Board.require(c.close());
    domains.removeAll(List.of(a, c));
    SystemCalls big = kernel.createDomain("big", (domain, reason, cause) -> {});
    domains.add(big);
    assertThat(big.map(RAM, 40 * MIB, Policy.CONTIGUOUS)).isEqualTo(Status.NO_MEMORY);
    Board.require(big.map(RAM, 40 * MIB, Policy.PAGED));
    assertThat(memory.usage().extents())
        .containsExactly(
            new Extent("big", 0, 16 * MIB),
            new Extent("b", 16 * MIB, 16 * MIB),
            new Extent("big", 32 * MIB, 24 * MIB));
  }

  @Test
  void boardIsNeverPromisedTwice() {
    domain("paged", 40 * MIB, Policy.PAGED);
    domain("contiguous", 20 * MIB, Policy.CONTIGUOUS);
    SystemCalls late = kernel.createDomain("late", (domain, reason, cause) -> {});
    domains.add(late);
    assertThat(late.map(RAM, 8 * MIB, Policy.PAGED)).isEqualTo(Status.NO_MEMORY);
    Board.require(late.map(RAM, 4 * MIB, Policy.PAGED));
    assertThat(memory.usage().used()).isEqualTo(64 * MIB);
    assertThat(memory.usage().peak()).isEqualTo(64 * MIB);
  }
}
