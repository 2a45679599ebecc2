package atoll.tests;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.engine.Engine;
import atoll.engine.MmuKind;
import atoll.isa.Cause;
import atoll.isa.CsrNumber;
import atoll.testkit.Engines;
import atoll.testkit.MachineFixture;
import atoll.testkit.PageTables;
import atoll.testkit.Trap;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Every technique for unchanged guests on every engine, given the same random tables and accesses,
 * comes to the same translations, faults, and accessed and dirty bits.
 */
class MmuAgreementTest {
  /** The techniques for guests that do not know of them; {@link DirectAgreementTest} is for one. */
  private static final Set<MmuKind> UNCHANGED = EnumSet.complementOf(EnumSet.of(MmuKind.DIRECT));

  private static final int PAGES = 24;
  private static final int ACCESSES = 160;
  private static final long FRAMES = MachineFixture.DATA;
  private static final long BASE = 0x4000_0000L;
  private static final long MEGAPAGE = 1L << 21;
  private static final long TABLE_BYTES = 0x40000;
  private static final long MPRV = 1L << 17;
  private static final long SUM = 1L << 18;
  private static final long MXR = 1L << 19;
  private static final long ADUE = 1L << 61;

  /** A reserved bit, the memory types and NAPOT: each makes some entries wrong. */
  private static final long[] ODD = {1L << 54, 1L << 61, 3L << 61, 1L << 63};

  @ParameterizedTest
  @ValueSource(ints = {3, 4, 5})
  void allTechniquesOnAllEnginesAgree(int levels) {
    for (long seed = 1; seed <= 6; seed++) {
      List<String> expected = null;
      for (Engine engine : Engines.all()) {
        for (MmuKind mmu : UNCHANGED) {
          List<String> observed = observe(engine, mmu, levels, seed);
          expected = expected == null ? observed : expected;
          assertThat(observed)
              .as("%s, %s, %d levels, seed %d", engine.name(), mmu, levels, seed)
              .isEqualTo(expected);
        }
      }
      assertThat(expected).anyMatch(line -> line.contains("= value"));
      assertThat(expected).anyMatch(line -> line.contains("page fault"));
    }
  }

  /** What one machine does, in words: a line for each access, and the tables at the end. */
  private static List<String> observe(Engine engine, MmuKind mmu, int levels, long seed) {
    Random random = new Random(seed);
    List<String> lines = new ArrayList<>();
    try (MachineFixture m = new MachineFixture(engine, 1, mmu, memory -> {})) {
      m.openMemory();
      m.csr(CsrNumber.MENVCFG, random.nextBoolean() ? ADUE : 0);
      PageTables tables = new PageTables(m.memory(), levels, MachineFixture.TABLES);
      m.csr(CsrNumber.SATP, tables.satp(1));
      for (int i = 0; i < PAGES; i++) {
        m.memory().putLong(FRAMES + i * 4096L, 0x1000 + i);
        change(random, tables);
      }
      for (int i = 0; i < ACCESSES; i++) {
        if (random.nextInt(6) == 0) {
          change(random, tables);
          m.runToBreak("sfence.vma");
        }
        lines.add(access(random, m));
      }
      byte[] bytes = m.memory().read(MachineFixture.TABLES, (int) TABLE_BYTES);
      lines.add("tables " + Arrays.hashCode(bytes));
    }
    return lines;
  }

  private static void change(Random random, PageTables tables) {
    long bits = random.nextInt(256);
    bits |= random.nextInt(4) == 0 ? 0 : PageTables.V | PageTables.R;
    bits |= random.nextInt(12) == 0 ? ODD[random.nextInt(ODD.length)] : 0;
    if (random.nextInt(5) == 0) {
      long megapage = BASE + MEGAPAGE * (1 + random.nextInt(2));
      tables.map(megapage, random.nextInt(4) == 0 ? FRAMES : FRAMES & -MEGAPAGE, bits, 1);
      return;
    }
    boolean outside = random.nextInt(10) == 0;
    long frame = outside ? 0x4000L : FRAMES + random.nextInt(PAGES) * 4096L;
    tables.map(BASE + random.nextInt(PAGES) * 4096L, frame, bits);
  }

  /** A load or a store, aligned, misaligned or across two pages, in S or U mode. */
  private static String access(Random random, MachineFixture m) {
    boolean store = random.nextBoolean();
    long offset = random.nextInt(4) == 0 ? 4092 : random.nextInt(64);
    long va = BASE + random.nextInt(PAGES) * 4096L + offset;
    if (random.nextInt(4) == 0) {
      va = BASE + MEGAPAGE + (FRAMES & MEGAPAGE - 1) + random.nextInt((int) MEGAPAGE / 8) * 8L;
    }
    long status =
        MPRV
            | (long) random.nextInt(2) << 11
            | (random.nextBoolean() ? SUM : 0)
            | (random.nextBoolean() ? MXR : 0);
    String text = store ? "sd a1, 0(a0)" : "ld a1, 0(a0)";
    m.csr(CsrNumber.MSTATUS, m.csr(CsrNumber.MSTATUS) & ~(3L << 11 | SUM | MXR | MPRV));
    m.x("a0", va).x("a1", 0x5a5a).x("a2", status);
    Trap trap = m.code("csrs mstatus, a2; " + text + "; csrc mstatus, a2; ebreak").run();
    m.csr(CsrNumber.MSTATUS, m.csr(CsrNumber.MSTATUS) & ~MPRV);
    String result =
        trap.cause() == Cause.BREAKPOINT
            ? "value %x".formatted(m.x("a1"))
            : "%s at %x".formatted(Cause.exceptionName((int) trap.cause()), trap.tval());
    return "%s %x under %x = %s".formatted(text, va, status, result);
  }
}
