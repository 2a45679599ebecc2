package atoll.engine.mmu;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.host.HostMemory;
import atoll.host.RawMemory;
import atoll.memory.GuestMemory;
import atoll.memory.MachineExtent;
import atoll.memory.TablePages;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Shadows are dropped entry by entry, or all at once where that would take long. */
class ShadowTablesTest {
  private static final long MIB = 1 << 20;
  private static final long HPA = 0x9000_0000L;
  private static final long ROOT = 0x8000_0000L;
  private static final long MIDDLE = 0x8000_1000L;
  private static final long LEAVES = 0x8000_2000L;

  private final HostMemory ram = HostMemory.allocate(MIB);
  private final HostMemory tables = HostMemory.allocate(4 * MIB);
  private final ShadowTables shadows =
      new ShadowTables(
          new GuestMemory(
              ROOT,
              ram,
              List.of(new MachineExtent(ROOT, MIB)),
              bytes -> Optional.of(new TablePages(HPA, tables, () -> {}))));

  @AfterEach
  void giveBack() {
    shadows.close();
    tables.close();
    ram.close();
  }

  private static long va(int middle, int leaf) {
    return (long) middle << 21 | (long) leaf << 12;
  }

  /** Enters a page of which the guest's tables are those of {@code path}, leaf first. */
  private void insert(long va, long... path) {
    shadows.insert(PagingMode.SV39, va, value(va), path, 0);
  }

  private static long value(long va) {
    return va >>> 12 << Pte.PPN_SHIFT | Pte.V | Pte.R;
  }

  /** The shadow leaf for an address, or 0. */
  private long find(long va) {
    long table = shadows.root();
    for (int level = 2; table != 0; level--) {
      long pte =
          RawMemory.getLong(shadows.entryHva(table + ((va >>> 12 + 9 * level & 0x1ff) << 3)));
      if (level == 0) {
        return pte;
      }
      table = Pte.ppn(pte) << 12;
    }
    return 0;
  }

  @Test
  void aChangedEntryIsDroppedFromEveryShadowOfItsTable() {
    shadows.select(1);
    for (int i = 0; i < 20; i++) {
      insert(va(i, 3), LEAVES, MIDDLE, ROOT);
      insert(va(i, 4), LEAVES, MIDDLE, ROOT);
    }
    shadows.begin();
    shadows.drop(LEAVES + 3 * 8, 8);
    for (int i = 0; i < 20; i++) {
      assertThat(find(va(i, 3))).isZero();
      assertThat(find(va(i, 4))).isEqualTo(value(va(i, 4)));
    }
    assertThat(shadows.shadows(LEAVES)).isTrue();
  }

  @Test
  void oneTableThatIsShadowedVeryOftenIsDroppedWithAllOthers() {
    shadows.select(1);
    for (int i = 0; i < 500; i++) {
      insert(va(i, 3), LEAVES, MIDDLE, ROOT);
    }
    shadows.begin();
    shadows.drop(LEAVES, 4096);
    assertThat(shadows.root()).isZero();
    assertThat(shadows.shadows(LEAVES)).isFalse();
    assertThat(shadows.shadows(MIDDLE)).isFalse();
    insert(va(7, 7), LEAVES, MIDDLE, ROOT); // and they can be made again
    assertThat(find(va(7, 7))).isEqualTo(value(va(7, 7)));
    assertThat(find(va(7, 3))).isZero();
  }

  @Test
  void aThousandChangesOfManyTablesAreGivenUpOnAtSomePoint() {
    shadows.select(1);
    for (int i = 0; i < 500; i++) {
      insert(va(i, 3), LEAVES + i / 50 * 4096L, MIDDLE, ROOT);
    }
    shadows.begin();
    for (int i = 0; i < 1024; i++) { // 50 shadows of 512 entries each
      shadows.drop(LEAVES + i % 10 * 4096L, 4096);
    }
    assertThat(shadows.root()).isZero();
    for (int i = 0; i < 10; i++) {
      assertThat(shadows.shadows(LEAVES + i * 4096L)).isFalse();
    }
  }

  @Test
  void tablesThatRunOutAreUsedAgain() {
    for (int space = 1; space <= 40; space++) {
      shadows.select(space);
      for (int i = 0; i < 300; i++) {
        insert(va(i, space), LEAVES + i * 4096L, MIDDLE, ROOT);
      }
      for (int i = 0; i < 300; i++) {
        assertThat(find(va(i, space))).isEqualTo(value(va(i, space)));
        assertThat(find(va(i, space + 1))).isZero();
      }
    }
    assertThat(shadows.evictions).isPositive();
    assertThat(shadows.bytes()).isLessThanOrEqualTo(4 * MIB);
  }
}
