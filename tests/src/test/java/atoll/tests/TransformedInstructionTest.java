package atoll.tests;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.isa.CsrNumber;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** {@code htinst} after a guest-page fault of each kind of load and store (priv 18.6.3). */
class TransformedInstructionTest extends Virtualized {
  @BeforeEach
  void makeTheGuest() {
    virtualizeWithPage(3, 3);
    second.map(GUEST_PAGE, FRAME, 0);
    m.csr(CsrNumber.MENVCFG, ADUE | 3L << 4 | 1L << 6 | 1L << 7);
    m.csr(CsrNumber.HENVCFG, ADUE | 3L << 4 | 1L << 6 | 1L << 7);
    fence();
    delegate();
  }

  private long of(String instruction) {
    backToMachine();
    m.x("a0", VA + 64).x("a1", 5).x("sp", VA + 64);
    Outcome o = outcome(runGuest(S, instruction));
    assertThat(o.cause()).as(instruction).isIn(guestPageFault(READ), guestPageFault(WRITE));
    return o.instruction();
  }

  private void becomes(String instruction, String transformed) {
    byte[] code = atoll.isa.Assembler.assemble(transformed);
    long word = 0;
    for (int i = 3; i >= 0; i--) {
      word = word << 8 | code[i] & 0xff;
    }
    assertThat(of(instruction)).as(instruction).isEqualTo(word);
  }

  @Test
  void loadsLoseOffsetAndBase() {
    for (String load : new String[] {"lb", "lh", "lw", "lbu", "lhu", "lwu"}) {
      becomes(load + " a1, 40(a0)", load + " a1, 0(zero)");
      becomes(load + " t6, -8(a0)", load + " t6, 0(zero)");
    }
    becomes("ld a1, 2040(a0)", "ld a1, 0(zero)");
    becomes("fld ft3, 64(a0)", "fld ft3, 0(zero)");
    becomes("flw ft3, 64(a0)", "flw ft3, 0(zero)");
  }

  @Test
  void storesLoseOffsetAndBase() {
    for (String store : new String[] {"sb", "sh", "sw"}) {
      becomes(store + " t6, 40(a0)", store + " t6, 0(zero)");
      becomes(store + " a1, -8(a0)", store + " a1, 0(zero)");
    }
    becomes("sd a1, 2040(a0)", "sd a1, 0(zero)");
    becomes("fsd ft3, 64(a0)", "fsd ft3, 0(zero)");
    becomes("fsw ft3, 64(a0)", "fsw ft3, 0(zero)");
  }

  @Test
  void atomicsLoseTheirBaseOnly() {
    becomes("lr.w a1, (a0)", "lr.w a1, (zero)");
    becomes("lr.d.aqrl a1, (a0)", "lr.d.aqrl a1, (zero)");
    becomes("sc.w a1, a2, (a0)", "sc.w a1, a2, (zero)");
    becomes("sc.d.rl a1, a2, (a0)", "sc.d.rl a1, a2, (zero)");
    becomes("amoadd.d.aq a1, a2, (a0)", "amoadd.d.aq a1, a2, (zero)");
    becomes("amomaxu.w a1, a2, (a0)", "amomaxu.w a1, a2, (zero)");
  }

  @Test
  void cacheBlockOperationsLoseTheirBaseOnly() {
    becomes("cbo.zero (a0)", "cbo.zero (zero)");
    becomes("cbo.clean (a0)", "cbo.clean (zero)");
    becomes("cbo.flush (a0)", "cbo.flush (zero)");
    becomes("cbo.inval (a0)", "cbo.inval (zero)");
  }

  @Test
  void aBlockOperationWithinItsBlockReportsTheAddressThatItNames() {
    m.x("a0", VA + 40);
    Outcome o = outcome(runGuest(S, "cbo.zero (a0)"));
    assertThat(o.tval()).isEqualTo(VA + 40);
    assertThat(o.guestPage()).isEqualTo(GUEST_PAGE + 40);
  }

  @Test
  void compressedOnesAreTheirExpansionsWithBit1Clear() {
    assertThat(of(".half 0x410c")).as("c.lw a1, 0(a0)").isEqualTo(0x2581);
    assertThat(of(".half 0x650c")).as("c.ld a1, 8(a0)").isEqualTo(0x3581);
    assertThat(of(".half 0xc10c")).as("c.sw a1, 0(a0)").isEqualTo(0xb02021);
    assertThat(of(".half 0xe50c")).as("c.sd a1, 8(a0)").isEqualTo(0xb03021);
    assertThat(of(".half 0x65a2")).as("c.ldsp a1, 8(sp)").isEqualTo(0x3581);
    assertThat(of(".half 0xe42e")).as("c.sdsp a1, 8(sp)").isEqualTo(0xb03021);
    assertThat(of(".half 0x250c")).as("c.fld fa1, 8(a0)").isEqualTo(0x3585);
    assertThat(of(".half 0x810c")).as("c.lbu a1, 0(a0)").isEqualTo(0x4581);
  }
}
