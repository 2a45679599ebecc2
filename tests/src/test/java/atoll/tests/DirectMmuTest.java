package atoll.tests;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.cpu.Exit;
import atoll.engine.Engine;
import atoll.engine.Hart;
import atoll.engine.TableStatus;
import atoll.isa.Cause;
import atoll.isa.CsrNumber;
import atoll.testkit.DirectMachine;
import atoll.testkit.MachineFixture;
import atoll.testkit.PageTables;
import atoll.testkit.Trap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** How harts use registered tables, and that none of their ways leads to a store into one. */
@ParameterizedClass
@MethodSource("atoll.testkit.Engines#all")
class DirectMmuTest {
  private static final long VA = 0x4000_0000L;
  private static final long PAGE = MachineFixture.DATA;
  private static final long RW =
      PageTables.V | PageTables.R | PageTables.W | PageTables.A | PageTables.D;
  private static final long READ = RW & ~PageTables.W;
  private static final int S = 1;

  /** Code is mapped where it is. */
  private static final long LOW = MachineFixture.RAM;

  @Parameter Engine engine;

  private DirectMachine d;
  private MachineFixture m;

  @BeforeEach
  void make() {
    d = new DirectMachine(engine, 1, 3);
    m = d.m;
    d.tables.entry(VA, 0);
    d.tables.entry(LOW, 0);
    for (long at = 0; at < 0x20000; at += 4096) {
      d.tables.map(LOW + at, LOW + at + DirectMachine.OFFSET, RW | PageTables.X);
    }
    m.openMemory();
    d.pin();
  }

  @AfterEach
  void close() {
    d.close();
  }

  private Trap runPaged(String source) {
    m.csr(CsrNumber.SATP, d.tables.satp(1));
    return m.code(source + "\n ebreak").enter(S).run();
  }

  private Trap runBare(String source) {
    m.csr(CsrNumber.SATP, 0);
    return m.code(source + "\n ebreak").enter(S).run();
  }

  /** Goes on in S mode; unlike {@link #runPaged} it does nothing that flushes a TLB. */
  private Trap again(String source) {
    m.code(source + "\n ebreak");
    m.csr(CsrNumber.MEPC, MachineFixture.CODE);
    m.csr(CsrNumber.MSTATUS, m.csr(CsrNumber.MSTATUS) & ~(3L << 11) | (long) S << 11);
    m.place(MachineFixture.RAM + 0x3000, "mret");
    m.hart().pc(MachineFixture.RAM + 0x3000);
    return m.run();
  }

  private void map(long bits) {
    assertThat(d.map(VA, PAGE, bits, 0)).isEqualTo(TableStatus.DONE);
  }

  @Test
  void theWalkEndsInMachineMemoryWithoutASecondStep() {
    map(RW);
    m.x("a0", VA + 24).x("a1", 77);
    assertThat(runPaged("sd a1, 0(a0); ld a2, 0(a0)").cause()).isEqualTo(Cause.BREAKPOINT);
    assertThat(m.memory().getLong(PAGE + 24)).isEqualTo(77);
    assertThat(m.x("a2")).isEqualTo(77);
    assertThat(m.hart().mmuStatistics().secondReferences()).isZero();
    assertThat(m.hart().mmuStatistics().exits())
        .containsEntry("update", 1L)
        .containsEntry("pin", 1L);
  }

  @Test
  void satpTakesPinnedRootsOnly() {
    long root = d.tables.satp(1);
    long other = PageTables.pte(0, 0) | 8L << 60 | PAGE + DirectMachine.OFFSET >>> 12;
    for (long satp : new long[] {other, root + (1L << 60), root + 1, 8L << 60, root | 1L << 43}) {
      m.x("a0", satp);
      Trap trap = runBare("csrw satp, a0");
      assertThat(trap.cause()).as("satp %x", satp).isEqualTo(Cause.ILLEGAL_INSTRUCTION);
      assertThat(m.csr(CsrNumber.SATP)).isZero();
    }
    m.x("a0", root);
    assertThat(runBare("csrw satp, a0").cause()).isEqualTo(Cause.BREAKPOINT);
    assertThat(m.csr(CsrNumber.SATP)).isEqualTo(root);
  }

  @Test
  void aRootInUseCannotBeUnpinned() {
    m.csr(CsrNumber.SATP, d.tables.satp(1));
    assertThat(d.registry().unpin(m.hart(), MachineFixture.TABLES)).isEqualTo(TableStatus.CONFLICT);
    m.csr(CsrNumber.SATP, 0);
    assertThat(d.registry().unpin(m.hart(), MachineFixture.TABLES)).isEqualTo(TableStatus.DONE);
    m.x("a0", d.tables.satp(1));
    assertThat(runBare("csrw satp, a0").cause()).isEqualTo(Cause.ILLEGAL_INSTRUCTION);
  }

  @Test
  void aGuestThatKnowsNothingOfItEndsWithASentence() {
    try (DirectMachine fresh = new DirectMachine(engine, 1, 3)) {
      fresh.m.code("csrw satp, a0").x("a0", fresh.tables.satp(1));
      assertThat(fresh.m.hart().run(10)).isEqualTo(Exit.FAULT);
      assertThat(fresh.m.hart().exit().detail)
          .contains("satp 0x800010000024", "'direct'", "'auto'");
      assertThat(fresh.m.csr(CsrNumber.SATP)).isZero();
    }
  }

  private void requireRefused(Trap trap, long table, String how) {
    assertThat(trap.cause())
        .as(how)
        .isIn((long) Cause.STORE_ACCESS_FAULT, (long) Cause.STORE_PAGE_FAULT);
    assertThat(m.memory().read(table, 4096)).as(how).doesNotContain(0x5a);
  }

  @Test
  void noStoreReachesATableWithTranslationOff() {
    long table = d.tables.entry(VA, 0) & -4096;
    m.x("a0", table + 64).x("a1", 0x5a5a_5a5a_5a5a_5a5aL);
    m.csr(CsrNumber.MENVCFG, m.csr(CsrNumber.MENVCFG) | 0x80); // CBZE
    for (String store :
        new String[] {
          "sb a1, 0(a0)",
          "sd a1, 0(a0)",
          "sd a1, -68(a0)",
          "amoadd.d a2, a1, (a0)",
          "amoor.w a2, a1, (a0)",
          "lr.d a2, (a0); sc.d a2, a1, (a0)"
        }) {
      requireRefused(runBare(store), table, store);
    }
    map(RW);
    assertThat(runBare("cbo.zero (a0)").cause()).isEqualTo(Cause.STORE_ACCESS_FAULT);
    m.x("a0", d.tables.entry(VA, 0));
    assertThat(runBare("cbo.zero (a0)").cause()).isEqualTo(Cause.STORE_ACCESS_FAULT);
    assertThat(d.tables.read(VA, 0)).isNotZero();
    assertThat(m.hart().mmuStatistics().exits().get("table write")).isPositive();
  }

  @Test
  void norInMachineMode() {
    long table = d.tables.entry(VA, 0) & -4096;
    m.x("a0", table + 64).x("a1", 0x5a5a_5a5a_5a5a_5a5aL);
    requireRefused(m.code("sd a1, 0(a0); ebreak").run(), table, "in M mode");
  }

  @Test
  void norInTheVirtualModes() {
    long table = d.tables.entry(VA, 0) & -4096;
    m.x("a0", table + 64).x("a1", 0x5a5a_5a5a_5a5a_5a5aL);
    requireRefused(m.code("hsv.d a1, (a0); ebreak").run(), table, "as a guest's store");
    PageTables second = PageTables.secondStage(m.memory(), 3, MachineFixture.RAM + 0x300000);
    second.map(table & -(1L << 21), table & -(1L << 21), PageTables.ALL | PageTables.U, 1);
    m.csr(CsrNumber.HGATP, second.satp(1));
    requireRefused(m.code("hsv.d a1, (a0); ebreak").run(), table, "through a second stage");
  }

  @Test
  void aWritableTranslationThatNobodyFencesIsGoneWhenThePageBecomesATable() {
    map(RW);
    m.x("a0", VA + 64).x("a1", 2).x("a3", 300);
    String stores = "1: sd a1, 0(a0); addi a3, a3, -1; bnez a3, 1b";
    assertThat(runPaged(stores).cause()).isEqualTo(Cause.BREAKPOINT);
    map(0);
    assertThat(d.registry().pin(m.hart(), PAGE, 0)).isEqualTo(TableStatus.DONE);
    m.x("a1", 0x5a5a_5a5a_5a5a_5a5aL).x("a3", 300);
    requireRefused(again(stores), PAGE, "through a stale translation");
  }

  /** Stores to a page with code are slow ones, which the hart finds its way for again. */
  @Test
  void norIsOneToAPageWithCodeKept() {
    m.memory().putShort(PAGE, (short) 0x8082); // c.jr ra, which is no valid entry
    m.x("a0", PAGE).x("a1", 2).x("a3", 300);
    String stores = "1: sd a1, 64(a0); addi a3, a3, -1; bnez a3, 1b";
    assertThat(runBare("jalr ra, 0(a0); " + stores).cause()).isEqualTo(Cause.BREAKPOINT);
    assertThat(d.registry().pin(m.hart(), PAGE, 0)).isEqualTo(TableStatus.DONE);
    m.x("a1", 0x5a5a_5a5a_5a5a_5a5aL).x("a3", 300);
    requireRefused(again(stores), PAGE, "to what was a page with code");
    assertThat(m.memory().getLong(PAGE + 64)).isEqualTo(2);
  }

  @Test
  void anOrdinaryPageAgainCanBeWrittenTo() {
    assertThat(d.registry().pin(m.hart(), PAGE, 0)).isEqualTo(TableStatus.DONE);
    m.x("a0", PAGE).x("a1", 3);
    assertThat(runBare("sd a1, 0(a0)").cause()).isEqualTo(Cause.STORE_ACCESS_FAULT);
    assertThat(d.registry().unpin(m.hart(), PAGE)).isEqualTo(TableStatus.DONE);
    assertThat(runBare("sd a1, 0(a0)").cause()).isEqualTo(Cause.BREAKPOINT);
    assertThat(m.memory().getLong(PAGE)).isEqualTo(3);
  }

  @Test
  void tablesMayBeReadThroughThemselves() {
    long table = d.tables.entry(VA, 0) & -4096;
    assertThat(d.map(VA, table, READ, 0)).isEqualTo(TableStatus.DONE);
    m.x("a0", VA);
    assertThat(runPaged("ld a1, 0(a0)").cause()).isEqualTo(Cause.BREAKPOINT);
    assertThat(m.x("a1")).isEqualTo(d.tables.read(VA, 0));
    assertThat(runPaged("sd a1, 0(a0)").cause()).isEqualTo(Cause.STORE_PAGE_FAULT);
  }

  @Test
  void accessedAndDirtyBitsAreSetByTheHartIfAskedTo() {
    m.csr(CsrNumber.MENVCFG, 1L << 61);
    map(PageTables.V | PageTables.R | PageTables.W);
    m.x("a0", VA);
    assertThat(runPaged("sd a1, 0(a0)").cause()).isEqualTo(Cause.BREAKPOINT);
    assertThat(d.tables.read(VA, 0) & 0xff).isEqualTo(RW);
    m.csr(CsrNumber.MENVCFG, 0);
    map(PageTables.V | PageTables.R | PageTables.W);
    m.runToBreak("sfence.vma");
    m.csr(CsrNumber.MSTATUS, m.csr(CsrNumber.MSTATUS) & ~(3L << 11));
    assertThat(runPaged("sd a1, 0(a0)").cause()).isEqualTo(Cause.STORE_PAGE_FAULT);
  }

  @Test
  void devicesAreReachedThroughTables() {
    m.device((write, address, size, value) -> address == 0x1000_0008L ? 42 : MachineFixture.FAULT);
    long device = PageTables.pte(DirectMachine.DEVICE | 0x1000_0000L, RW);
    assertThat(d.set(d.tables.entry(VA, 0), device)).isEqualTo(TableStatus.DONE);
    m.x("a0", VA);
    assertThat(runPaged("lb a1, 8(a0)").cause()).isEqualTo(Cause.BREAKPOINT);
    assertThat(m.x("a1")).isEqualTo(42);
  }

  @Test
  void aHartThatIsResetHoldsNoRoot() {
    Hart hart = m.hart();
    m.csr(CsrNumber.SATP, d.tables.satp(1));
    hart.enterSupervisor(MachineFixture.CODE, 0, 0);
    assertThat(d.registry().unpin(hart, MachineFixture.TABLES)).isEqualTo(TableStatus.DONE);
  }
}
