package atoll.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import atoll.cpu.Exit;
import atoll.engine.TranslationStatistics;
import atoll.engine.Tuning;
import atoll.engine.software.Interpreter;
import atoll.engine.software.Translator;
import atoll.isa.Cause;
import atoll.isa.CsrNumber;
import atoll.testkit.MachineFixture;
import atoll.testkit.PageTables;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What {@code --stats} says of the translator. */
class TranslationCountsTest {
  private static final String LOOP =
      """
        li t0, 1000000
        li t1, DATA
      1:
        ld t2, 0(t1)
        addi t0, t0, -1
        bnez t0, 1b
        ebreak
      """
          .replace("DATA", Long.toString(MachineFixture.DATA));

  @BeforeEach
  void needTheTranslator() {
    assumeTrue(Translator.unavailable().isEmpty(), "the translator cannot run here");
  }

  private static TranslationStatistics translation(MachineFixture m) {
    return m.hart().translation();
  }

  @Test
  void aHotLoopIsTranslatedTwiceAndHardlyInterpreted() {
    try (MachineFixture m = new MachineFixture(new Translator())) {
      m.code(LOOP).runHot();
      TranslationStatistics t = translation(m);
      assertThat(t.blocks()).isBetween(1L, 10L);
      assertThat(t.blockInstructions()).isGreaterThanOrEqualTo(t.blocks());
      assertThat(t.regions()).isBetween(1L, 3L);
      assertThat(t.tierUps()).isPositive();
      assertThat(t.slotFills()).isPositive();
      assertThat(t.interpreted()).isBetween(1L, 10_000L);
      assertThat(t.codeBytes()).isGreaterThan(t.blockInstructions() + t.regionInstructions());
      assertThat(t.exits().get("budget")).isGreaterThan(100);
      assertThat(t.entries()).isGreaterThan(t.exits().get("budget"));
      assertThat(t.invalidations().values()).containsOnly(0L);
    }
  }

  @Test
  void whatIsLeftToJavaIsCountedByItsName() {
    try (MachineFixture m = new MachineFixture(new Translator())) {
      m.code("li t0, 5000; 1: csrrw t1, mcause, t0; addi t0, t0, -1; bnez t0, 1b; ebreak").runHot();
      assertThat(translation(m).slowOperations().get("csr mcause")).isGreaterThan(1000);
      assertThat(translation(m).exits().get("slow")).isGreaterThan(1000);
    }
  }

  @Test
  void codeIsGivenUpForStoresAndForDevices() {
    try (MachineFixture m = new MachineFixture(new Translator())) {
      m.code(LOOP).runHot();
      m.memory().putInt(MachineFixture.CODE, m.memory().getInt(MachineFixture.CODE));
      m.code(LOOP).runHot();
      assertThat(translation(m).invalidations())
          .containsEntry("device", 1L)
          .containsEntry("store", 0L);
      String store = "li s0, %d; lw s1, 0(s0); sw s1, 0(s0)\n".formatted(MachineFixture.CODE + 64);
      m.code(LOOP.replace("ebreak", "") + store + LOOP.replace("1:", "2:").replace("1b", "2b"))
          .runHot();
      assertThat(translation(m).invalidations().get("store")).isPositive();
    }
  }

  @Test
  void aFunctionThatIsWrittenAnewLeavesItsNeighbourItsCode() {
    try (MachineFixture m = new MachineFixture(new Translator())) {
      m.place(MachineFixture.DATA, "addi a0, a0, 1; ret");
      m.place(MachineFixture.DATA + 512, "addi a1, a1, 1; ret");
      m.code(
              """
              li s0, 200; li s1, %d; addi s2, s1, 512; lw s3, 0(s1); li a0, 0; li a1, 0
              li sp, %d
              1: li s4, 100
              2: sd s4, 0(sp); jalr s1; jalr s2; addi s4, s4, -1; bnez s4, 2b
              sw s3, 0(s1)
              addi s0, s0, -1; bnez s0, 1b
              ebreak
              """
                  .formatted(MachineFixture.DATA, MachineFixture.DATA + 8192))
          .runHot();
      assertThat(m.x("a0") + m.x("a1")).isEqualTo(2 * 200 * 100);
      assertThat(translation(m).invalidations().get("store")).isGreaterThan(150);
      assertThat(translation(m).blocks()).isBetween(150L, 300L);
    }
  }

  @Test
  void aHotAccessAcrossTwoPagesIsNotLeftToJava() {
    try (MachineFixture m = new MachineFixture(new Translator())) {
      m.code(
              "li t0, 100000; li t1, %d; 1: ld t2, -3(t1); sd t2, -5(t1); addi t0, t0, -1; bnez t0, 1b; ebreak"
                  .formatted(MachineFixture.DATA + 4096))
          .runHot();
      assertThat(translation(m).slowOperations().getOrDefault("ld", 0L)).isLessThan(20_000);
      assertThat(translation(m).slowOperations().getOrDefault("sd", 0L)).isLessThan(20_000);
    }
  }

  /** Waits so often, each time for so long. */
  private static void idle(MachineFixture m, int waits, long nanos) {
    m.code("1: wfi; j 1b");
    for (int i = 0; i < waits; i++) {
      assertThat(m.hart().run(1_000)).isEqualTo(Exit.HALT);
      m.clock().set(m.clock().nanos() + nanos);
    }
  }

  private static void computes(MachineFixture m) {
    String adds = "addi a0, a0, 1\n".repeat(20_000);
    m.code("li s0, 4; li a0, 0; 1:" + adds + "addi s0, s0, -1; beqz s0, 2f; j 1b; 2: ebreak")
        .runHot();
    assertThat(m.x("a0")).isEqualTo(80_000);
  }

  @Test
  void aHartThatIdlesGivesItsCodeUpAndGoesOnAfterwards() {
    Tuning tuning = new Tuning(1, 8, 1, 512, 4 << 20, 8_000_000);
    try (MachineFixture m = new MachineFixture(new Translator(tuning))) {
      for (long round = 1; round <= 3; round++) {
        long before = translation(m).idle();
        computes(m);
        assertThat(translation(m).idle()).isEqualTo(before);
        long blocks = translation(m).blocks();
        idle(m, 20, 1_000_000);
        assertThat(translation(m).idle()).isGreaterThan(before + 10);
        assertThat(translation(m).blocks()).isLessThan(blocks + 10);
      }
    }
  }

  @Test
  void aHartThatIsWokenOftenOrHasLittleCodeKeepsIt() {
    Tuning tuning = new Tuning(1, 8, 1, 512, 4 << 20, 8_000_000);
    try (MachineFixture m = new MachineFixture(new Translator(tuning))) {
      idle(m, 40, 1_000_000);
      assertThat(translation(m).blocks()).isPositive();
      computes(m);
      idle(m, 2_000, 20_000);
      assertThat(translation(m).idle()).isZero();
    }
  }

  @Test
  void aCallOfAKernelAndTheReturnFromItStayInTranslatedCode() {
    try (MachineFixture m = new MachineFixture(new Translator())) {
      m.openMemory();
      PageTables tables = new PageTables(m.memory(), 3, MachineFixture.TABLES);
      tables.map(MachineFixture.CODE, MachineFixture.CODE, PageTables.ALL | PageTables.U);
      tables.map(MachineFixture.DATA, MachineFixture.DATA, PageTables.ALL);
      m.place(
          MachineFixture.DATA,
          """
          csrr t0, scause; add s1, s1, t0; csrr t0, sepc; addi t0, t0, 4; csrw sepc, t0
          csrr t0, sstatus; andi t0, t0, 0x20; add s2, s2, t0
          li t0, 0x20; csrs sstatus, t0; sret
          """);
      m.csr(CsrNumber.SATP, tables.satp(0));
      m.csr(CsrNumber.MEDELEG, 1 << Cause.ECALL_U);
      m.csr(CsrNumber.STVEC, MachineFixture.DATA);
      m.code("li s0, 5000; 1: ecall; addi s0, s0, -1; bnez s0, 1b; ebreak");
      m.enter(0).runHot();
      assertThat(m.x("s1")).isEqualTo(5000L * Cause.ECALL_U);
      assertThat(m.x("s2")).isEqualTo(4999L * 0x20); // each sret sets SIE, which the call keeps
      assertThat(m.hart().traps().exceptions(Cause.ECALL_U)).isEqualTo(5000);
      assertThat(translation(m).slowOperations().getOrDefault("ecall", 0L)).isLessThan(500);
      assertThat(translation(m).slowOperations().getOrDefault("sret", 0L)).isLessThan(500);
    }
  }

  /** Maps a page anew, fences it and stores to it, 5,000 times, with other accesses between. */
  private static void remaps(MachineFixture m, long va) {
    m.openMemory();
    PageTables tables = new PageTables(m.memory(), 3, MachineFixture.TABLES);
    for (long page = 0; page < 16; page++) {
      tables.map(
          MachineFixture.TABLES + page * 4096, MachineFixture.TABLES + page * 4096, PageTables.ALL);
    }
    tables.map(va, MachineFixture.DATA, PageTables.ALL);
    tables.map(MachineFixture.CODE, MachineFixture.CODE, PageTables.ALL);
    tables.map(MachineFixture.DATA, MachineFixture.DATA, PageTables.ALL);
    m.csr(CsrNumber.SATP, tables.satp(0));
    m.csr(CsrNumber.MEDELEG, 1 << Cause.ECALL_U);
    m.code(
        """
        li s0, 5000; li s1, %d; li s2, %d; li s3, %d; li s4, %d
        1: sd s2, 0(s1); sfence.vma s3; sd s0, 0(s3); li s5, 20
        2: ld s6, 8(s4); sd s6, 16(s4); addi s5, s5, -1; bnez s5, 2b
        addi s0, s0, -1; bnez s0, 1b; ebreak
        """
            .formatted(
                tables.entry(va, 0),
                PageTables.pte(MachineFixture.DATA, PageTables.ALL),
                va,
                MachineFixture.DATA));
    m.enter(1).runHot();
    assertThat(m.memory().getLong(MachineFixture.DATA)).isEqualTo(1);
    assertThat(translation(m).regions()).isPositive();
    assertThat(translation(m).exits().get("refresh")).isLessThan(500);
    assertThat(m.hart().mmuStatistics().flushes()).isBetween(5000L, 5100L);
  }

  @Test
  void aPageThatIsMappedAnewEachTimeCostsOtherPagesNoExit() {
    try (MachineFixture m = new MachineFixture(new Translator())) {
      remaps(m, 0x1000_0000);
      assertThat(translation(m).slowOperations().get("sfence.vma")).isGreaterThan(4000);
    }
  }

  @Test
  void aPageOfAKernelsIsFencedInTranslatedCode() {
    try (MachineFixture m = new MachineFixture(new Translator())) {
      remaps(m, -0x1000_0000);
      assertThat(translation(m).slowOperations().getOrDefault("sfence.vma", 0L)).isLessThan(500);
      assertThat(translation(m).slowOperations().get("sd")).isBetween(4500L, 5500L);
    }
  }

  @Test
  void anEngineThatTranslatesNothingSaysSo() {
    try (MachineFixture m = new MachineFixture(new Interpreter())) {
      m.code(LOOP).runHot();
      assertThat(translation(m)).isEqualTo(TranslationStatistics.NONE);
    }
  }
}
