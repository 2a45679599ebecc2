package atoll.tests;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.isa.Cause;
import atoll.isa.CsrNumber;
import atoll.testkit.MachineFixture;
import atoll.testkit.PageTables;
import atoll.testkit.Trap;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Zicbom, Zicboz, Zicbop (unpriv 33; CMO specification), blocks of 64 bytes. */
class CacheBlockTest extends Translated {
  private static final long CBIE_FLUSH = 1L << 4;
  private static final long CBIE = 3L << 4;
  private static final long CBCFE = 1L << 6;
  private static final long CBZE = 1L << 7;
  private static final long VA = 0x4000_1000L;

  private record Operation(String name, long enable) {}

  private static final List<Operation> OPERATIONS =
      List.of(
          new Operation("cbo.inval", CBIE),
          new Operation("cbo.clean", CBCFE),
          new Operation("cbo.flush", CBCFE),
          new Operation("cbo.zero", CBZE));

  @Test
  void zeroClearsTheBlockThatHoldsTheAddressAndNothingElse() {
    for (long offset : new long[] {0, 1, 63, 64, 100}) {
      for (long i = -64; i < 256; i += 8) {
        m.memory().putLong(MachineFixture.DATA + i, -1L);
      }
      m.x("a0", MachineFixture.DATA + offset);
      m.runToBreak("cbo.zero (a0)");
      long block = offset & -64;
      for (long i = -64; i < 256; i += 8) {
        assertThat(m.memory().getLong(MachineFixture.DATA + i))
            .isEqualTo(i >= block && i < block + 64 ? 0 : -1);
      }
    }
  }

  @Test
  void managementKeepsWhatIsInMemory() {
    m.memory().putLong(MachineFixture.DATA, 0x1234);
    m.x("a0", MachineFixture.DATA + 3);
    m.runToBreak("cbo.clean (a0); cbo.flush (a0); cbo.inval (a0); ld a1, -3(a0)");
    assertThat(m.x("a1")).isEqualTo(0x1234);
  }

  @Test
  void eachOperationNeedsItsEnablesBelowM() {
    for (Operation o : OPERATIONS) {
      for (int enables = 0; enables < 4; enables++) {
        for (int mode : new int[] {M, S, U}) {
          m.reset();
          m.csr(
              CsrNumber.MENVCFG, (enables & 1) != 0 ? o.enable : (CBIE | CBCFE | CBZE) & ~o.enable);
          m.csr(
              CsrNumber.SENVCFG, (enables & 2) != 0 ? o.enable : (CBIE | CBCFE | CBZE) & ~o.enable);
          m.x("a0", MachineFixture.DATA);
          Trap t = runIn(mode, o.name + " (a0)");
          boolean allowed = mode == M || ((enables & 1) != 0 && (mode == S || (enables & 2) != 0));
          assertThat(t.cause())
              .as("%s in mode %d with %d", o.name, mode, enables)
              .isEqualTo(allowed ? Cause.BREAKPOINT : Cause.ILLEGAL_INSTRUCTION);
          if (!allowed) {
            assertThat(t.tval()).isEqualTo(m.memory().getInt(MachineFixture.CODE) & 0xffff_ffffL);
          }
        }
      }
    }
  }

  @Test
  void invalidationMayBeAllowedAsAFlush() {
    m.csr(CsrNumber.MENVCFG, CBIE_FLUSH);
    m.csr(CsrNumber.SENVCFG, CBIE_FLUSH);
    m.x("a0", MachineFixture.DATA);
    assertThat(runIn(U, "cbo.inval (a0)").cause()).isEqualTo(Cause.BREAKPOINT);
  }

  private Trap translated(String text, long va) {
    m.csr(CsrNumber.MENVCFG, CBIE | CBCFE | CBZE);
    clearStatus(3L << 11);
    m.code("csrs mstatus, a2; " + text + "; csrc mstatus, a2; ebreak");
    m.x("a0", va).x("a2", 1L << 17 | 1L << 11);
    Trap t = m.run();
    clearStatus(1L << 17);
    return t;
  }

  @Test
  void faultsAreAStoresWithTheAddressThatWasGiven() {
    translate(3);
    for (Operation o : OPERATIONS) {
      Trap t = translated(o.name + " (a0)", VA + 70);
      assertThat(t.cause()).as(o.name).isEqualTo(Cause.STORE_PAGE_FAULT);
      assertThat(t.tval()).as(o.name).isEqualTo(VA + 70);
      t = runIn(M, "li a0, 0x1046; " + o.name + " (a0)");
      assertThat(t.cause()).as(o.name).isEqualTo(Cause.STORE_ACCESS_FAULT);
      assertThat(t.tval()).as(o.name).isEqualTo(0x1046);
    }
  }

  @Test
  void managementIsAllowedOnAPageThatMayOnlyBeReadZeroingIsNot() {
    translate(3);
    tables.map(VA, FRAME, PageTables.V | PageTables.R | PageTables.A | PageTables.D);
    for (Operation o : OPERATIONS) {
      Trap t = translated(o.name + " (a0)", VA);
      boolean zero = o.name.equals("cbo.zero");
      assertThat(t.cause()).as(o.name).isEqualTo(zero ? Cause.STORE_PAGE_FAULT : Cause.BREAKPOINT);
    }
  }

  @Test
  void prefetchesNeverTrap() {
    translate(3);
    for (String text : List.of("prefetch.i 32(a0)", "prefetch.r -64(a0)", "prefetch.w 0(a0)")) {
      assertThat(translated(text, VA).cause()).isEqualTo(Cause.BREAKPOINT);
      m.reset();
      m.x("a0", 0);
      assertThat(runIn(U, text).cause()).isEqualTo(Cause.BREAKPOINT);
      translate(3);
    }
  }

  @Test
  void zeroingCodeIsSeenAfterFenceI() {
    m.runToBreak(
        """
          la a0, 2f
          li a1, 2
        1:
          addi a1, a1, -1
          beqz a1, 3f
          jal ra, 2f
          cbo.zero (a0)
          fence.i
          j 1b
        3:
          la t0, 4f
          csrw mtvec, t0
          jal ra, 2f
          .balign 64
        2:
          ret
          .zero 60
        4:
          csrr a2, mcause
          li t0, 0x80000000
          csrw mtvec, t0
        """);
    assertThat(m.x("a2")).isEqualTo(Cause.ILLEGAL_INSTRUCTION);
  }
}
