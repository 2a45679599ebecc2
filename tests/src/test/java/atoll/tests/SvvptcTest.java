package atoll.tests;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.engine.Engine;
import atoll.engine.MmuKind;
import atoll.isa.Cause;
import atoll.isa.CsrNumber;
import atoll.testkit.Engines;
import atoll.testkit.MachineFixture;
import atoll.testkit.PageTables;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Svvptc: an entry that becomes valid is seen without a fence, though the page was accessed before
 * and was not there, and though whole tables on the way to it are new.
 */
class SvvptcTest {
  /** {@link MmuKind#DIRECT} is for guests that ask for each change. */
  private static final Set<MmuKind> UNCHANGED = EnumSet.complementOf(EnumSet.of(MmuKind.DIRECT));

  private static final long FRAME = MachineFixture.DATA;
  private static final long ECALL = 0x73;
  private static final long MPRV = 1L << 17;

  /** Neighbours in one table, and others that need tables of their own. */
  private static final List<Long> PLACES =
      List.of(0x4000_0000L, 0x4000_1000L, 0x4020_0000L, 0x5000_0000L, 0x20_0000_0000L);

  private static Stream<Arguments> machines() {
    return Engines.all().stream()
        .flatMap(engine ->
            UNCHANGED.stream()
                .flatMap(
                    mmu -> Stream.of(3, 4, 5).map(levels -> new Arguments(engine, mmu, levels))));
  }

  record Arguments(Engine engine, MmuKind mmu, int levels) {
    MachineFixture machine() {
      return new MachineFixture(engine, 1, mmu, memory -> {});
    }

    @Override
    public String toString() {
      return "%s, %s, %d levels".formatted(engine.name(), mmu, levels);
    }
  }

  @ParameterizedTest
  @MethodSource("machines")
  void whatBecomesValidIsSeenWithoutAFence(Arguments on) {
    try (MachineFixture m = on.machine()) {
      m.openMemory();
      m.memory().putLong(FRAME, ECALL);
      PageTables tables = new PageTables(m.memory(), on.levels, MachineFixture.TABLES);
      m.csr(CsrNumber.SATP, tables.satp(1));
      m.runToBreak("sfence.vma");
      for (long va : PLACES) {
        assertThat(load(m, va)).isEqualTo(Cause.LOAD_PAGE_FAULT);
        assertThat(store(m, va)).isEqualTo(Cause.STORE_PAGE_FAULT);
        assertThat(fetch(m, va)).isEqualTo(Cause.INSTRUCTION_PAGE_FAULT);
        tables.map(va, FRAME, PageTables.ALL);
        assertThat(load(m, va)).isEqualTo(Cause.BREAKPOINT);
        assertThat(m.x("a1")).isEqualTo(ECALL);
        assertThat(store(m, va)).isEqualTo(Cause.BREAKPOINT);
        assertThat(fetch(m, va)).isEqualTo(Cause.ECALL_S);
      }
    }
  }

  private static long load(MachineFixture m, long va) {
    return access(m, "ld a1, 0(a0)", va);
  }

  private static long store(MachineFixture m, long va) {
    return access(m, "sd zero, 8(a0)", va);
  }

  /** In supervisor mode. */
  private static long access(MachineFixture m, String text, long va) {
    inSupervisorMode(m);
    m.x("a0", va).x("a2", MPRV);
    return m.code("csrs mstatus, a2; " + text + "; csrc mstatus, a2; ebreak").run().cause();
  }

  private static long fetch(MachineFixture m, long va) {
    inSupervisorMode(m);
    m.x("a0", va);
    return m.code("csrw mepc, a0; mret").run().cause();
  }

  private static void inSupervisorMode(MachineFixture m) {
    m.csr(CsrNumber.MSTATUS, m.csr(CsrNumber.MSTATUS) & ~(MPRV | 3L << 11) | 1L << 11);
  }
}
