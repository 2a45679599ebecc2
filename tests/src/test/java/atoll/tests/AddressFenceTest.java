package atoll.tests;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.engine.RemoteFence;
import atoll.isa.Cause;
import atoll.isa.CsrNumber;
import atoll.testkit.PageTables;
import java.util.List;
import org.junit.jupiter.api.Test;

/** After a fence, changed tables are what counts (priv 12.2.1, Svinval 14). */
class AddressFenceTest extends Translated {
  private static final long ALL = PageTables.ALL;
  private static final long VA = 0x4000_1000L;

  private long value(long va) {
    assertThat(access(READ, va + 8, S)).isEqualTo(FINE);
    return m.x("a1");
  }

  private void fence(String text, long address, long asid) {
    m.x("a0", address).x("a1", asid);
    m.runToBreak(text);
  }

  @Test
  void everyFormOfTheFenceThatNamesThePageMakesAChangeVisible() {
    for (String fence :
        List.of(
            "sfence.vma",
            "sfence.vma a0",
            "sfence.vma zero, a1",
            "sfence.vma a0, a1",
            "sfence.w.inval; sinval.vma a0, a1; sfence.inval.ir",
            "sfence.w.inval; sinval.vma zero, zero; sfence.inval.ir")) {
      translate(3);
      m.csr(CsrNumber.SATP, tables.satp(7));
      tables.map(VA, FRAME, ALL);
      flush();
      assertThat(value(VA)).isEqualTo(0x1000);
      assertThat(access(EXECUTE, VA, S)).isEqualTo(FINE);
      tables.map(VA, FRAME + 4096, ALL & ~PageTables.X);
      fence(fence, VA, 7);
      assertThat(value(VA)).as(fence).isEqualTo(0x1001);
      assertThat(access(EXECUTE, VA, S)).as(fence).isEqualTo(pageFault(EXECUTE));
    }
  }

  @Test
  void aFenceWithAnyAddressInASuperpageCoversTheWholeLeaf() {
    translate(3);
    long superpage = 0x4000_0000L;
    long base = FRAME & -(1L << 21);
    long inside = FRAME - base;
    tables.map(superpage, base, ALL, 1);
    assertThat(value(superpage + inside)).isEqualTo(0x1000);
    assertThat(value(superpage + inside + 4096)).isEqualTo(0x1001);
    tables.map(superpage, base, 0, 1);
    fence("sfence.vma a0", superpage + inside + 8192, 0);
    assertThat(access(READ, superpage + inside + 8, S)).isEqualTo(pageFault(READ));
    assertThat(access(READ, superpage + inside + 4096 + 8, S)).isEqualTo(pageFault(READ));
  }

  @Test
  void aFenceWithAnyAddressInASuperpageCoversFetchesToo() {
    translate(3);
    long superpage = 0x4000_0000L;
    long base = FRAME & -(1L << 21);
    long inside = FRAME - base;
    tables.map(superpage, base, ALL, 1);
    assertThat(access(EXECUTE, superpage + inside, S)).isEqualTo(FINE);
    tables.map(superpage, base, ALL & ~PageTables.X, 1);
    fence("sfence.vma a0", superpage + inside + 8192, 0);
    assertThat(access(EXECUTE, superpage + inside, S)).isEqualTo(pageFault(EXECUTE));
  }

  @Test
  void aKernelWithoutAsidsThatForgetsTheFenceAfterSatpIsForgiven() {
    translate(3);
    long satp = tables.satp(0);
    m.csr(CsrNumber.SATP, satp);
    tables.map(VA, FRAME, ALL);
    assertThat(value(VA)).isEqualTo(0x1000);
    tables.map(VA, FRAME + 4096, ALL);
    m.csr(CsrNumber.SATP, satp);
    assertThat(value(VA)).isEqualTo(0x1001);
  }

  @Test
  void takingRightsAwayIsSeenAfterTheFence() {
    translate(3);
    tables.map(VA, FRAME, ALL);
    assertThat(access(WRITE, VA, S)).isEqualTo(FINE);
    tables.map(VA, FRAME, ALL & ~PageTables.W);
    fence("sfence.vma a0", VA, 0);
    assertThat(access(WRITE, VA, S)).isEqualTo(pageFault(WRITE));
    assertThat(access(READ, VA, S)).isEqualTo(FINE);
  }

  @Test
  void addressSpacesAreKeptApartByAsid() {
    translate(3);
    PageTables other = new PageTables(m.memory(), 3, MachineTables.SECOND);
    tables.map(VA, FRAME, ALL);
    other.map(VA, FRAME + 4096, ALL);
    for (int round = 0; round < 3; round++) {
      m.csr(CsrNumber.SATP, tables.satp(1));
      assertThat(value(VA)).isEqualTo(0x1000);
      m.csr(CsrNumber.SATP, other.satp(2));
      assertThat(value(VA)).isEqualTo(0x1001);
    }
  }

  @Test
  void manyAddressSpacesInTurnStayApart() {
    translate(3);
    PageTables[] spaces = new PageTables[12];
    for (int i = 0; i < spaces.length; i++) {
      spaces[i] = new PageTables(m.memory(), 3, MachineTables.SECOND + i * 0x10000L);
      spaces[i].map(VA, FRAME + i * 4096L, ALL);
    }
    for (int round = 0; round < 3; round++) {
      for (int i = 0; i < spaces.length; i++) {
        m.csr(CsrNumber.SATP, spaces[i].satp(i + 1));
        assertThat(value(VA)).isEqualTo(0x1000 + i);
      }
    }
  }

  @Test
  void aFenceOfAnotherAddressSpaceOrPageNeedNotButAFenceOfAllMust() {
    translate(3);
    PageTables other = new PageTables(m.memory(), 3, MachineTables.SECOND);
    tables.map(VA, FRAME, ALL);
    other.map(VA, FRAME + 4096, ALL);
    m.csr(CsrNumber.SATP, other.satp(2));
    assertThat(value(VA)).isEqualTo(0x1001);
    m.csr(CsrNumber.SATP, tables.satp(1));
    other.map(VA, FRAME + 8192, ALL);
    flush(); // while the other space is not even in force
    m.csr(CsrNumber.SATP, other.satp(2));
    assertThat(value(VA)).isEqualTo(0x1002);
  }

  @Test
  void sfenceOfAnAsidReachesThatSpaceWhileAnotherIsInForce() {
    translate(3);
    PageTables other = new PageTables(m.memory(), 3, MachineTables.SECOND);
    tables.map(VA, FRAME, ALL);
    other.map(VA, FRAME + 4096, ALL);
    m.csr(CsrNumber.SATP, other.satp(2));
    assertThat(value(VA)).isEqualTo(0x1001);
    m.csr(CsrNumber.SATP, tables.satp(1));
    other.map(VA, FRAME + 8192, ALL);
    fence("sfence.vma a0, a1", VA, 2);
    m.csr(CsrNumber.SATP, other.satp(2));
    assertThat(value(VA)).isEqualTo(0x1002);
  }

  @Test
  void onlyTheLowSixteenBitsOfTheAsidCount() {
    translate(3);
    m.csr(CsrNumber.SATP, tables.satp(3));
    tables.map(VA, FRAME, ALL);
    assertThat(value(VA)).isEqualTo(0x1000);
    tables.map(VA, FRAME + 4096, ALL);
    fence("sfence.vma zero, a1", 0, 3);
    assertThat(value(VA)).isEqualTo(0x1001);
  }

  @Test
  void changedSumAndMxrCountAtOnce() {
    translate(3);
    tables.map(VA, FRAME, ALL & ~PageTables.R & ~PageTables.W | PageTables.U);
    setStatus(SUM | MXR);
    assertThat(access(READ, VA, S)).isEqualTo(FINE);
    clearStatus(SUM);
    assertThat(access(READ, VA, S)).isEqualTo(pageFault(READ));
    setStatus(SUM);
    assertThat(access(READ, VA, S)).isEqualTo(FINE);
    clearStatus(MXR);
    assertThat(access(READ, VA, S)).isEqualTo(pageFault(READ));
  }

  @Test
  void aRemoteFenceReachesTheHart() {
    translate(3);
    tables.map(VA, FRAME, ALL);
    assertThat(value(VA)).isEqualTo(0x1000);
    tables.map(VA, FRAME + 4096, ALL);
    m.group().postFence(1, new RemoteFence.Address(VA, 4096, -1));
    assertThat(value(VA)).isEqualTo(0x1001);
  }

  @Test
  void fencesAreIllegalInUAndInSWhereTvmIsSet() {
    String[] trappedByTvm = {"sfence.vma", "sinval.vma a0, a1"};
    for (String text : trappedByTvm) {
      m.reset();
      assertThat(runIn(U, text).cause()).isEqualTo(Cause.ILLEGAL_INSTRUCTION);
      m.reset();
      setStatus(1L << 20);
      assertThat(runIn(S, text).cause()).isEqualTo(Cause.ILLEGAL_INSTRUCTION);
      m.reset();
      setStatus(1L << 20);
      assertThat(runIn(M, text).cause()).isEqualTo(Cause.BREAKPOINT);
      m.reset();
      assertThat(runIn(S, text).cause()).isEqualTo(Cause.BREAKPOINT);
    }
    for (String text : new String[] {"sfence.w.inval", "sfence.inval.ir"}) {
      m.reset();
      assertThat(runIn(U, text).cause()).isEqualTo(Cause.ILLEGAL_INSTRUCTION);
      m.reset();
      setStatus(1L << 20); // TVM does not reach these two (priv 14.1)
      assertThat(runIn(S, text).cause()).isEqualTo(Cause.BREAKPOINT);
    }
  }

  /** Room for further tables behind the first. */
  private static final class MachineTables {
    static final long SECOND = atoll.testkit.MachineFixture.TABLES + 0x100000;
  }
}
