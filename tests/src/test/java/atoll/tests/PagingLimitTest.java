package atoll.tests;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.engine.Engine;
import atoll.engine.Paging;
import atoll.isa.Cause;
import atoll.isa.CsrNumber;
import atoll.testkit.MachineFixture;
import atoll.testkit.PageTables;
import atoll.testkit.Trap;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** A limit to the schemes of page tables, in all three registers that choose one. */
@ParameterizedClass
@MethodSource("atoll.testkit.Engines#all")
class PagingLimitTest {
  private static final long SV39 = 8;
  private static final long SV57 = 10;
  private static final long VA = 0x4000_0000L;

  @Parameter Engine engine;

  private static int levels(Paging paging) {
    return switch (paging) {
      case SV39 -> 3;
      case SV48 -> 4;
      case SV57 -> 5;
    };
  }

  private static long widest(Paging paging) {
    return SV39 + levels(paging) - 3;
  }

  @ParameterizedTest
  @EnumSource
  void widerSchemesAreReservedOnes(Paging paging) {
    try (MachineFixture m = new MachineFixture(engine, paging)) {
      for (long mode = SV39; mode <= SV57; mode++) {
        boolean offered = mode <= widest(paging);
        long first = SV39 << 60 | 1L << 44 | 4;
        long second = mode << 60 | 2L << 44 | 8;
        for (int csr : new int[] {CsrNumber.SATP, CsrNumber.VSATP}) {
          m.csr(csr, first).csr(csr, second);
          assertThat(m.csr(csr)).as("mode %d", mode).isEqualTo(offered ? second : first);
        }
        m.csr(CsrNumber.HGATP, first).csr(CsrNumber.HGATP, second);
        assertThat(m.csr(CsrNumber.HGATP))
            .as("only the mode stays")
            .isEqualTo(offered ? second : SV39 << 60 | 2L << 44 | 8);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void theLimitIsFoundByWriting(Paging paging) {
    try (MachineFixture m = new MachineFixture(engine, paging)) {
      m.code(
          """
          li a0, 10
          1: slli a1, a0, 60
          csrw satp, a1
          csrr a2, satp
          beq a1, a2, 2f
          addi a0, a0, -1
          j 1b
          2: csrw satp, x0
          ebreak
          """);
      assertThat(m.run().cause()).isEqualTo(Cause.BREAKPOINT);
      assertThat(m.x("a0")).isEqualTo(widest(paging));
    }
  }

  @ParameterizedTest
  @EnumSource
  void whatIsOfferedTranslates(Paging paging) {
    for (int levels = 3; levels <= levels(paging); levels++) {
      try (MachineFixture m = new MachineFixture(engine, paging)) {
        PageTables tables = new PageTables(m.memory(), levels, MachineFixture.TABLES);
        tables.map(VA, MachineFixture.DATA, PageTables.ALL);
        m.openMemory();
        m.memory().putLong(MachineFixture.DATA, 77);
        m.csr(CsrNumber.SATP, tables.satp(0));
        m.x("a0", VA).x("a2", 1L << 17 | 1L << 11);
        Trap t = m.code("csrs mstatus, a2; ld a1, 0(a0); csrc mstatus, a2; ebreak").run();
        assertThat(t.cause()).isEqualTo(Cause.BREAKPOINT);
        assertThat(m.x("a1")).isEqualTo(77);
      }
    }
  }
}
