package atoll.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.host.Clock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class MachineMemoryTest {
  private static final long MIB = 1 << 20;
  private static final long BASE = 0x8000_0000L;

  private final MachineMemory memory = new MachineMemory(64 * MIB);
  private final Microkernel kernel = new Microkernel(Clock.host(), 1, DedicatedPolicy::new, memory);

  @AfterEach
  void close() {
    kernel.close();
  }

  private SystemCalls domain(String name) {
    return kernel.createDomain(name, (domain, reason, cause) -> {});
  }

  @Test
  void blockOfAStoppedDomainIsGivenToTheNextZeroed() throws Exception {
    SystemCalls first = domain("first");
    SystemCalls second = domain("second");
    Board.require(first.map(BASE, 32 * MIB));
    Board.require(second.map(BASE, 32 * MIB));
    first.memory().orElseThrow().putLong(BASE, 0x1234);
    SystemCalls third = domain("third");
    assertThat(third.map(BASE, 32 * MIB)).isEqualTo(Status.NO_MEMORY);
    Board.require(first.close());
    Board.require(third.map(BASE, 32 * MIB));
    assertThat(third.memory().orElseThrow().getLong(BASE)).isZero();
    assertThat(memory.usage().extents())
        .containsExactly(
            new MachineMemory.Extent("third", 0, 32 * MIB),
            new MachineMemory.Extent("second", 32 * MIB, 32 * MIB));
    assertThat(memory.usage().peak()).isEqualTo(64 * MIB);
    assertThat(memory.usage().allocations()).isEqualTo(3);
    second.close();
    third.close();
    assertThat(memory.usage().used()).isZero();
  }

  @Test
  void gapsThatAreTooSmallAreSkipped() throws Exception {
    SystemCalls small = domain("small");
    SystemCalls rest = domain("rest");
    SystemCalls next = domain("next");
    Board.require(small.map(BASE, 16 * MIB));
    Board.require(rest.map(BASE, 16 * MIB));
    Board.require(small.close());
    Board.require(next.map(BASE, 32 * MIB));
    assertThat(memory.usage().extents().getLast().hpa()).isEqualTo(32 * MIB);
    rest.close();
    next.close();
  }

  @Test
  void addressesThatAreNoWholePagesOrWrapAroundAreRefused() throws Exception {
    SystemCalls calls = domain("odd");
    assertThat(calls.map(BASE + 1, MIB)).isEqualTo(Status.BAD_PARAMETER);
    assertThat(calls.map(BASE, 100)).isEqualTo(Status.BAD_PARAMETER);
    assertThat(calls.map(BASE, 0)).isEqualTo(Status.BAD_PARAMETER);
    assertThat(calls.map(-4096, MIB)).isEqualTo(Status.BAD_PARAMETER);
    assertThat(calls.map(Long.MAX_VALUE - 4095, MIB)).isEqualTo(Status.BAD_PARAMETER);
    assertThat(calls.memory()).isEmpty();
    calls.close();
  }

  @Test
  void domainIsMappedOnceUntilUnmapped() throws Exception {
    SystemCalls calls = domain("again");
    Board.require(calls.map(BASE, MIB));
    assertThat(calls.map(BASE, MIB)).isEqualTo(Status.BAD_STATE);
    Board.require(calls.unmap());
    Board.require(calls.map(BASE, 2 * MIB));
    assertThat(calls.memory().orElseThrow().size()).isEqualTo(2 * MIB);
    calls.close();
  }
}
