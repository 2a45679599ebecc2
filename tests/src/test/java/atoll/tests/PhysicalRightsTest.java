package atoll.tests;

import static atoll.tests.PmpEntries.R;
import static atoll.tests.PmpEntries.RIGHTS;
import static atoll.tests.PmpEntries.W;
import static atoll.tests.PmpEntries.X;
import static org.assertj.core.api.Assertions.assertThat;

import atoll.isa.Cause;
import atoll.isa.CsrNumber;
import atoll.testkit.MachineFixture;
import atoll.testkit.PageTables;
import atoll.testkit.Trap;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Accesses whose right to a page is not their right to the physical memory behind it (priv 3.7,
 * 10.3.2; CMO 2.5.2): each kind of access, and the walker's own.
 */
class PhysicalRightsTest extends Translated {
  private static final long VA = 0x4000_0000L;
  private static final long ENVIRONMENT = 3L << 4 | 1L << 6 | 1L << 7;
  private static final long MPRV = 1L << 17;
  private static final int NOP = 0x13;
  private static final int COMPRESSED_NOP = 1;

  /**
   * One kind of access by instruction.
   *
   * @param right what physical memory must grant
   */
  private record Kind(String text, int right, int pageFault, int accessFault) {}

  private static Kind load(String text) {
    return new Kind(text, R, Cause.LOAD_PAGE_FAULT, Cause.LOAD_ACCESS_FAULT);
  }

  private static Kind store(String text) {
    return new Kind(text, W, Cause.STORE_PAGE_FAULT, Cause.STORE_ACCESS_FAULT);
  }

  private static Kind manage(String text) {
    return new Kind(text, R, Cause.STORE_PAGE_FAULT, Cause.STORE_ACCESS_FAULT);
  }

  private static final List<Kind> KINDS =
      List.of(
          load("lb a1, 0(a0)"),
          load("ld a1, 0(a0)"),
          load("fld fa1, 0(a0)"),
          load("lr.w a1, (a0)"),
          load("lr.d a1, (a0)"),
          store("sb a1, 0(a0)"),
          store("sd a1, 0(a0)"),
          store("fsd fa1, 0(a0)"),
          store("sc.w a1, a1, (a0)"),
          store("sc.d a1, a1, (a0)"),
          store("amoadd.w a1, a1, (a0)"),
          store("amoswap.d a1, a1, (a0)"),
          store("amomaxu.d a1, a1, (a0)"),
          store("cbo.zero (a0)"),
          manage("cbo.inval (a0)"),
          manage("cbo.clean (a0)"),
          manage("cbo.flush (a0)"));

  @BeforeEach
  void makeTables() {
    translate(3);
    m.csr(CsrNumber.MENVCFG, ADUE | ENVIRONMENT);
    tables.map(VA, FRAME, PageTables.ALL);
    flush();
  }

  /** Executes one access of M as S, at {@code va}. */
  private Trap attempt(String text, long va) {
    clearStatus(3L << 11);
    m.x("a0", va).x("a2", MPRV | 1L << 11);
    Trap t = m.code("csrs mstatus, a2; " + text + "; csrc mstatus, a2; ebreak").run();
    clearStatus(MPRV);
    return t;
  }

  private void expect(Kind kind, boolean allowed, long va, Object... about) {
    Trap t = attempt(kind.text, va);
    assertThat(t.cause())
        .as("%s %s", kind.text, List.of(about))
        .isEqualTo(allowed ? Cause.BREAKPOINT : kind.accessFault);
    if (!allowed) {
      assertThat(t.tval()).as("%s %s", kind.text, List.of(about)).isEqualTo(va);
    }
  }

  private Trap fetch(long va) {
    clearStatus(3L << 11);
    setStatus(1L << 11);
    m.csr(CsrNumber.MEPC, va);
    return m.code("mret").run();
  }

  @Test
  void eachAccessNeedsItsOwnRightOfPhysicalMemory() {
    for (int rights : RIGHTS) {
      PmpEntries.protect(m, 0, FRAME, 4096, rights);
      for (int round = 0; round < 2; round++) { // what the first has cached lets none pass
        for (Kind kind : KINDS) {
          expect(kind, (rights & kind.right) != 0, VA, "with", rights);
        }
        m.memory().putInt(FRAME, 0x00100073);
        assertThat(fetch(VA).cause())
            .isEqualTo((rights & X) != 0 ? Cause.BREAKPOINT : Cause.INSTRUCTION_ACCESS_FAULT);
      }
    }
  }

  @Test
  void withoutTranslationTheyNeedThemToo() {
    m.csr(CsrNumber.SATP, 0);
    for (int rights : RIGHTS) {
      PmpEntries.protect(m, 0, FRAME, 4096, rights);
      for (Kind kind : KINDS) {
        expect(kind, (rights & kind.right) != 0, FRAME, "with", rights);
      }
    }
  }

  @Test
  void aPageFaultComesBeforeAnAccessFault() {
    tables.map(VA, FRAME, 0);
    flush();
    PmpEntries.protect(m, 0, FRAME, 4096, 0);
    for (Kind kind : KINDS) {
      Trap t = attempt(kind.text, VA);
      assertThat(t.cause()).as(kind.text).isEqualTo(kind.pageFault);
      assertThat(t.tval()).isEqualTo(VA);
    }
  }

  @Test
  void blocksAreManagedOrZeroedWholeOrNotAtAll() {
    for (Kind kind : KINDS) {
      if (kind.text.startsWith("cbo")) {
        PmpEntries.protect(m, 0, FRAME + 128 + 60, 4, 0);
        expect(kind, false, VA + 128, "its last word is protected");
        expect(kind, false, VA + 128 + 5, "not where it begins");
        expect(kind, true, VA + 64, "the block before");
        expect(kind, true, VA + 192, "the block behind");
      }
    }
  }

  @Test
  void managingAProtectedBlockIsNoStore() {
    long clean = PageTables.ALL & ~PageTables.D;
    for (long updates : new long[] {0, ADUE}) {
      m.csr(CsrNumber.MENVCFG, updates | ENVIRONMENT);
      for (int rights : new int[] {0, R | W}) {
        PmpEntries.protect(m, 0, FRAME, 4096, rights);
        for (Kind kind : KINDS) {
          if (kind.text.startsWith("cbo") && kind.right == R) {
            tables.map(VA, FRAME, clean);
            flush();
            expect(kind, rights != 0, VA + 3, "updates", updates, "rights", rights);
            assertThat(tables.read(VA, 0) & PageTables.D).as("the page stays clean").isZero();
          }
        }
      }
    }
  }

  @Test
  void managingChecksTheAccessedBitOnly() {
    for (Kind kind : KINDS) {
      if (kind.text.startsWith("cbo") && kind.right == R) {
        tables.map(VA, FRAME, PageTables.V | PageTables.R | PageTables.W);
        m.csr(CsrNumber.MENVCFG, ENVIRONMENT);
        flush();
        assertThat(attempt(kind.text, VA).cause()).isEqualTo(Cause.STORE_PAGE_FAULT);
        m.csr(CsrNumber.MENVCFG, ADUE | ENVIRONMENT);
        expect(kind, true, VA);
        assertThat(tables.read(VA, 0) & (PageTables.A | PageTables.D)).isEqualTo(PageTables.A);
      }
    }
  }

  @Test
  void everyLevelOfTheTablesMustBeReadable() {
    for (int level = 0; level < 3; level++) {
      long table = tables.entry(VA, level) & -4096L;
      for (int rights : RIGHTS) {
        PmpEntries.protect(m, 0, table, 4096, rights);
        for (Kind kind : KINDS) {
          expect(kind, (rights & R) != 0, VA, "level", level, "rights", rights);
        }
        m.memory().putInt(FRAME, 0x00100073);
        assertThat(fetch(VA).cause())
            .isEqualTo((rights & R) != 0 ? Cause.BREAKPOINT : Cause.INSTRUCTION_ACCESS_FAULT);
      }
    }
  }

  @Test
  void anEntryForPartOfATableProtectsThoseThatAreInIt() {
    long other = VA + 4096;
    tables.map(other, FRAME + 4096, PageTables.ALL);
    flush();
    PmpEntries.protect(m, 0, tables.entry(VA, 0), 8, 0);
    expect(KINDS.get(1), false, VA);
    expect(KINDS.get(1), true, other);
    PmpEntries.protect(m, 0, tables.entry(VA, 0) + 4, 4, R | W | X);
    expect(KINDS.get(1), false, VA, "it matches half of the entry");
  }

  @Test
  void accessedAndDirtyBitsNeedTheRightToWriteTheLeafsTable() {
    long table = tables.entry(VA, 0) & -4096L;
    PmpEntries.protect(m, 0, table, 4096, R);
    for (Kind kind : KINDS) {
      tables.map(VA, FRAME, PageTables.ALL & ~PageTables.D & ~PageTables.A);
      flush();
      expect(kind, false, VA, "not accessed");
      tables.map(VA, FRAME, PageTables.ALL & ~PageTables.D);
      flush();
      expect(kind, kind.right == R, VA, "not dirty");
      assertThat(tables.read(VA, 0) & PageTables.D).isZero();
    }
    tables.map(VA, FRAME, PageTables.ALL & ~PageTables.A);
    flush();
    assertThat(fetch(VA).cause()).isEqualTo(Cause.INSTRUCTION_ACCESS_FAULT);
  }

  @Test
  void instructionsInTwoPagesNeedBothAndTellWhichPartFailed() {
    tables.map(VA + 4096, FRAME + 8192, PageTables.ALL);
    flush();
    m.memory().putShort(FRAME + 4094, (short) NOP);
    m.memory().putShort(FRAME + 8192, (short) (NOP >>> 16));
    m.memory().putInt(FRAME + 8194, 0x00100073);
    long pc = VA + 4094;
    for (int round = 0; round < 3; round++) {
      fetchFails(pc, pc, FRAME, R | W);
      fetchFails(pc, VA + 4096, FRAME + 8192, R | W);
      PmpEntries.protect(m, 0, FRAME, 4096, X);
      PmpEntries.protect(m, 1, FRAME + 8192, 4096, X);
      Trap t = fetch(pc);
      assertThat(t.cause()).isEqualTo(Cause.BREAKPOINT);
      assertThat(t.epc()).isEqualTo(VA + 4098);
      PmpEntries.protect(m, 1, FRAME, 4096, X);
    }
  }

  private void fetchFails(long pc, long part, long frame, int rights) {
    PmpEntries.protect(m, 0, frame, 4096, rights);
    Trap t = fetch(pc);
    assertThat(t.cause()).isEqualTo(Cause.INSTRUCTION_ACCESS_FAULT);
    assertThat(t.epc()).isEqualTo(pc);
    assertThat(t.tval()).isEqualTo(part);
  }

  @Test
  void instructionsAcrossTheEndOfAnEntryTellWhichPartFailed() {
    long pc = VA + 0x7fe;
    m.memory().putShort(FRAME + 0x7fe, (short) NOP);
    m.memory().putShort(FRAME + 0x800, (short) (NOP >>> 16));
    m.memory().putInt(FRAME + 0x802, 0x00100073);
    PmpEntries.protect(m, 0, FRAME + 0x800, 0x800, R);
    Trap t = fetch(pc);
    assertThat(t.cause()).isEqualTo(Cause.INSTRUCTION_ACCESS_FAULT);
    assertThat(t.epc()).isEqualTo(pc);
    assertThat(t.tval()).isEqualTo(VA + 0x800);
    m.memory().putShort(FRAME + 0x7fe, (short) COMPRESSED_NOP);
    t = fetch(pc);
    assertThat(t.epc()).as("a short one before it is executed").isEqualTo(VA + 0x800);
    PmpEntries.protect(m, 0, FRAME, 0x800, R);
    t = fetch(pc);
    assertThat(t.tval()).isEqualTo(pc);
  }

  @Test
  void accessesAcrossTheEndOfAnEntryFailWithTheirOwnAddress() {
    PmpEntries.protect(m, 0, FRAME + 0x800, 0x800, R | W);
    for (String text : List.of("ld a1, 0(a0)", "lw a1, 0(a0)", "lh a1, 0(a0)", "fld fa1, 0(a0)")) {
      expect(load(text), false, VA + 0x7ff);
      expect(load(text), true, VA + 0x801);
    }
    m.memory().putLong(FRAME + 0x7f8, -1);
    for (String text : List.of("sd x0, 0(a0)", "sw x0, 0(a0)", "sh x0, 0(a0)")) {
      expect(store(text), false, VA + 0x7ff);
      assertThat(m.memory().getLong(FRAME + 0x7f8)).isEqualTo(-1);
    }
  }

  @Test
  void accessesInTwoPagesNeedBothAndWriteNothingIfOneFails() {
    tables.map(VA + 4096, FRAME + 8192, PageTables.ALL);
    flush();
    for (int round = 0; round < 3; round++) {
      m.memory().putInt(FRAME + 4092, -1);
      m.memory().putInt(FRAME + 8192, -1);
      PmpEntries.protect(m, 0, FRAME + 8192, 4096, X);
      crossingFails("ld a1, 0(a0)", Cause.LOAD_ACCESS_FAULT, VA + 4096);
      crossingFails("sd x0, 0(a0)", Cause.STORE_ACCESS_FAULT, VA + 4096);
      PmpEntries.protect(m, 0, FRAME + 8192, 4096, R);
      crossingFails("sd x0, 0(a0)", Cause.STORE_ACCESS_FAULT, VA + 4096);
      PmpEntries.protect(m, 0, FRAME, 4096, R);
      crossingFails("sd x0, 0(a0)", Cause.STORE_ACCESS_FAULT, VA + 4092);
      assertThat(m.memory().getInt(FRAME + 4092)).isEqualTo(-1);
      assertThat(m.memory().getInt(FRAME + 8192)).isEqualTo(-1);
      assertThat(attempt("ld a1, 0(a0)", VA + 4092).cause()).isEqualTo(Cause.BREAKPOINT);
      PmpEntries.protect(m, 0, FRAME, 4096, R | W);
      assertThat(attempt("sd x0, 0(a0)", VA + 4092).cause()).isEqualTo(Cause.BREAKPOINT);
    }
  }

  private void crossingFails(String text, int cause, long part) {
    Trap t = attempt(text, VA + 4092);
    assertThat(t.cause()).as(text).isEqualTo(cause);
    assertThat(t.tval()).as(text).isEqualTo(part);
  }

  @Test
  void ofALargePageOnlyWhatIsGrantedMayBeUsed() {
    long base = MachineFixture.RAM + (4L << 20);
    long superpage = 0x4040_0000L;
    tables.map(superpage, base, PageTables.ALL, 1);
    long napot = 0x4100_0000L;
    for (long i = 0; i < 16; i++) {
      tables.map(napot + i * 4096, base | 8 << 12, PageTables.ALL | PageTables.N);
    }
    flush();
    PmpEntries.protect(m, 0, base + 4096, 4096, R);
    PmpEntries.protect(m, 1, base + 2 * 4096 + 64, 4, 0);
    for (long va : new long[] {superpage, napot}) {
      for (int round = 0; round < 2; round++) {
        for (Kind kind : KINDS) {
          expect(kind, true, va);
          expect(kind, kind.right == R, va + 4096);
          expect(kind, true, va + 2 * 4096);
          expect(kind, false, va + 2 * 4096 + 64);
          expect(kind, true, va + 3 * 4096);
        }
        m.memory().putInt(base, 0x00100073);
        m.memory().putInt(base + 4096, 0x00100073);
        assertThat(fetch(va).cause()).isEqualTo(Cause.BREAKPOINT);
        assertThat(fetch(va + 4096).cause()).isEqualTo(Cause.INSTRUCTION_ACCESS_FAULT);
      }
    }
  }

  @Test
  void lockedEntriesBindMachineModeInEveryKindOfAccess() {
    for (int rights : RIGHTS) {
      m.reset();
      m.csr(CsrNumber.MENVCFG, ENVIRONMENT);
      PmpEntries.protect(m, 0, FRAME, 4096, rights | PmpEntries.LOCK);
      for (Kind kind : KINDS) {
        m.x("a0", FRAME);
        Trap t = m.code(kind.text + "; ebreak").run();
        boolean allowed = (rights & kind.right) != 0;
        assertThat(t.cause()).isEqualTo(allowed ? Cause.BREAKPOINT : kind.accessFault);
      }
    }
  }

  @Test
  void hotCodeMeetsAnEntryThatHasComeMeanwhile() {
    m.x("a3", 0).x("a4", PmpEntries.NAPOT | R);
    PmpEntries.address(m, 0, PmpEntries.napot(FRAME, 4096));
    PmpEntries.config(m, 0, PmpEntries.NAPOT | R | W);
    m.x("a0", VA).x("a2", MPRV | 1L << 11).x("a5", 2000);
    clearStatus(3L << 11);
    Trap t =
        m.code(
                """
                csrs mstatus, a2
                1: sd a5, 0(a0)
                ld a6, 0(a0)
                addi a3, a3, 1
                bne a3, a5, 2f
                csrw pmpcfg0, a4
                2: j 1b
                """)
            .runHot();
    clearStatus(MPRV);
    assertThat(t.cause()).isEqualTo(Cause.STORE_ACCESS_FAULT);
    assertThat(m.x("a3")).isEqualTo(2000);
  }
}
