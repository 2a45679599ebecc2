package atoll.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import atoll.host.Clock;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SharedMemoryTest {
  private static final long MIB = 1 << 20;
  private static final long RAM = 0x8000_0000L;
  private static final long WINDOW = 0x0600_0000L;
  private static final int SLOT = 40;

  private final MachineMemory machine = new MachineMemory(64 * MIB);
  private final Microkernel kernel =
      new Microkernel(Clock.host(), 1, DedicatedPolicy::new, machine);
  private final SharedMemory shared = kernel.createSharedMemory("vehicle", MIB);
  private final SystemCalls writer = domain("writer");
  private final SystemCalls reader = domain("reader");

  private SystemCalls domain(String name) {
    SystemCalls calls = kernel.createDomain(name, (domain, reason, cause) -> {});
    Board.require(calls.map(RAM, MIB));
    return calls;
  }

  @AfterEach
  void close() throws Exception {
    Board.require(writer.close());
    Board.require(reader.close());
    kernel.close();
    assertThat(machine.usage().used()).isZero();
  }

  private void share() {
    Board.require(kernel.grant(shared, writer, SLOT, Permission.READ | Permission.WRITE));
    Board.require(kernel.grant(shared, reader, SLOT, Permission.READ));
  }

  @Test
  void whatOneDomainWritesTheOtherReadsAtItsOwnAddress() {
    share();
    Board.require(writer.mapShared(SLOT, WINDOW));
    Board.require(reader.mapShared(SLOT, WINDOW + MIB));
    writer.memory().orElseThrow().putLong(WINDOW + 8, 0x1234);
    assertThat(reader.memory().orElseThrow().getLong(WINDOW + MIB + 8)).isEqualTo(0x1234);
    assertThat(shared.mappings()).isEqualTo(2);
  }

  @Test
  void windowIsAsWritableAsTheCapabilitySays() {
    share();
    Board.require(reader.mapShared(SLOT, WINDOW));
    assertThatThrownBy(() -> reader.memory().orElseThrow().putLong(WINDOW, 1))
        .hasMessageContaining("read-only");
    Board.require(kernel.grant(shared, writer, SLOT + 1, Permission.WRITE));
    assertThat(writer.mapShared(SLOT + 1, WINDOW)).isEqualTo(Status.NO_PERMISSION);
  }

  @Test
  void withoutTheCapabilityNothingCanBeMapped() {
    Board.require(kernel.grant(shared, writer, SLOT, Permission.ALL));
    for (int slot = -1; slot <= CapabilitySpace.SLOTS; slot++) {
      assertThat(reader.mapShared(slot, WINDOW)).isEqualTo(Status.BAD_CAPABILITY);
    }
    assertThat(reader.memory().orElseThrow().loadHva(WINDOW)).isZero();
    Board.require(writer.delegate(SLOT, reader, SLOT, Permission.READ));
    Board.require(reader.mapShared(SLOT, WINDOW));
  }

  @Test
  void overlapWithAnythingThatIsMappedIsRefused() {
    share();
    Board.require(writer.mapShared(SLOT, WINDOW));
    for (long gpa :
        new long[] {
          WINDOW,
          WINDOW + 4096,
          WINDOW - MIB + 4096,
          RAM,
          RAM - 4096,
          RAM + MIB - 4096,
          WINDOW + 1,
          -4096,
          Long.MAX_VALUE - 4095
        }) {
      assertThat(writer.mapShared(SLOT, gpa)).isEqualTo(Status.BAD_PARAMETER);
    }
    Board.require(writer.mapShared(SLOT, WINDOW + MIB));
    assertThat(shared.mappings()).isEqualTo(2);
  }

  @Test
  void windowsNeedRamAndAMapThatMayChange() {
    share();
    SystemCalls bare = kernel.createDomain("bare", (domain, reason, cause) -> {});
    Board.require(kernel.grant(shared, bare, SLOT, Permission.READ));
    assertThat(bare.mapShared(SLOT, WINDOW)).isEqualTo(Status.BAD_STATE);
    AtomicBoolean executing = new AtomicBoolean(true);
    writer
        .memory()
        .orElseThrow()
        .map()
        .onChange(after -> {
          if (executing.get()) {
            throw new IllegalStateException("a vCPU executes");
          }
          return () -> {};
        });
    assertThat(writer.mapShared(SLOT, WINDOW)).isEqualTo(Status.BAD_STATE);
    assertThat(shared.mappings()).isZero();
    executing.set(false);
    Board.require(writer.mapShared(SLOT, WINDOW));
    executing.set(true);
    assertThat(writer.unmapShared(SLOT, WINDOW)).isEqualTo(Status.BAD_STATE);
    assertThat(writer.memory().orElseThrow().getLong(WINDOW)).isZero();
  }

  @Test
  void aWindowThatIsClosedIsGoneAndCanBeOpenedElsewhere() {
    share();
    Board.require(writer.mapShared(SLOT, WINDOW));
    assertThat(writer.unmapShared(SLOT, RAM)).isEqualTo(Status.BAD_PARAMETER);
    Board.require(writer.unmapShared(SLOT, WINDOW));
    assertThat(writer.unmapShared(SLOT, WINDOW)).isEqualTo(Status.BAD_PARAMETER);
    assertThat(shared.mappings()).isZero();
    assertThat(writer.memory().orElseThrow().storeHva(WINDOW)).isZero();
    Board.require(writer.mapShared(SLOT, WINDOW + MIB));
    assertThat(shared.mappings()).isEqualTo(1);
  }

  @Test
  void memoryLivesWhileSomebodyHasItMappedAndStaysForTheNext() {
    share();
    Board.require(writer.mapShared(SLOT, WINDOW));
    writer.memory().orElseThrow().putLong(WINDOW, 0x77);
    assertThat(kernel.destroy(shared)).isEqualTo(Status.BAD_STATE);
    Board.require(writer.unmap());
    assertThat(shared.mappings()).isZero();
    Board.require(reader.mapShared(SLOT, WINDOW));
    assertThat(reader.memory().orElseThrow().getLong(WINDOW)).isEqualTo(0x77);
    Board.require(reader.unmap());
    Board.require(kernel.destroy(shared));
    assertThat(machine.usage().used()).isZero();
    Board.require(reader.map(RAM, MIB));
    assertThat(reader.mapShared(SLOT, WINDOW)).isEqualTo(Status.ABORTED);
  }

  @Test
  void sharedMemoryIsMachineMemoryLikeAnyOther() {
    assertThat(machine.usage().extents()).extracting("owner").contains("vehicle");
    assertThatThrownBy(() -> kernel.createSharedMemory("big", 64 * MIB))
        .isInstanceOf(KernelException.class)
        .hasMessageContaining("65536 KiB", "big");
  }
}
