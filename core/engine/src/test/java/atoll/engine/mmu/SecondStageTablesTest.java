package atoll.engine.mmu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import atoll.engine.TableMemoryException;
import atoll.host.HostMemory;
import atoll.memory.GuestMemory;
import atoll.memory.MachineExtent;
import atoll.memory.TablePages;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SecondStageTablesTest {
  private static final long MIB = 1 << 20;
  private static final long GIB = 1 << 30;
  private static final long BASE = 0x8000_0000L;
  private static final long TABLES = 1L << 40;

  private HostMemory ram;

  @AfterEach
  void close() {
    ram.close();
  }

  /** RAM in these pieces, and tables at a place that is not aligned to a root's 16 KiB. */
  private GuestMemory guest(MachineExtent... machine) {
    ram = HostMemory.allocate(List.of(machine).stream().mapToLong(MachineExtent::bytes).sum());
    return new GuestMemory(BASE, ram, List.of(machine), SecondStageTablesTest::take);
  }

  private static Optional<TablePages> take(long bytes) {
    HostMemory memory = HostMemory.allocate(bytes);
    return Optional.of(new TablePages(TABLES + 4096, memory, memory::close));
  }

  private static void requireBlocks(SecondStageTables tables, long small, long mega, long giga) {
    assertThat(List.of(tables.blocks(0), tables.blocks(1), tables.blocks(2)))
        .as("blocks of 4 KiB, 2 MiB, 1 GiB")
        .containsExactly(small, mega, giga);
  }

  @Test
  void contiguousMemoryIsMappedByTheLargestBlocksThatItsPlaceAllows() {
    try (SecondStageTables tables =
        new SecondStageTables(guest(new MachineExtent(0, GIB + 6 * MIB + 8192)))) {
      requireBlocks(tables, 2, 3, 1);
      assertThat(tables.bytes()).as("a root and two tables").isEqualTo(4 * 4096 + 2 * 4096);
      assertThat(tables.root() % 16384).isZero();
    }
  }

  @Test
  void memoryThatLiesAstrayIsMappedBySmallPages() {
    try (SecondStageTables tables =
        new SecondStageTables(guest(new MachineExtent(4096, 4 * MIB)))) {
      requireBlocks(tables, 1024, 0, 0);
    }
  }

  @Test
  void theWalkLeadsToTheByteWhereverThePiecesLie() {
    GuestMemory memory =
        guest(new MachineExtent(64 * MIB, 2 * MIB), new MachineExtent(4096, 2 * MIB));
    try (HostMemory shared = HostMemory.allocate(8192);
        SecondStageTables tables = tables(memory, shared)) {
      NestedMmu mmu =
          new NestedMmu(() -> tables, new FoldedMmu(memory, null, null), new MmuCounters());
      for (long offset = 0; offset < 4 * MIB; offset += 4096 + 8) {
        assertThat(mmu.loadHva(BASE + offset)).isEqualTo(ram.address() + offset);
      }
      assertThat(mmu.loadHva(BASE - 8)).isZero();
      assertThat(mmu.loadHva(BASE + 4 * MIB)).isZero();
      assertThat(mmu.loadHva(-8)).isZero();
      assertThat(mmu.loadHva(0x1_0000_0010L)).isEqualTo(shared.address() + 0x10);
      assertThat(mmu.storeHva(0x1_0000_0010L)).as("a read-only window").isZero();
      assertThat(mmu.ramHva(0x1_0000_0010L)).as("no code, no tables in a window").isZero();
    }
  }

  private static SecondStageTables tables(GuestMemory memory, HostMemory shared) {
    memory.addWindow(0x1_0000_0000L, shared, false, List.of(new MachineExtent(128 * MIB, 8192)));
    return new SecondStageTables(memory);
  }

  @Test
  void aBoardWithoutRoomForTablesSaysSo() {
    ram = HostMemory.allocate(2 * MIB);
    GuestMemory memory =
        new GuestMemory(
            BASE, ram, List.of(new MachineExtent(0, 2 * MIB)), bytes -> Optional.empty());
    assertThatThrownBy(() -> new SecondStageTables(memory))
        .isInstanceOf(TableMemoryException.class)
        .hasMessageContaining("32 KiB of machine memory");
  }
}
