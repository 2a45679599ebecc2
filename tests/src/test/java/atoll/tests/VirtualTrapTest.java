package atoll.tests;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.isa.Cause;
import atoll.isa.CsrNumber;
import atoll.testkit.MachineFixture;
import atoll.testkit.Trap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Traps out of, into and within the virtual modes, and the ways back (priv 18.6). */
class VirtualTrapTest extends Virtualized {
  private static final long SIE = 1L << 1;
  private static final long MIE = 1L << 3;
  private static final long SPIE = 1L << 5;
  private static final long MPIE = 1L << 7;
  private static final long SPP = 1L << 8;
  private static final long MPP = 3L << 11;

  @BeforeEach
  void makeTheGuest() {
    virtualizeWithPage(3, 3);
  }

  @Test
  void callsAreToldApartByTheModeThatMakesThem() {
    Trap t = runGuest(U, "ecall");
    assertThat(t.cause()).isEqualTo(Cause.ECALL_U);
    assertThat(t.from()).isEqualTo(U);
    t = runGuest(S, "ecall");
    assertThat(t.cause()).isEqualTo(Cause.ECALL_VS);
    assertThat(t.from()).isEqualTo(S);
    assertThat(t.tval()).isZero();
  }

  @Test
  void aTrapToMachineModeRemembersTheVirtualMode() {
    for (int mode : new int[] {U, S}) {
      setStatus(MIE);
      runGuest(mode, "ecall");
      long status = m.csr(CsrNumber.MSTATUS);
      assertThat(m.hart().virtual()).isFalse();
      assertThat(status & MPV).isEqualTo(MPV);
      assertThat(status & MPP).isEqualTo((long) mode << 11);
      assertThat(status & GVA).as("no address").isZero();
      assertThat(m.csr(CsrNumber.MTVAL2)).isZero();
      assertThat(m.csr(CsrNumber.MTINST)).isZero();
    }
    m.runToBreak("nop");
    assertThat(m.csr(CsrNumber.MSTATUS) & MPV).as("a trap from M").isZero();
  }

  @Test
  void aTrapToTheHypervisorRemembersTheVirtualModeAndItsPrivilege() {
    delegate();
    for (int mode : new int[] {U, S}) {
      Trap t = runGuest(mode, "ebreak");
      assertThat(t.to()).isEqualTo(S);
      assertThat(t.from()).isEqualTo(mode);
      long status = m.csr(CsrNumber.HSTATUS);
      assertThat(status & SPV).isEqualTo(SPV);
      assertThat(status & SPVP).isEqualTo(mode == S ? SPVP : 0);
      assertThat(status & HS_GVA).as("the address of the breakpoint").isEqualTo(HS_GVA);
    }
  }

  @Test
  void aTrapFromHypervisorModeClearsSpvAndLeavesSpvp() {
    for (long before : new long[] {SPV, SPV | SPVP}) {
      m.reset();
      delegate();
      m.csr(CsrNumber.HSTATUS, before | HS_GVA);
      m.code("ebreak").enter(S);
      assertThat(m.run().to()).isEqualTo(S);
      assertThat(m.csr(CsrNumber.HSTATUS) & (SPV | SPVP | HS_GVA)).isEqualTo(before & SPVP);
    }
  }

  @Test
  void whatTheHypervisorDelegatesTheGuestTakesItself() {
    delegate();
    m.csr(CsrNumber.HEDELEG, -1L);
    m.csr(CsrNumber.VSSTATUS, SIE | 3L << 13);
    for (int mode : new int[] {U, S}) {
      m.csr(CsrNumber.SCAUSE, 77);
      long own = m.csr(CsrNumber.SSTATUS);
      Trap t = runGuest(mode, "ebreak");
      long code = mode == U ? USER_CODE : SUPERVISOR_CODE;
      assertThat(t).isEqualTo(new Trap(Cause.BREAKPOINT, code, code, mode, VIRTUAL_S));
      assertThat(m.hart().virtual()).isTrue();
      assertThat(m.csr(CsrNumber.VSSTATUS) & (SIE | SPIE | SPP))
          .isEqualTo(SPIE | (mode == S ? SPP : 0));
      assertThat(m.csr(CsrNumber.SCAUSE)).as("the hypervisor's own").isEqualTo(77);
      assertThat(m.csr(CsrNumber.SSTATUS)).isEqualTo(own);
      m.hart().csr(CsrNumber.VSSTATUS, SIE | 3L << 13);
      leaveTheGuest();
    }
  }

  /** By an exception that is M's. */
  private void leaveTheGuest() {
    m.csr(CsrNumber.MEDELEG, 0);
    m.place(MachineFixture.RAM + 0x41000, "ebreak");
    m.run();
    m.place(MachineFixture.RAM + 0x41000, "1: j 1b");
    delegate();
  }

  @Test
  void whatMachineModeKeepsNobodyDelegates() {
    m.csr(CsrNumber.HEDELEG, -1L);
    assertThat(runGuest(S, "ebreak").to()).isEqualTo(M);
  }

  @Test
  void callsOfTheGuestsSupervisorAndItsSecondStageAreNeverItsOwn() {
    m.csr(CsrNumber.HEDELEG, -1L);
    assertThat(m.csr(CsrNumber.HEDELEG)).isEqualTo(0xcb1ff);
    delegate();
    assertThat(runGuest(S, "ecall").to()).isEqualTo(S);
    second.map(GUEST_PAGE, FRAME, 0);
    backToMachine();
    fence();
    for (int kind : KINDS) {
      assertThat(access(kind, VA, S).cause()).isEqualTo(guestPageFault(kind));
    }
    assertThat(runGuest(S, "csrr a0, hstatus").cause()).isEqualTo(Cause.VIRTUAL_INSTRUCTION);
    backToMachine();
    assertThat(runGuest(U, "ecall").to()).isEqualTo(VIRTUAL_S);
  }

  @Test
  void returnFromMachineModeGoesWhereMpvAndMppSay() {
    enterGuest(S, "ebreak");
    setStatus(MPIE);
    m.step();
    assertThat(m.hart().virtual()).isTrue();
    assertThat(m.hart().privilege()).isEqualTo(S);
    assertThat(m.hart().pc()).isEqualTo(SUPERVISOR_CODE);
    assertThat(m.csr(CsrNumber.MSTATUS) & (MPV | MPP)).isZero();
    assertThat(m.csr(CsrNumber.MSTATUS) & (MIE | MPIE)).isEqualTo(MIE | MPIE);
  }

  @Test
  void machineModeIsNeverVirtual() {
    clearStatus(MPP);
    setStatus(MPP | MPV);
    m.csr(CsrNumber.MEPC, MachineFixture.CODE + 0x100);
    m.place(MachineFixture.CODE + 0x100, "ebreak");
    Trap t = m.code("mret").run();
    assertThat(t.from()).isEqualTo(M);
    assertThat(m.csr(CsrNumber.MSTATUS) & MPV).isZero();
  }

  @Test
  void returnFromTheHypervisorGoesWhereSpvAndSppSay() {
    for (long spv : new long[] {0, SPV}) {
      for (int mode : new int[] {U, S}) {
        virtualizeWithPage(3, 3);
        m.csr(CsrNumber.HSTATUS, spv | SPVP);
        m.csr(CsrNumber.SSTATUS, mode == S ? SPP | SPIE : 0);
        m.csr(CsrNumber.VSSTATUS, 3L << 13);
        m.csr(CsrNumber.SEPC, mode == S ? SUPERVISOR_CODE : USER_CODE);
        m.code("sret").enter(S);
        m.step();
        assertThat(m.hart().virtual()).isEqualTo(spv != 0);
        assertThat(m.hart().privilege()).isEqualTo(mode);
        assertThat(m.csr(CsrNumber.HSTATUS) & (SPV | SPVP)).isEqualTo(SPVP);
        assertThat(m.csr(CsrNumber.SSTATUS) & (SPP | SPIE | SIE))
            .isEqualTo(SPIE | (mode == S ? SIE : 0));
        assertThat(m.csr(CsrNumber.VSSTATUS) & (SPP | SPIE | SIE)).isZero();
      }
    }
  }

  @Test
  void returnFromTheGuestsSupervisorStaysInTheGuest() {
    m.csr(CsrNumber.VSSTATUS, SPIE | 3L << 13);
    m.csr(CsrNumber.VSEPC, USER_CODE + 4);
    m.csr(CsrNumber.HSTATUS, SPVP);
    Trap t = runGuest(S, "sret; ecall");
    assertThat(t).isEqualTo(new Trap(Cause.ECALL_U, USER_CODE + 4, 0, U, M));
    assertThat(m.csr(CsrNumber.MSTATUS) & MPV).isEqualTo(MPV);
    assertThat(m.csr(CsrNumber.VSSTATUS) & (SIE | SPIE)).isEqualTo(SIE | SPIE);
    assertThat(m.csr(CsrNumber.HSTATUS)).as("not touched").isEqualTo(SPVP | 2L << 32);
  }

  @Test
  void leavingForALowerModeClearsMprv() {
    setStatus(MPRV);
    enterGuest(U, "ecall");
    setStatus(MPRV);
    m.run();
    assertThat(m.csr(CsrNumber.MSTATUS) & MPRV).isZero();
  }

  @Test
  void aTrapGivesAReservationUp() {
    delegate();
    m.csr(CsrNumber.HEDELEG, 1L << Cause.BREAKPOINT);
    m.place(MachineFixture.RAM + 0x41000, "sc.d a3, a1, (a0); ecall");
    m.x("a0", VA).x("a3", 9);
    first.map(VA, GUEST_PAGE, ALL);
    enterGuest(S, "lr.d a1, (a0)");
    m.run();
    assertThat(m.x("a3")).isEqualTo(1);
  }

  @Test
  void theGuestsVectorIsUsedWhereItSays() {
    delegate();
    m.csr(CsrNumber.HEDELEG, -1L);
    m.csr(CsrNumber.VSTVEC, GUEST_HANDLER | 1);
    Trap t = runGuest(U, "ebreak");
    assertThat(t.to()).as("exceptions go to the base").isEqualTo(VIRTUAL_S);
  }

  @Test
  void anAccessFaultOfAGuestReportsItsAddressAsAGuests() {
    delegate();
    second.map(GUEST_PAGE, 0x1000, GUEST_ALL);
    fence();
    for (int kind : KINDS) {
      assertThat(access(kind, VA, S)).isEqualTo(new Outcome(accessFault(kind), VA, true, 0, 0));
    }
  }

  @Test
  void aMisalignedAtomicOfAGuestReportsItsAddressAsAGuests() {
    m.x("a0", VA + 1);
    Outcome o = outcome(runGuest(S, "amoadd.d a1, a1, (a0)"));
    assertThat(o).isEqualTo(new Outcome(Cause.STORE_MISALIGNED, VA + 1, true, 0, 0));
  }

  @Test
  void anIllegalInstructionOfAGuestReportsItsBitsAndNoAddress() {
    Outcome o = outcome(runGuest(S, ".word 0xffffffff"));
    assertThat(o).isEqualTo(new Outcome(Cause.ILLEGAL_INSTRUCTION, 0xffffffffL, false, 0, 0));
  }

  @Test
  void addressesOfTheHypervisorsOwnFaultsAreNotAGuests() {
    delegate();
    m.code("ld a1, 0(zero)").enter(S);
    assertThat(outcome(m.run())).isEqualTo(new Outcome(Cause.LOAD_ACCESS_FAULT, 0, false, 0, 0));
  }
}
