package atoll.tests;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.engine.Engine;
import atoll.engine.Hart;
import atoll.engine.HartGroup;
import atoll.engine.RemoteFence;
import atoll.isa.Assembler;
import atoll.isa.CsrNumber;
import atoll.testkit.MachineFixture;
import atoll.testkit.PageTables;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Fences of any range reach the harts that they are for, however many there are. */
@ParameterizedClass
@MethodSource("atoll.testkit.Engines#all")
class BoundedFenceTest {
  private static final long LOW = 0x4000_1000L;
  private static final long HIGH = 0xffff_ffc0_0000_1000L;
  private static final long LAST = -4096;
  private static final long FRAME = MachineFixture.DATA;
  private static final long MPRV_AS_SUPERVISOR = 1L << 17 | 1L << 11;
  private static final int MANY = 100_000;

  @Parameter Engine engine;

  /** Ranges that have a page in them, and how a guest may say so. */
  private static long[][] around(long page) {
    return new long[][] {
      {page, 1},
      {page, 0},
      {page, 4096},
      {page + 4095, 1},
      {page + 4095, 4097},
      {page, 64 * 4096L},
      {page, 65 * 4096L},
      {page - 63 * 4096L, 64 * 4096L},
      {page, -1},
      {0, 0},
      {0, -1},
      {-1, -1},
      {page, Long.MAX_VALUE},
      {page, Long.MIN_VALUE},
      {page, -page},
      {page, -page + 1},
      {page, -page + 4096},
      {0, page + 1},
      {4096, page},
      {Long.MIN_VALUE, page + Long.MIN_VALUE + 1},
    };
  }

  private static MachineFixture translated(MachineFixture m, PageTables tables) {
    for (Hart hart : m.group().harts()) {
      hart.csr(CsrNumber.PMPADDR0 + 15, -1L >>> 10);
      hart.csr(CsrNumber.PMPCFG0 + 2, 0x1fL << 56);
      hart.csr(CsrNumber.SATP, tables.satp(5));
      hart.csr(CsrNumber.MSTATUS, MPRV_AS_SUPERVISOR);
    }
    m.place(MachineFixture.CODE, "ld a1, 0(a0); 1: j 1b");
    m.memory().putLong(FRAME, 1);
    m.memory().putLong(FRAME + 4096, 2);
    return m;
  }

  /** What a hart loads from a virtual address. */
  private static long load(Hart hart, long va) {
    hart.pc(MachineFixture.CODE);
    hart.x(10, va);
    hart.x(11, 0);
    while (hart.x(11) == 0) {
      hart.run(16);
      assertThat(hart.pc()).isNotEqualTo(MachineFixture.MACHINE_TRAP);
    }
    return hart.x(11);
  }

  @ParameterizedTest
  @CsvSource({"2", "8"})
  void everyRangeThatHasThePageMakesAChangeVisible(int harts) {
    try (MachineFixture m = new MachineFixture(engine, harts)) {
      PageTables tables = new PageTables(m.memory(), 3, MachineFixture.TABLES);
      translated(m, tables);
      for (long page : new long[] {LOW, HIGH, LAST}) {
        for (long[] range : around(page)) {
          for (int asid : new int[] {-1, 5}) {
            expectSeen(m, tables, page, new RemoteFence.Address(range[0], range[1], asid));
          }
        }
      }
    }
  }

  private static void expectSeen(MachineFixture m, PageTables tables, long page, RemoteFence f) {
    tables.map(page, FRAME, PageTables.ALL);
    m.group().postFence(-1, new RemoteFence.Address(0, 0, -1));
    for (Hart hart : m.group().harts()) {
      assertThat(load(hart, page)).isEqualTo(1);
    }
    tables.map(page, FRAME + 4096, PageTables.ALL);
    m.group().postFence(-1, f);
    for (Hart hart : m.group().harts()) {
      assertThat(load(hart, page)).as("hart %d, %s", hart.id(), f).isEqualTo(2);
    }
  }

  /** Ranges in which the page is not are no less harmless. */
  @Test
  void fencesOfWhatNobodyCanMapEnd() {
    try (MachineFixture m = new MachineFixture(engine, 2)) {
      PageTables tables = new PageTables(m.memory(), 3, MachineFixture.TABLES);
      translated(m, tables);
      tables.map(LOW, FRAME, PageTables.ALL);
      for (long start :
          new long[] {0x7fff_ffff_ffff_f000L, Long.MAX_VALUE, Long.MIN_VALUE, 1L << 40, -1}) {
        for (long size : new long[] {0, 1, 4095, 4096, 4097, 1 << 20, 1L << 62}) {
          var range = new RemoteFence.Address(start, size, -1);
          m.group().postFence(3, range);
          m.group().postFence(3, new RemoteFence.Guest(3, range));
          for (Hart hart : m.group().harts()) {
            assertThat(load(hart, LOW)).as(range.toString()).isEqualTo(1);
          }
        }
      }
    }
  }

  /** The harts are outside of guest code, as those that sleep, are paused or were never started. */
  @ParameterizedTest
  @CsvSource({"2", "3", "8"})
  void whatManyFencesHaveAskedOfHartsThatDoNotRunIsDoneWhenTheyDo(int harts) {
    try (MachineFixture m = new MachineFixture(engine, harts)) {
      PageTables tables = new PageTables(m.memory(), 3, MachineFixture.TABLES);
      translated(m, tables);
      long[] pages = {LOW, HIGH, LAST};
      for (long page : pages) {
        tables.map(page, FRAME, PageTables.ALL);
        m.group().harts().forEach(hart -> load(hart, page));
        tables.map(page, FRAME + 4096, PageTables.ALL);
      }
      storm(m.group(), pages);
      for (Hart hart : m.group().harts()) {
        for (long page : pages) {
          assertThat(load(hart, page)).isEqualTo(2);
        }
      }
    }
  }

  private static void storm(HartGroup group, long[] pages) {
    for (int i = 0; i < MANY; i++) {
      for (long page : pages) {
        group.postFence(-1, new RemoteFence.Address(page, 1, i % 2 == 0 ? -1 : 5));
      }
      group.postFence(-1, new RemoteFence.Address((long) i << 12, 4096, i & 0xffff));
      group.postFence(-1, new RemoteFence.Guest(i & 7, new RemoteFence.Address(i, i, i)));
      group.postFence(-1, new RemoteFence.SecondStage(i & 7));
      group.postFence(-1, new RemoteFence.Instruction());
    }
  }

  @ParameterizedTest
  @CsvSource({"2", "8"})
  void storesIntoCodeThatSleepingHartsHaveTranslatedAreSeenWhenTheyRun(int harts) {
    long function = MachineFixture.CODE + 0x2000;
    try (MachineFixture m = new MachineFixture(engine, harts)) {
      for (int round = 1; round <= 40; round++) {
        int value = round;
        m.place(function, "li a1, %d; ret".formatted(value));
        m.group().harts().forEach(hart -> assertThat(result(hart, function)).isEqualTo(value));
        storeManyTimes(m, function, value + 1000);
        m.group()
            .harts()
            .forEach(hart -> assertThat(result(hart, function)).isEqualTo(value + 1000));
      }
    }
  }

  private static long result(Hart hart, long function) {
    hart.pc(function);
    hart.x(1, MachineFixture.MACHINE_TRAP);
    hart.x(11, 0);
    hart.run(64);
    return hart.x(11);
  }

  /** Hart 0 stores another instruction there again and again. */
  private static void storeManyTimes(MachineFixture m, long function, int value) {
    int instruction = 0;
    byte[] code = Assembler.assemble("li a1, " + value);
    for (int i = 0; i < 4; i++) {
      instruction |= (code[i] & 0xff) << 8 * i;
    }
    m.x("t0", function).x("t1", instruction).x("t2", 2000);
    m.runToBreak("1: sw t1, 0(t0); addi t2, t2, -1; bnez t2, 1b");
  }
}
