package atoll.tests;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.cpu.Exit;
import atoll.engine.Interrupts;
import atoll.isa.Cause;
import atoll.isa.CsrNumber;
import atoll.testkit.Trap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Interrupts of a guest's: pending, enabled, delegated, taken (priv 18.2.3, 18.2.4, 18.4.2). */
class VirtualInterruptTest extends Virtualized {
  private static final long SIE = 1L << 1;
  private static final long FS = 3L << 13;
  private static final int[] NUMBERS = {2, 6, 10};

  @BeforeEach
  void makeTheGuest() {
    virtualizeWithPage(3, 3);
    delegate();
  }

  private void pend(long bits) {
    m.csr(CsrNumber.HVIP, bits);
    m.csr(CsrNumber.HIE, bits);
  }

  @Test
  void pendingAndEnableBitsAreOnesUnderManyNames() {
    m.csr(CsrNumber.HVIP, 0x444);
    assertThat(m.csr(CsrNumber.HIP)).isEqualTo(0x444);
    assertThat(m.csr(CsrNumber.MIP) & 0x444).isEqualTo(0x444);
    m.csr(CsrNumber.HIE, 0x440);
    assertThat(m.csr(CsrNumber.MIE)).isEqualTo(0x440);
    m.csr(CsrNumber.MIE, 0x004);
    assertThat(m.csr(CsrNumber.HIE)).isEqualTo(0x004);
    m.csr(CsrNumber.MIP, 0);
    assertThat(m.csr(CsrNumber.HVIP)).as("VSSIP is M's to clear as well").isEqualTo(0x440);
    m.csr(CsrNumber.HIP, 4);
    assertThat(m.csr(CsrNumber.HVIP)).isEqualTo(0x444);
    assertThat(m.csr(CsrNumber.SIP) | m.csr(CsrNumber.SIE)).as("none of HS mode's").isZero();
  }

  @Test
  void aGuestSeesWhatIsDelegatedByAnOrdinarySupervisorsNumbers() {
    m.csr(CsrNumber.HVIP, 0x444);
    for (long delegated : new long[] {0, 0x004, 0x040, 0x400, 0x444}) {
      m.csr(CsrNumber.HIDELEG, delegated);
      m.csr(CsrNumber.HIE, 0x444);
      assertThat(m.csr(CsrNumber.VSIP)).isEqualTo(delegated >>> 1);
      assertThat(m.csr(CsrNumber.VSIE)).isEqualTo(delegated >>> 1);
      m.csr(CsrNumber.VSIE, 0);
      assertThat(m.csr(CsrNumber.HIE)).isEqualTo(0x444 & ~delegated);
    }
    m.csr(CsrNumber.HIDELEG, 0x444);
    m.csr(CsrNumber.HIE, 0);
    m.csr(CsrNumber.HVIP, 0x440);
    m.x("a1", 0x222);
    runGuest(S, "csrrs a0, sip, a1; csrr a2, sip; csrw sie, a1; csrr a3, sie");
    assertThat(m.x("a0")).isEqualTo(0x220);
    assertThat(m.x("a2")).as("the software interrupt is the guest's to set").isEqualTo(0x222);
    assertThat(m.x("a3")).isEqualTo(0x222);
    assertThat(m.csr(CsrNumber.HIP)).isEqualTo(0x444);
    assertThat(m.csr(CsrNumber.HIE)).isEqualTo(0x444);
  }

  @Test
  void aSoftwareInterruptThatIsNotDelegatedIsNotTheGuestsToSet() {
    m.x("a1", 2);
    runGuest(S, "csrw sip, a1; csrr a0, sip");
    assertThat(m.x("a0")).isZero();
    assertThat(m.csr(CsrNumber.HIP)).isZero();
  }

  @Test
  void aDelegatedInterruptIsTheGuestsOwn() {
    m.csr(CsrNumber.HIDELEG, 0x444);
    for (int number : NUMBERS) {
      pend(1L << number);
      for (int mode : new int[] {U, S}) {
        m.csr(CsrNumber.VSSTATUS, SIE | FS);
        Trap t = runGuest(mode, "nop");
        assertThat(t.to()).isEqualTo(VIRTUAL_S);
        assertThat(t.cause()).isEqualTo(Cause.INTERRUPT | number - 1);
        assertThat(t.from()).isEqualTo(mode);
        assertThat(t.tval()).isZero();
        leaveTheGuest();
      }
    }
  }

  /** By a call of the guest's handler, which comes to M. */
  private void leaveTheGuest() {
    m.csr(CsrNumber.MEDELEG, 0);
    m.place(atoll.testkit.MachineFixture.RAM + 0x41000, "ecall");
    m.run();
    m.place(atoll.testkit.MachineFixture.RAM + 0x41000, "1: j 1b");
    delegate();
  }

  @Test
  void aDelegatedInterruptWaitsForTheGuest() {
    m.csr(CsrNumber.HIDELEG, 0x444);
    pend(0x444);
    m.csr(CsrNumber.VSSTATUS, FS);
    assertThat(runGuest(S, "nop").cause()).as("SIE is clear").isEqualTo(Cause.BREAKPOINT);
    backToMachine();
    setStatus(SIE);
    m.code("nop; ecall").enter(S);
    assertThat(m.run().cause()).as("the guest does not run").isEqualTo(Cause.ECALL_S);
  }

  @Test
  void anInterruptThatIsNotDelegatedIsTheHypervisorsWhateverTheGuestsStatus() {
    for (int number : NUMBERS) {
      for (int mode : new int[] {U, S}) {
        backToMachine();
        pend(1L << number);
        m.csr(CsrNumber.VSSTATUS, FS);
        clearStatus(SIE);
        Trap t = runGuest(mode, "nop");
        assertThat(t.to()).isEqualTo(S);
        assertThat(t.cause()).isEqualTo(Cause.INTERRUPT | number);
        assertThat(t.from()).isEqualTo(mode);
        assertThat(m.csr(CsrNumber.HSTATUS) & (SPV | HS_GVA)).isEqualTo(SPV);
        assertThat(m.csr(CsrNumber.HTVAL)).isZero();
        assertThat(m.csr(CsrNumber.HTINST)).isZero();
      }
    }
  }

  @Test
  void theHypervisorTakesThoseOfItsGuestInItsOwnModeWhereItsSieAllows() {
    pend(1L << 10);
    m.code("nop; ecall").enter(S);
    assertThat(m.run().cause()).isEqualTo(Cause.ECALL_S);
    m.csr(CsrNumber.SSTATUS, SIE);
    m.code("nop; ecall").enter(S);
    assertThat(m.run().cause()).isEqualTo(Cause.INTERRUPT | 10);
    assertThat(m.csr(CsrNumber.HSTATUS) & SPV).isZero();
  }

  @Test
  void theHypervisorsOwnInterruptsComeThroughAGuest() {
    m.csr(CsrNumber.MIDELEG, 0x222);
    m.csr(CsrNumber.MIE, 0x200);
    m.csr(CsrNumber.HIDELEG, 0x444);
    m.csr(CsrNumber.VSSTATUS, FS);
    m.hart().raise(Interrupts.SEI, true);
    Trap t = runGuest(S, "nop");
    assertThat(t.to()).isEqualTo(S);
    assertThat(t.cause()).isEqualTo(Cause.INTERRUPT | 9);
    assertThat(m.csr(CsrNumber.HSTATUS) & (SPV | SPVP)).isEqualTo(SPV | SPVP);
  }

  @Test
  void theOrderIsExternalSoftwareTimerAndOwnBeforeGuests() {
    m.csr(CsrNumber.MIDELEG, 0x222);
    m.csr(CsrNumber.HVIP, 0x444);
    m.csr(CsrNumber.MIP, 0x006);
    m.csr(CsrNumber.MIE, 0x446);
    clearStatus(SIE);
    assertThat(runGuest(S, "nop").cause()).isEqualTo(Cause.INTERRUPT | 1);
    backToMachine();
    m.csr(CsrNumber.MIP, 0x004);
    assertThat(runGuest(S, "nop").cause()).isEqualTo(Cause.INTERRUPT | 10);
    backToMachine();
    m.csr(CsrNumber.HVIP, 0x044);
    assertThat(runGuest(S, "nop").cause()).isEqualTo(Cause.INTERRUPT | 2);
    backToMachine();
    m.csr(CsrNumber.HVIP, 0x040);
    assertThat(runGuest(S, "nop").cause()).isEqualTo(Cause.INTERRUPT | 6);
  }

  @Test
  void anInterruptOfTheGuestsIsVectoredByTheNumberThatItKnows() {
    m.csr(CsrNumber.HIDELEG, 0x444);
    pend(1L << 10);
    m.csr(CsrNumber.VSSTATUS, SIE | FS);
    m.csr(CsrNumber.VSTVEC, GUEST_HANDLER - 4 * 9 + 36 | 1);
    m.place(atoll.testkit.MachineFixture.RAM + 0x41000 + 36, "li a5, 99; ecall");
    runGuest();
    enterGuest(S, "nop");
    m.run();
    assertThat(m.x("a5")).isEqualTo(99);
  }

  @Test
  void aGuestThatEnablesInterruptsTakesWhatIsPendingAtOnce() {
    m.csr(CsrNumber.HIDELEG, 0x444);
    pend(1L << 2);
    m.csr(CsrNumber.VSSTATUS, FS);
    Trap t = runGuest(S, "nop; csrsi sstatus, 2; nop; nop");
    assertThat(t.to()).isEqualTo(VIRTUAL_S);
    assertThat(t.cause()).isEqualTo(Cause.INTERRUPT | 1);
    assertThat(t.epc()).isEqualTo(SUPERVISOR_CODE + 8);
  }

  @Test
  void theGuestsTimerFiresByItsOwnTime() {
    m.csr(CsrNumber.MCOUNTEREN, -1L);
    m.csr(CsrNumber.HCOUNTEREN, -1L);
    m.csr(CsrNumber.HIDELEG, 0x444);
    m.csr(CsrNumber.HTIMEDELTA, 1000);
    m.x("a1", 1500);
    runGuest(S, "csrw stimecmp, a1");
    assertThat(m.csr(CsrNumber.VSTIMECMP)).isEqualTo(1500);
    assertThat(m.csr(CsrNumber.STIMECMP)).isEqualTo(-1);
    assertThat(m.csr(CsrNumber.HIP)).isZero();
    m.clock().set(m.clock().nanos() + 49_900);
    assertThat(m.csr(CsrNumber.HIP)).isZero();
    m.clock().set(m.clock().nanos() + 100);
    assertThat(m.csr(CsrNumber.HIP)).isEqualTo(0x040);
    assertThat(m.csr(CsrNumber.VSIP)).isEqualTo(0x020);
    m.csr(CsrNumber.HENVCFG, 0);
    assertThat(m.csr(CsrNumber.HIP)).as("not the timer's any more").isZero();
    m.csr(CsrNumber.HVIP, 0x040);
    assertThat(m.csr(CsrNumber.HIP)).as("the hypervisor's").isEqualTo(0x040);
  }

  @Test
  void aGuestThatWaitsIsWokenByItsTimer() {
    m.csr(CsrNumber.HIDELEG, 0x444);
    m.csr(CsrNumber.HIE, 0x040);
    for (long delta : new long[] {0, 1000, -1000}) {
      long start = m.clock().nanos() / 100;
      m.csr(CsrNumber.HTIMEDELTA, delta);
      m.csr(CsrNumber.VSTIMECMP, start + delta + 500);
      m.csr(CsrNumber.VSSTATUS, FS);
      enterGuest(S, "wfi");
      int reason = Exit.BUDGET;
      for (int i = 0; i < 10 && reason != Exit.HALT; i++) {
        reason = m.hart().run(1);
      }
      assertThat(reason).isEqualTo(Exit.HALT);
      assertThat(m.hart().awake()).isFalse();
      assertThat(m.hart().deadline()).isEqualTo((start + 500) * 100);
      m.clock().set(m.clock().nanos() + 50_000);
      assertThat(m.hart().awake()).isTrue();
      assertThat(runGuest().cause()).isEqualTo(Cause.BREAKPOINT);
      backToMachine();
    }
  }

  @Test
  void anInterruptToMachineModeRemembersTheVirtualMode() {
    m.csr(CsrNumber.MIE, 1L << 11);
    m.hart().raise(Interrupts.MEI, true);
    Trap t = runGuest(U, "nop");
    assertThat(t.to()).isEqualTo(M);
    assertThat(t.cause()).isEqualTo(Cause.INTERRUPT | 11);
    assertThat(m.csr(CsrNumber.MSTATUS) & (MPV | GVA)).isEqualTo(MPV);
  }
}
