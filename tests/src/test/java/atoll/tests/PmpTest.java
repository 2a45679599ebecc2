package atoll.tests;

import static atoll.tests.PmpEntries.LOCK;
import static atoll.tests.PmpEntries.NA4;
import static atoll.tests.PmpEntries.NAPOT;
import static atoll.tests.PmpEntries.R;
import static atoll.tests.PmpEntries.TOR;
import static atoll.tests.PmpEntries.W;
import static atoll.tests.PmpEntries.X;
import static atoll.tests.PmpEntries.napot;
import static org.assertj.core.api.Assertions.assertThat;

import atoll.isa.Cause;
import atoll.isa.CsrNumber;
import atoll.testkit.MachineFixture;
import atoll.testkit.PageTables;
import atoll.testkit.Trap;
import org.junit.jupiter.api.Test;

/** Physical memory protection (priv 3.7). */
class PmpTest extends Conformance {
  private static final long DATA = MachineFixture.DATA;
  private static final long CODE = MachineFixture.CODE;
  private static final long MPRV = 1L << 17;

  private void address(int entry, long value) {
    PmpEntries.address(m, entry, value);
  }

  private void config(int entry, int value) {
    PmpEntries.config(m, entry, value);
  }

  /** A load of M with MPRV as S, or of M itself. */
  private long load(long at, int size, int mode) {
    return attempt("l" + letter(size) + " a1, 0(a0)", at, mode);
  }

  private long store(long at, int size, int mode) {
    return attempt("s" + letter(size) + " a1, 0(a0)", at, mode);
  }

  private static char letter(int size) {
    return switch (size) {
      case 1 -> 'b';
      case 2 -> 'h';
      case 4 -> 'w';
      default -> 'd';
    };
  }

  private long attempt(String access, long at, int mode) {
    m.code("csrs mstatus, a2; " + access + "; csrc mstatus, a2; ebreak");
    clearStatus(3L << 11);
    m.x("a0", at).x("a2", mode == M ? 0 : MPRV | (long) mode << 11);
    Trap t = m.run();
    clearStatus(MPRV);
    if (t.cause() != Cause.BREAKPOINT) {
      assertThat(t.tval()).isEqualTo(at);
    }
    return t.cause() == Cause.BREAKPOINT ? -1 : t.cause();
  }

  private long fetch(long at, int mode) {
    m.memory().putInt(at, 0x00100073);
    clearStatus(3L << 11);
    setStatus((long) mode << 11);
    m.csr(CsrNumber.MEPC, at);
    Trap t = m.code("mret").run();
    return t.cause() == Cause.BREAKPOINT ? -1 : t.cause();
  }

  @Test
  void withoutAnyEntryMReachesEverythingAndOthersNothing() {
    assertThat(load(DATA, 8, M)).isEqualTo(-1);
    assertThat(load(DATA, 8, S)).isEqualTo(Cause.LOAD_ACCESS_FAULT);
    assertThat(store(DATA, 8, U)).isEqualTo(Cause.STORE_ACCESS_FAULT);
    assertThat(fetch(DATA, S)).isEqualTo(Cause.INSTRUCTION_ACCESS_FAULT);
  }

  @Test
  void anEntryGrantsItsRightsAndNoOthers() {
    for (int rights = 0; rights < 8; rights++) {
      if ((rights & 3) == W) {
        continue; // reserved
      }
      for (int mode : new int[] {U, S}) {
        m.reset();
        address(0, napot(DATA, 4096));
        config(0, NAPOT | rights);
        assertThat(load(DATA, 8, mode)).isEqualTo((rights & R) != 0 ? -1 : Cause.LOAD_ACCESS_FAULT);
        assertThat(store(DATA, 8, mode))
            .isEqualTo((rights & W) != 0 ? -1 : Cause.STORE_ACCESS_FAULT);
        assertThat(fetch(DATA, mode))
            .isEqualTo((rights & X) != 0 ? -1 : Cause.INSTRUCTION_ACCESS_FAULT);
        assertThat(load(DATA + 4096, 8, mode)).isEqualTo(Cause.LOAD_ACCESS_FAULT);
        assertThat(load(DATA - 8, 8, mode)).isEqualTo(Cause.LOAD_ACCESS_FAULT);
      }
    }
  }

  @Test
  void aNapotRangeEndsWhereItsSizeSays() {
    for (long size = 8; size <= 1 << 20; size <<= 1) {
      m.reset();
      address(0, napot(DATA, size));
      config(0, NAPOT | R);
      assertThat(load(DATA, 1, S)).as("size %d", size).isEqualTo(-1);
      assertThat(load(DATA + size - 1, 1, S)).isEqualTo(-1);
      assertThat(load(DATA + size, 1, S)).isEqualTo(Cause.LOAD_ACCESS_FAULT);
      assertThat(load(DATA - 1, 1, S)).isEqualTo(Cause.LOAD_ACCESS_FAULT);
    }
  }

  @Test
  void aNapotRangeOfAllOnesIsEverything() {
    address(0, -1L);
    config(0, NAPOT | R | W | X);
    assertThat(load(DATA, 8, U)).isEqualTo(-1);
    assertThat(fetch(CODE + 0x800, U)).isEqualTo(-1);
  }

  @Test
  void na4IsFourBytes() {
    address(0, DATA >>> 2);
    config(0, NA4 | R);
    assertThat(load(DATA, 4, S)).isEqualTo(-1);
    assertThat(load(DATA + 3, 1, S)).isEqualTo(-1);
    assertThat(load(DATA + 4, 1, S)).isEqualTo(Cause.LOAD_ACCESS_FAULT);
    assertThat(load(DATA - 1, 1, S)).isEqualTo(Cause.LOAD_ACCESS_FAULT);
  }

  @Test
  void torReachesFromTheEntryBeforeToItsOwnAddress() {
    address(3, DATA + 0x100 >>> 2);
    address(4, DATA + 0x200 >>> 2);
    config(4, TOR | R);
    assertThat(load(DATA + 0x100, 8, S)).isEqualTo(-1);
    assertThat(load(DATA + 0x1f8, 8, S)).isEqualTo(-1);
    assertThat(load(DATA + 0xff, 1, S)).isEqualTo(Cause.LOAD_ACCESS_FAULT);
    assertThat(load(DATA + 0x200, 1, S)).isEqualTo(Cause.LOAD_ACCESS_FAULT);
  }

  @Test
  void entryZeroAsTorBeginsAtZero() {
    address(0, DATA + 0x100 >>> 2);
    config(0, TOR | R);
    assertThat(load(MachineFixture.RAM, 8, S)).isEqualTo(-1);
    assertThat(load(DATA + 0x100, 1, S)).isEqualTo(Cause.LOAD_ACCESS_FAULT);
  }

  @Test
  void anEmptyTorRangeMatchesNothing() {
    address(0, DATA + 0x200 >>> 2);
    address(1, DATA + 0x100 >>> 2);
    config(1, TOR | R);
    address(2, -1L);
    config(2, NAPOT | R);
    assertThat(load(DATA + 0x180, 8, S)).isEqualTo(-1);
  }

  @Test
  void theLowestMatchingEntryDecides() {
    address(0, napot(DATA, 64));
    config(0, NAPOT);
    address(1, napot(DATA, 4096));
    config(1, NAPOT | R);
    assertThat(load(DATA, 8, S)).isEqualTo(Cause.LOAD_ACCESS_FAULT);
    assertThat(load(DATA + 64, 8, S)).isEqualTo(-1);
  }

  @Test
  void anEntryThatMatchesPartOfAnAccessMakesItFail() {
    address(0, DATA >>> 2);
    config(0, NA4 | R);
    address(1, napot(DATA, 4096));
    config(1, NAPOT | R);
    assertThat(load(DATA, 8, S)).isEqualTo(Cause.LOAD_ACCESS_FAULT);
    assertThat(load(DATA, 4, S)).isEqualTo(-1);
    assertThat(load(DATA + 8, 8, S)).isEqualTo(-1);
  }

  @Test
  void protectionInsideOnePageHoldsThoughTheRestOfThePageIsInUse() {
    address(0, napot(DATA + 0x800, 8));
    config(0, NAPOT);
    address(1, -1L);
    config(1, NAPOT | R | W);
    for (int i = 0; i < 3; i++) {
      assertThat(load(DATA, 8, S)).isEqualTo(-1);
      assertThat(store(DATA + 0x7f8, 8, S)).isEqualTo(-1);
      assertThat(load(DATA + 0x800, 8, S)).isEqualTo(Cause.LOAD_ACCESS_FAULT);
      assertThat(store(DATA + 0x800, 1, S)).isEqualTo(Cause.STORE_ACCESS_FAULT);
      assertThat(load(DATA + 0x808, 8, S)).isEqualTo(-1);
    }
  }

  @Test
  void executeProtectionInsideOnePageHolds() {
    address(0, napot(DATA + 0x800, 8));
    config(0, NAPOT | R);
    address(1, -1L);
    config(1, NAPOT | R | W | X);
    assertThat(fetch(DATA, S)).isEqualTo(-1);
    assertThat(fetch(DATA + 0x800, S)).isEqualTo(Cause.INSTRUCTION_ACCESS_FAULT);
    assertThat(fetch(DATA + 0x808, S)).isEqualTo(-1);
    // Running into it, not jumping.
    m.memory().putInt(DATA + 0x7fc, 0x00000013);
    clearStatus(3L << 11);
    setStatus(1L << 11);
    m.csr(CsrNumber.MEPC, DATA + 0x7fc);
    Trap t = m.code("mret").run();
    assertThat(t.cause()).isEqualTo(Cause.INSTRUCTION_ACCESS_FAULT);
    assertThat(t.epc()).isEqualTo(DATA + 0x800);
  }

  @Test
  void anUnlockedEntryDoesNotBindM() {
    address(0, napot(DATA, 4096));
    config(0, NAPOT);
    assertThat(load(DATA, 8, M)).isEqualTo(-1);
    assertThat(store(DATA, 8, M)).isEqualTo(-1);
  }

  @Test
  void aLockedEntryBindsMToo() {
    address(0, napot(DATA, 4096));
    config(0, NAPOT | LOCK | R);
    assertThat(load(DATA, 8, M)).isEqualTo(-1);
    assertThat(store(DATA, 8, M)).isEqualTo(Cause.STORE_ACCESS_FAULT);
    assertThat(fetch(DATA, M)).isEqualTo(Cause.INSTRUCTION_ACCESS_FAULT);
    assertThat(store(DATA + 4096, 8, M)).isEqualTo(-1);
  }

  @Test
  void lockedEntriesCannotBeWrittenUntilReset() {
    address(1, napot(DATA, 4096));
    config(1, NAPOT | LOCK | R);
    address(1, 0);
    config(1, 0);
    assertThat(m.csr(CsrNumber.PMPADDR0 + 1)).isEqualTo(napot(DATA, 4096));
    assertThat(m.csr(CsrNumber.PMPCFG0) >>> 8 & 0xff).isEqualTo(NAPOT | LOCK | R);
    m.reset();
    assertThat(m.csr(CsrNumber.PMPCFG0)).isZero();
  }

  @Test
  void aLockedTorEntryLocksTheAddressBelowIt() {
    address(2, DATA >>> 2);
    address(3, DATA + 4096 >>> 2);
    config(3, TOR | LOCK | R);
    address(2, 0);
    assertThat(m.csr(CsrNumber.PMPADDR0 + 2)).isEqualTo(DATA >>> 2);
    address(1, 5);
    assertThat(m.csr(CsrNumber.PMPADDR0 + 1)).isEqualTo(5);
  }

  @Test
  void aLockedEntryThatIsOffLocksItsRegistersOnly() {
    config(0, LOCK);
    address(0, 77);
    assertThat(m.csr(CsrNumber.PMPADDR0)).isZero();
    assertThat(store(DATA, 8, M)).isEqualTo(-1);
  }

  @Test
  void aChangeCountsForTheNextAccess() {
    address(0, napot(DATA, 4096));
    config(0, NAPOT | R | W);
    assertThat(store(DATA, 8, S)).isEqualTo(-1);
    config(0, NAPOT | R);
    assertThat(store(DATA, 8, S)).isEqualTo(Cause.STORE_ACCESS_FAULT);
    address(0, napot(DATA + 4096, 4096));
    assertThat(load(DATA, 8, S)).isEqualTo(Cause.LOAD_ACCESS_FAULT);
  }

  @Test
  void pageTablesAreReadAsSAndFaultAsTheOriginalAccess() {
    PageTables tables = new PageTables(m.memory(), 3, MachineFixture.TABLES);
    tables.map(0x4000_0000L, DATA, PageTables.ALL);
    m.csr(CsrNumber.SATP, tables.satp(0));
    address(0, napot(DATA, 4096));
    config(0, NAPOT | R | W | X);
    assertThat(load(0x4000_0000L, 8, S)).isEqualTo(Cause.LOAD_ACCESS_FAULT);
    assertThat(store(0x4000_0000L, 8, S)).isEqualTo(Cause.STORE_ACCESS_FAULT);
    assertThat(fetch0(0x4000_0000L)).isEqualTo(Cause.INSTRUCTION_ACCESS_FAULT);
    address(1, napot(MachineFixture.TABLES, 1 << 16));
    config(1, NAPOT | R);
    assertThat(load(0x4000_0000L, 8, S)).isEqualTo(-1);
    assertThat(load(0x4000_0000L, 8, S)).isEqualTo(-1);
  }

  @Test
  void updatingAccessedOrDirtyNeedsTheRightToWriteTheTable() {
    PageTables tables = new PageTables(m.memory(), 3, MachineFixture.TABLES);
    tables.map(0x4000_0000L, DATA, PageTables.ALL & ~PageTables.D);
    m.csr(CsrNumber.MENVCFG, 1L << 61);
    m.csr(CsrNumber.SATP, tables.satp(0));
    address(0, napot(DATA, 4096));
    config(0, NAPOT | R | W | X);
    address(1, napot(MachineFixture.TABLES, 1 << 16));
    config(1, NAPOT | R);
    assertThat(load(0x4000_0000L, 8, S)).isEqualTo(-1);
    assertThat(store(0x4000_0000L, 8, S)).isEqualTo(Cause.STORE_ACCESS_FAULT);
    assertThat(tables.read(0x4000_0000L, 0) & PageTables.D).isZero();
    config(1, NAPOT | R | W);
    assertThat(store(0x4000_0000L, 8, S)).isEqualTo(-1);
    assertThat(tables.read(0x4000_0000L, 0) & PageTables.D).isNotZero();
  }

  private long fetch0(long va) {
    clearStatus(3L << 11);
    setStatus(1L << 11);
    m.csr(CsrNumber.MEPC, va);
    return m.code("mret").run().cause();
  }
}
