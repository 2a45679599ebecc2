package atoll.tests;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.isa.Cause;
import atoll.isa.CsrNumber;
import atoll.testkit.PageTables;
import atoll.testkit.Trap;
import org.junit.jupiter.api.Test;

/** mstatus.MPRV: M's loads and stores as if in the mode of MPP (priv 3.1.6.3). */
class MprvTest extends Translated {
  private static final long MPRV = 1L << 17;
  private static final long VA = 0x4000_1000L;

  @Test
  void loadsAndStoresAreTranslatedAndFetchesAreNot() {
    translate(3);
    tables.map(VA, FRAME, PageTables.ALL);
    clearStatus(3L << 11);
    m.x("a2", MPRV | 1L << 11).x("a0", VA);
    m.runToBreak("csrs mstatus, a2; ld a1, 8(a0); sd a0, 16(a0); csrc mstatus, a2");
    assertThat(m.x("a1")).isEqualTo(0x1000);
    assertThat(m.memory().getLong(FRAME + 16)).isEqualTo(VA);
  }

  @Test
  void theRightsAreThoseOfMpp() {
    translate(3);
    tables.map(VA, FRAME, PageTables.ALL | PageTables.U);
    assertThat(access(READ, VA, U)).isEqualTo(FINE);
    assertThat(access(READ, VA, S)).isEqualTo(pageFault(READ));
    setStatus(SUM);
    assertThat(access(READ, VA, S)).isEqualTo(FINE);
  }

  @Test
  void withMppMachineItHasNoEffect() {
    translate(3);
    m.x("a2", MPRV | 3L << 11).x("a0", FRAME);
    m.runToBreak("csrs mstatus, a2; ld a1, 8(a0); csrc mstatus, a2");
    assertThat(m.x("a1")).isEqualTo(0x1000);
  }

  @Test
  void physicalProtectionIsThatOfMppToo() {
    clearStatus(3L << 11);
    m.x("a2", MPRV | 1L << 11).x("a0", FRAME);
    Trap t = m.code("csrs mstatus, a2; ld a1, 0(a0); ebreak").run(); // no PMP entry at all
    clearStatus(MPRV);
    assertThat(t.cause()).isEqualTo(Cause.LOAD_ACCESS_FAULT);
  }

  @Test
  void aTrapLeavesItSetSinceMppThenNamesTheTrappingMode() {
    m.x("a2", MPRV | 3L << 11);
    m.code("csrs mstatus, a2; ecall").run();
    assertThat(m.csr(CsrNumber.MSTATUS) & MPRV).isEqualTo(MPRV);
    assertThat(m.csr(CsrNumber.MSTATUS) >>> 11 & 3).isEqualTo(M);
  }
}
