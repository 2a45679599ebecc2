package atoll.engine.mmu;

import static atoll.engine.mmu.RegisteredTables.*;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import atoll.engine.DirectTables;
import atoll.engine.TableReply;
import atoll.engine.TableStatus;
import atoll.engine.hart.SoftHart;
import atoll.host.HostMemory;
import atoll.memory.DirtyPages;
import atoll.memory.MachineExtent;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What may become a table, what an entry may lead to, and what stays what it is for that. */
class DirectTablesTest {
  private static final long TABLE = page(8);
  private static final long UPPER = page(9);
  private static final long ROOT = page(10);
  private static final long DATA = page(20);
  private static final long SLOT = TABLE + 64;

  private final RegisteredTables m = new RegisteredTables();

  @AfterEach
  void close() {
    m.close();
  }

  private void requirePinned(long gpa, int level) {
    assertThat(m.pin(gpa, level)).isEqualTo(TableStatus.DONE);
  }

  private void refused(long value, TableStatus status) {
    assertThat(m.update(SLOT, value)).isEqualTo(new TableReply(status, 0));
    assertThat(m.memory.getLong(SLOT)).as("an entry that was refused").isZero();
  }

  @Test
  void machineAddressesFollowTheBoardAndDevicesHaveABitOfTheirOwn() {
    assertThat(m.tables.machineAddress(m.hart(), RAM)).isEqualTo(FIRST);
    assertThat(m.tables.contiguous(RAM + PAGE)).isEqualTo(2 * MIB - PAGE);
    assertThat(m.tables.machineAddress(m.hart(), RAM + 2 * MIB + 8)).isEqualTo(SECOND + 8);
    assertThat(m.tables.machineAddress(m.hart(), WINDOW)).isEqualTo(0x7000_0000L);
    assertThat(m.tables.machineAddress(m.hart(), DEVICE)).isEqualTo(1L << 55 | DEVICE);
    assertThat(m.tables.contiguous(DEVICE)).as("up to the window").isEqualTo(WINDOW - DEVICE);
    assertThat(m.tables.machineAddress(m.hart(), 1L << 55)).isNegative();
    assertThat(m.tables.machineAddress(m.hart(), -1)).isNegative();
  }

  @Test
  void aTableMayBeReadThroughButNotWrittenThrough() {
    requirePinned(TABLE, 0);
    refused(m.entry(TABLE, RW), TableStatus.CONFLICT);
    refused(m.entry(TABLE, RW | Pte.U), TableStatus.CONFLICT);
    assertThat(m.set(SLOT, m.entry(TABLE, R))).isEqualTo(TableStatus.DONE);
    assertThat(m.memory.getLong(SLOT)).isEqualTo(m.entry(TABLE, R));
  }

  @Test
  void aPageWithAWritableMappingIsNoTableUntilTheLastIsGone() {
    requirePinned(TABLE, 0);
    assertThat(m.update(SLOT, m.entry(DATA, RW), SLOT + 8, m.entry(DATA, RW)).applied())
        .isEqualTo(2);
    assertThat(m.pin(DATA, 0)).isEqualTo(TableStatus.CONFLICT);
    m.set(SLOT, m.entry(DATA, R));
    assertThat(m.pin(DATA, 0)).isEqualTo(TableStatus.CONFLICT);
    m.set(SLOT + 8, 0);
    requirePinned(DATA, 0);
    assertThat(m.set(SLOT + 8, m.entry(DATA, RW))).isEqualTo(TableStatus.CONFLICT);
  }

  @Test
  void writableSuperpagesCountForEveryPageInThem() {
    requirePinned(UPPER, 1);
    requirePinned(TABLE, 0);
    assertThat(m.set(UPPER, m.entry(RAM, RW))).as("with tables").isEqualTo(TableStatus.CONFLICT);
    assertThat(m.set(UPPER, m.entry(RAM, R))).isEqualTo(TableStatus.DONE);
    assertThat(m.set(UPPER, m.entry(RAM + 2 * MIB, RW))).isEqualTo(TableStatus.DONE);
    assertThat(m.pin(RAM + 2 * MIB, 0)).isEqualTo(TableStatus.CONFLICT);
    assertThat(m.pin(RAM + 3 * MIB, 0)).isEqualTo(TableStatus.CONFLICT);
    m.set(UPPER, 0);
    requirePinned(RAM + 3 * MIB, 0);
  }

  @Test
  void blocksOf64KiBCountForEachOfTheirPages() {
    requirePinned(TABLE, 0);
    long block = m.entry(RAM + 0x18000, RW | Pte.N);
    assertThat(m.set(SLOT, block)).isEqualTo(TableStatus.DONE);
    assertThat(m.pin(RAM + 0x10000, 0)).isEqualTo(TableStatus.CONFLICT);
    assertThat(m.pin(RAM + 0x1f000, 0)).isEqualTo(TableStatus.CONFLICT);
    requirePinned(RAM + 0x20000, 0);
    m.set(SLOT, 0);
    requirePinned(RAM + 0x1f000, 0);
    refused(block, TableStatus.CONFLICT);
    requirePinned(RAM + 0x10000, 0); // what the refused block had counted is forgotten
  }

  @Test
  void nothingLeadsToWhatIsNotTheMachines() {
    requirePinned(TABLE, 0);
    requirePinned(UPPER, 1);
    for (long hpa :
        new long[] {
          FIRST - PAGE, FIRST + 2 * MIB, SECOND - PAGE, SECOND + 2 * MIB, 0, RAM, 0x7002_0000L
        }) {
      for (long bits : new long[] {R, RW, Pte.V | Pte.X}) {
        refused(machineEntry(hpa, bits), TableStatus.FOREIGN);
      }
      assertThat(m.set(UPPER, machineEntry(hpa, Pte.V))).isEqualTo(TableStatus.FOREIGN);
    }
    refused(machineEntry(SECOND + 2 * MIB - 0x8000, R | Pte.N) | 1L << 30, TableStatus.FOREIGN);
    assertThat(m.set(UPPER, machineEntry(0x7000_0000L, R))).isEqualTo(TableStatus.FOREIGN);
    requirePinned(ROOT, 2);
    assertThat(m.set(ROOT, machineEntry(FIRST, R))).isEqualTo(TableStatus.FOREIGN);
    assertThat(m.set(UPPER, machineEntry(0x7000_0000L, Pte.V)))
        .as("a table in a window")
        .isEqualTo(TableStatus.FOREIGN);
  }

  @Test
  void devicesAreMappedByTheirOwnNameAndNothingElseIs() {
    requirePinned(TABLE, 0);
    assertThat(m.set(SLOT + 8, m.entry(DEVICE, RW))).isEqualTo(TableStatus.DONE);
    refused(machineEntry(1L << 55 | RAM, R), TableStatus.FOREIGN);
    refused(machineEntry(1L << 55 | WINDOW, R), TableStatus.FOREIGN);
    refused(machineEntry(0x2000_0000L, R), TableStatus.FOREIGN);
    requirePinned(ROOT, 2);
    assertThat(m.set(ROOT, machineEntry(1L << 55 | 0x4000_0000L, RW))).isEqualTo(TableStatus.DONE);
    assertThat(m.set(ROOT + 8, machineEntry(1L << 55, RW)))
        .as("a gigapage of devices with windows in it")
        .isEqualTo(TableStatus.FOREIGN);
  }

  @Test
  void windowsKeepTheirRights() {
    requirePinned(TABLE, 0);
    assertThat(m.set(SLOT + 8, m.entry(WINDOW, RW))).isEqualTo(TableStatus.DONE);
    assertThat(m.set(SLOT + 8, m.entry(READ_ONLY, R))).isEqualTo(TableStatus.DONE);
    refused(m.entry(READ_ONLY, RW), TableStatus.CONFLICT);
  }

  @Test
  void entriesThatAreNoneAreRefused() {
    requirePinned(TABLE, 0);
    requirePinned(UPPER, 1);
    refused(m.entry(DATA, Pte.V), TableStatus.MALFORMED);
    refused(m.entry(DATA, Pte.V | Pte.W), TableStatus.MALFORMED);
    refused(m.entry(DATA, R | 1L << 54), TableStatus.MALFORMED);
    refused(m.entry(DATA, R | Pte.PBMT), TableStatus.MALFORMED);
    refused(m.entry(RAM + 0x10000, R | Pte.N), TableStatus.MALFORMED);
    for (long bit : new long[] {Pte.A, Pte.D, Pte.U, Pte.N, 1L << 61, 2L << 61, 1L << 60}) {
      assertThat(m.set(UPPER, m.entry(TABLE, Pte.V | bit))).isEqualTo(TableStatus.MALFORMED);
    }
    assertThat(m.set(UPPER, m.entry(DATA, R))).as("crooked").isEqualTo(TableStatus.MALFORMED);
    assertThat(m.set(UPPER, m.entry(RAM, R | Pte.N))).isEqualTo(TableStatus.MALFORMED);
  }

  @Test
  void anEntryThatIsNotValidIsTheGuestsOwn() {
    requirePinned(TABLE, 0);
    assertThat(m.set(SLOT, ~Pte.V)).isEqualTo(TableStatus.DONE);
    assertThat(m.memory.getLong(SLOT)).isEqualTo(~Pte.V);
    assertThat(m.unpin(TABLE)).isEqualTo(TableStatus.DONE);
  }

  @Test
  void levelsMustFit() {
    requirePinned(TABLE, 0);
    requirePinned(ROOT, 2);
    assertThat(m.set(ROOT, m.entry(TABLE, Pte.V))).isEqualTo(TableStatus.CONFLICT);
    assertThat(m.set(ROOT, m.entry(ROOT, Pte.V))).isEqualTo(TableStatus.CONFLICT);
    assertThat(m.pin(TABLE, 1)).isEqualTo(TableStatus.CONFLICT);
    for (long level : new long[] {-1, 5, 1L << 32, Long.MIN_VALUE}) {
      assertThat(m.pin(DATA, level)).isEqualTo(TableStatus.MALFORMED);
    }
    assertThat(m.pin(TABLE, 0)).isEqualTo(TableStatus.KNOWN);
  }

  @Test
  void pinningARootMakesTablesOfAllThatItLeadsTo() {
    m.memory.putLong(ROOT, m.entry(UPPER, Pte.V));
    m.memory.putLong(UPPER + 8, m.entry(TABLE, Pte.V));
    m.memory.putLong(SLOT, m.entry(DATA, RW));
    requirePinned(ROOT, 2);
    for (long table : new long[] {ROOT, UPPER, TABLE}) {
      assertThat(m.table(table)).isTrue();
      m.memory.putLong(table + 128, -1);
      assertThat(m.memory.getLong(table + 128)).as("a device's write").isZero();
    }
    assertThat(m.pin(DATA, 0)).isEqualTo(TableStatus.CONFLICT);
    assertThat(m.unpin(TABLE)).as("the middle one leads to it").isEqualTo(TableStatus.CONFLICT);
    assertThat(m.unpin(ROOT)).isEqualTo(TableStatus.DONE);
    assertThat(m.table(ROOT) || m.table(UPPER) || m.table(TABLE)).isFalse();
    requirePinned(DATA, 0);
  }

  @Test
  void aRootWithABadEntryDeepDownMakesNoTables() {
    m.memory.putLong(ROOT, m.entry(page(11), Pte.V));
    m.memory.putLong(ROOT + 8, m.entry(UPPER, Pte.V));
    m.memory.putLong(UPPER + 8, m.entry(TABLE, Pte.V));
    m.memory.putLong(SLOT, machineEntry(0, R));
    assertThat(m.pin(ROOT, 2)).isEqualTo(TableStatus.FOREIGN);
    for (long page : new long[] {ROOT, UPPER, TABLE, page(11)}) {
      assertThat(m.table(page)).isFalse();
    }
  }

  @Test
  void aPageThatLeadsToItselfIsNoTable() {
    m.memory.putLong(DATA, m.entry(DATA, Pte.V));
    for (int level = 0; level < 5; level++) {
      assertThat(m.pin(DATA, level)).isIn(TableStatus.CONFLICT, TableStatus.MALFORMED);
      assertThat(m.table(DATA)).isFalse();
    }
    m.memory.putLong(DATA, m.entry(DATA, RW));
    assertThat(m.pin(DATA, 0)).isEqualTo(TableStatus.CONFLICT);
  }

  @Test
  void aTableBelowCannotMakeTheOneAboveWritable() {
    m.memory.putLong(UPPER, m.entry(TABLE, Pte.V));
    m.memory.putLong(SLOT, m.entry(UPPER, RW));
    assertThat(m.pin(UPPER, 1)).isEqualTo(TableStatus.CONFLICT);
    assertThat(m.table(UPPER)).isFalse();
    assertThat(m.table(TABLE)).isFalse();
  }

  @Test
  void aSharedTableStaysOneUntilNothingLeadsToIt() {
    requirePinned(UPPER, 1);
    assertThat(m.update(UPPER, m.entry(TABLE, Pte.V), UPPER + 8, m.entry(TABLE, Pte.V)).applied())
        .isEqualTo(2);
    m.set(UPPER, 0);
    assertThat(m.table(TABLE)).isTrue();
    m.set(UPPER + 8, 0);
    assertThat(m.table(TABLE)).isFalse();
  }

  @Test
  void unpinningWhatIsNoPinnedTableIsRefused() {
    assertThat(m.unpin(DATA)).isEqualTo(TableStatus.CONFLICT);
    assertThat(m.unpin(DATA + 8)).isEqualTo(TableStatus.FOREIGN);
    assertThat(m.unpin(DEVICE)).isEqualTo(TableStatus.FOREIGN);
    assertThat(m.pin(WINDOW, 0)).isEqualTo(TableStatus.FOREIGN);
    assertThat(m.pin(RAM + SIZE, 0)).isEqualTo(TableStatus.FOREIGN);
  }

  @Test
  void updatesEndAtTheFirstThatIsRefusedAndSayHowManyAreDone() {
    requirePinned(TABLE, 0);
    TableReply reply = m.update(SLOT, 2, SLOT + 8, m.entry(TABLE, RW), SLOT + 16, 4);
    assertThat(reply).isEqualTo(new TableReply(TableStatus.CONFLICT, 1));
    assertThat(m.memory.getLong(SLOT)).isEqualTo(2);
    assertThat(m.memory.getLong(SLOT + 16)).isZero();
    assertThat(m.set(DATA, 0)).as("no table").isEqualTo(TableStatus.CONFLICT);
    assertThat(m.set(SLOT + 4, 0)).isEqualTo(TableStatus.FOREIGN);
    assertThat(m.set(SLOT + 2, 0)).isEqualTo(TableStatus.FOREIGN);
    assertThat(m.set(WINDOW, 0)).isEqualTo(TableStatus.FOREIGN);
    assertThat(m.set(RAM + SIZE, 0)).isEqualTo(TableStatus.FOREIGN);
  }

  @Test
  void batchesMustLieInRamAndHaveABound() {
    SoftHart hart = m.hart();
    for (long count : new long[] {513, 1L << 60, -1, Long.MIN_VALUE}) {
      assertThat(m.tables.update(hart, RAM, count).status()).isEqualTo(TableStatus.MALFORMED);
    }
    for (long gpa : new long[] {RAM + SIZE - 16, RAM - 8, WINDOW, 0, -16, RAM + 4}) {
      assertThat(m.tables.update(hart, gpa, 2).status()).isEqualTo(TableStatus.FOREIGN);
    }
    assertThat(m.tables.update(hart, RAM, 0)).isEqualTo(new TableReply(TableStatus.DONE, 0));
  }

  @Test
  void accessedAndDirtyBitsStayIfTheGuestSaysSo() {
    requirePinned(TABLE, 0);
    m.set(SLOT, m.entry(DATA, RW));
    m.set(SLOT + 1, m.entry(DATA, Pte.V | Pte.R));
    assertThat(m.memory.getLong(SLOT)).isEqualTo(m.entry(DATA, R));
    m.set(SLOT, m.entry(DATA, Pte.V | Pte.R));
    assertThat(m.memory.getLong(SLOT)).isEqualTo(m.entry(DATA, Pte.V | Pte.R));
    m.set(SLOT, Pte.A | Pte.D); // not valid: these are no such bits
    m.set(SLOT + 1, m.entry(DATA, Pte.V | Pte.R));
    assertThat(m.memory.getLong(SLOT)).isEqualTo(m.entry(DATA, Pte.V | Pte.R));
  }

  @Test
  void aDevicesWriteKeepsItsPagesFromBecomingTables() {
    assertThat(m.memory.beginWrite(TABLE - 8, 16)).isTrue();
    assertThat(m.pin(TABLE, 0)).isEqualTo(TableStatus.CONFLICT);
    assertThat(m.pin(TABLE - PAGE, 0)).isEqualTo(TableStatus.CONFLICT);
    m.memory.endWrite(TABLE - 8, 16);
    requirePinned(TABLE, 0);
    assertThat(m.memory.beginWrite(TABLE - 8, 16)).isFalse();
    requirePinned(TABLE - PAGE, 0); // what was refused has left no trace
  }

  @Test
  void workIsBoundedAndGoesOnWithTheNextCall() {
    m.memory.putLong(ROOT, m.entry(UPPER, Pte.V));
    for (int i = 0; i < 100; i++) {
      m.memory.putLong(UPPER + 8L * i, m.entry(page(100 + i), Pte.V));
    }
    int calls = 1;
    while (m.pin(ROOT, 2) == TableStatus.UNFINISHED) {
      calls++;
    }
    assertThat(calls).isBetween(12, 30);
    assertThat(m.table(page(199))).isTrue();
    assertThat(m.unpin(ROOT)).isEqualTo(TableStatus.UNFINISHED);
    assertThat(m.table(ROOT)).as("after the first part").isFalse();
    assertThat(m.table(page(100))).isTrue();
    int sweeps = 0;
    while (m.tables.settle(m.hart()) == TableStatus.UNFINISHED) {
      sweeps++;
    }
    assertThat(sweeps).isBetween(6, 12);
    assertThat(m.table(page(100))).isFalse();
  }

  @Test
  void whatAnUnfinishedPinHasMadeCanBeLetGo() {
    for (int i = 0; i < 100; i++) {
      m.memory.putLong(UPPER + 8L * i, m.entry(page(100 + i), Pte.V));
    }
    assertThat(m.pin(UPPER, 1)).isEqualTo(TableStatus.UNFINISHED);
    assertThat(m.table(UPPER)).isFalse();
    assertThat(m.table(page(100))).isTrue();
    assertThat(m.unpin(page(100))).isEqualTo(TableStatus.DONE);
    assertThat(m.table(page(100))).isFalse();
  }

  @Test
  void aCallThatChangesATableIsInTheDirtyLog() {
    requirePinned(TABLE, 0);
    m.memory.log().start();
    m.set(SLOT, m.entry(DATA, RW));
    DirtyPages changed = m.memory.log().collect();
    assertThat(changed.contains(TABLE)).isTrue();
    assertThat(changed.contains(DATA)).isFalse();
    m.set(SLOT + 4, 0); // refused: the batch is written, and nothing else
    assertThat(m.memory.log().collect().contains(TABLE)).isFalse();
  }

  @Test
  void ramThatTablesAreInOrLeadToStaysMapped() {
    long extra = RAM + SIZE;
    try (HostMemory more = HostMemory.allocate(2 * PAGE)) {
      m.memory.addRam(extra, more, List.of(new MachineExtent(0x7200_0000L, 2 * PAGE)));
      requirePinned(extra, 0);
      assertThat(m.tables.state(m.hart()).tables())
          .contains(new DirectTables.Table(extra, 0, true));
      assertThatThrownBy(() -> m.memory.remove(extra)).hasMessageContaining("0x80400000");
      assertThat(m.unpin(extra)).isEqualTo(TableStatus.DONE);
      requirePinned(TABLE, 0);
      assertThat(m.set(SLOT, m.entry(extra + PAGE, RW))).isEqualTo(TableStatus.DONE);
      assertThatThrownBy(() -> m.memory.remove(extra)).hasMessageContaining("0x80401000");
      assertThat(m.set(SLOT, 0)).isEqualTo(TableStatus.DONE);
      m.memory.remove(extra);
      assertThat(m.set(SLOT, machineEntry(0x7200_0000L, RW))).isEqualTo(TableStatus.FOREIGN);
    }
  }
}
