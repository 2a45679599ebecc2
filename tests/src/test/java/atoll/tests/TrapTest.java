package atoll.tests;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.isa.Cause;
import atoll.isa.CsrNumber;
import atoll.testkit.MachineFixture;
import atoll.testkit.Trap;
import org.junit.jupiter.api.Test;

/** Entry to and return from traps, and their delegation (priv 3.1.6 to 3.1.16, 3.3.2). */
class TrapTest extends Conformance {
  private static final long SIE = 1L << 1;
  private static final long MIE = 1L << 3;
  private static final long SPIE = 1L << 5;
  private static final long MPIE = 1L << 7;
  private static final long SPP = 1L << 8;
  private static final long MPP = 3L << 11;
  private static final long MPRV = 1L << 17;

  private static final long CODE = MachineFixture.CODE;

  @Test
  void environmentCallsReportTheModeThatMadeThem() {
    for (int mode : new int[] {U, S, M}) {
      m.reset();
      Trap t = runIn(mode, "nop; ecall");
      assertThat(t).isEqualTo(new Trap(8 + mode, CODE + 4, 0, mode, M));
    }
  }

  @Test
  void breakpointsReportTheirAddressOrZero() {
    Trap t = runIn(U, "nop");
    assertThat(t.cause()).isEqualTo(Cause.BREAKPOINT);
    assertThat(t.epc()).isEqualTo(CODE + 4);
    assertThat(t.tval()).isIn(0L, CODE + 4);
  }

  @Test
  void anIllegalInstructionReportsItsBits() {
    m.memory().putInt(CODE, 0x0000_707b);
    m.hart().pc(CODE);
    assertThat(m.run()).isEqualTo(new Trap(Cause.ILLEGAL_INSTRUCTION, CODE, 0x707b, M, M));
    m.memory().putInt(CODE, 0x1234_0000);
    m.hart().pc(CODE);
    assertThat(m.run()).isEqualTo(new Trap(Cause.ILLEGAL_INSTRUCTION, CODE, 0, M, M));
  }

  @Test
  void anIllegalInstructionAcrossTwoPagesReportsAllItsBits() {
    long at = CODE + 4096 - 2;
    m.memory().putInt(at, 0xffff_ffff);
    m.hart().pc(at);
    assertThat(m.run()).isEqualTo(new Trap(Cause.ILLEGAL_INSTRUCTION, at, 0xffff_ffffL, M, M));
  }

  @Test
  void aFetchWhereNothingIsFaultsAtItsTarget() {
    for (long target : new long[] {0x1000, 0x4000_0000L, 1L << 56, -4096}) {
      Trap t = runIn(M, "li a0, %d; jr a0".formatted(target));
      assertThat(t).isEqualTo(new Trap(Cause.INSTRUCTION_ACCESS_FAULT, target, target, M, M));
    }
  }

  @Test
  void anInstructionWhoseSecondHalfCannotBeFetchedFaultsAtThatHalf() {
    long at = MachineFixture.RAM + MachineFixture.RAM_SIZE - 2;
    m.memory().putShort(at, (short) 0x0013); // the low half of a 32-bit instruction
    m.hart().pc(at);
    assertThat(m.run()).isEqualTo(new Trap(Cause.INSTRUCTION_ACCESS_FAULT, at, at + 2, M, M));
  }

  @Test
  void aTrapToMStacksModeAndInterruptEnable() {
    for (int mode : new int[] {U, S, M}) {
      for (boolean enabled : new boolean[] {false, true}) {
        m.reset();
        m.code("ecall");
        if (mode != M) {
          m.enter(mode);
        }
        clearStatus(MIE | MPIE);
        setStatus(enabled ? MIE : MPIE);
        m.run();
        long status = m.csr(CsrNumber.MSTATUS);
        assertThat(status & MPP).isEqualTo((long) mode << 11);
        assertThat(status & MPIE).isEqualTo(enabled ? MPIE : 0);
        assertThat(status & MIE).isZero();
      }
    }
  }

  @Test
  void aTrapToSStacksModeAndInterruptEnable() {
    for (int mode : new int[] {U, S}) {
      for (boolean enabled : new boolean[] {false, true}) {
        m.reset();
        m.csr(CsrNumber.MEDELEG, -1L);
        m.code("ecall").enter(mode);
        clearStatus(SIE | SPIE | SPP);
        setStatus(enabled ? SIE : SPIE);
        long before = m.csr(CsrNumber.MSTATUS);
        Trap t = m.run();
        assertThat(t).isEqualTo(new Trap(8 + mode, CODE, 0, mode, S));
        long status = m.csr(CsrNumber.MSTATUS);
        assertThat(status & SPIE).isEqualTo(enabled ? SPIE : 0);
        assertThat(status & SIE).isZero();
        assertThat(status & (MPP | MPIE | MIE)).isEqualTo(before & (MPP | MPIE | MIE));
      }
    }
  }

  @Test
  void anExceptionIsDelegatedByItsBitAloneAndNeverFromM() {
    for (int cause : new int[] {2, 3, 5, 7, 8, 9}) {
      String code =
          switch (cause) {
            case 2 -> "unimp";
            case 3 -> "ebreak";
            case 5 -> "li a0, 0x1000; lw a1, 0(a0)";
            case 7 -> "li a0, 0x1000; sw a1, 0(a0)";
            default -> "ecall";
          };
      for (int mode : new int[] {U, S, M}) {
        if ((cause == 8 && mode != U) || (cause == 9 && mode != S)) {
          continue;
        }
        m.reset();
        m.csr(CsrNumber.MEDELEG, 1L << cause);
        Trap t = runIn(mode, code);
        assertThat(t.to()).as("cause %d from %d", cause, mode).isEqualTo(mode == M ? M : S);
        assertThat(t.cause()).isEqualTo(cause);
        assertThat(t.from()).isEqualTo(mode);
        m.reset();
        m.csr(CsrNumber.MEDELEG, ~(1L << cause));
        t = runIn(mode, code);
        assertThat(t.to()).isEqualTo(M);
        assertThat(t.cause()).isEqualTo(cause);
      }
    }
  }

  @Test
  void aDelegatedTrapLeavesTheMachineRegistersAlone() {
    m.csr(CsrNumber.MEDELEG, -1L);
    m.code("ecall").enter(U);
    m.csr(CsrNumber.MEPC, 0x1234);
    m.csr(CsrNumber.MCAUSE, 0x55);
    m.csr(CsrNumber.MTVAL, 0x66);
    m.run();
    assertThat(m.csr(CsrNumber.MEPC)).isEqualTo(0x1234);
    assertThat(m.csr(CsrNumber.MCAUSE)).isEqualTo(0x55);
    assertThat(m.csr(CsrNumber.MTVAL)).isEqualTo(0x66);
  }

  @Test
  void exceptionsGoToTheBaseEvenWhereInterruptsAreVectored() {
    m.csr(CsrNumber.MTVEC, MachineFixture.MACHINE_TRAP | 1);
    assertThat(runIn(M, "ecall").cause()).isEqualTo(Cause.ECALL_M);
  }

  @Test
  void mretRestoresModeAndInterruptEnable() {
    for (int mode : new int[] {U, S, M}) {
      for (boolean enabled : new boolean[] {false, true}) {
        m.reset();
        m.openMemory();
        m.csr(CsrNumber.MSTATUS, (long) mode << 11 | (enabled ? MPIE : MIE));
        m.csr(CsrNumber.MEPC, CODE + 0x100);
        m.code("mret");
        m.step();
        assertThat(m.hart().privilege()).isEqualTo(mode);
        assertThat(m.hart().pc()).isEqualTo(CODE + 0x100);
        long status = m.csr(CsrNumber.MSTATUS);
        assertThat(status & MIE).isEqualTo(enabled ? MIE : 0);
        assertThat(status & MPIE).isEqualTo(MPIE);
        assertThat(status & MPP).isZero();
      }
    }
  }

  @Test
  void sretRestoresModeAndInterruptEnable() {
    for (int from : new int[] {S, M}) {
      for (int mode : new int[] {U, S}) {
        for (boolean enabled : new boolean[] {false, true}) {
          m.reset();
          m.code("sret");
          if (from == S) {
            m.enter(S);
          }
          clearStatus(SPP | SIE | SPIE);
          setStatus((mode == S ? SPP : 0) | (enabled ? SPIE : SIE));
          m.csr(CsrNumber.SEPC, CODE + 0x100);
          m.step();
          assertThat(m.hart().privilege()).isEqualTo(mode);
          assertThat(m.hart().pc()).isEqualTo(CODE + 0x100);
          long status = m.csr(CsrNumber.MSTATUS);
          assertThat(status & SIE).isEqualTo(enabled ? SIE : 0);
          assertThat(status & SPIE).isEqualTo(SPIE);
          assertThat(status & SPP).isZero();
        }
      }
    }
  }

  @Test
  void returningBelowMClearsMprvAndReturningToMKeepsIt() {
    for (int mode : new int[] {U, S, M}) {
      m.reset();
      m.openMemory();
      m.csr(CsrNumber.MSTATUS, (long) mode << 11 | MPRV);
      m.csr(CsrNumber.MEPC, CODE + 0x100);
      m.code("mret");
      m.step();
      assertThat(m.csr(CsrNumber.MSTATUS) & MPRV).isEqualTo(mode == M ? MPRV : 0);
    }
    m.reset();
    m.csr(CsrNumber.MSTATUS, MPRV | 3L << 11);
    m.code("sret");
    m.step();
    assertThat(m.csr(CsrNumber.MSTATUS) & MPRV).isZero();
  }

  @Test
  void returnsAreIllegalBelowTheirMode() {
    assertThat(runIn(U, "mret").cause()).isEqualTo(Cause.ILLEGAL_INSTRUCTION);
    m.reset();
    assertThat(runIn(S, "mret").cause()).isEqualTo(Cause.ILLEGAL_INSTRUCTION);
    m.reset();
    assertThat(runIn(U, "sret").cause()).isEqualTo(Cause.ILLEGAL_INSTRUCTION);
  }

  @Test
  void tsrMakesSretIllegalInS() {
    setStatus(1L << 22);
    assertThat(runIn(S, "sret").cause()).isEqualTo(Cause.ILLEGAL_INSTRUCTION);
  }

  @Test
  void aTrapInTheHandlerOverwritesTheFirst() {
    m.csr(CsrNumber.MTVEC, CODE + 0x800);
    m.place(CODE + 0x800, "la t0, 1f; csrw mtvec, t0; unimp; 1: j 1b");
    m.code("ecall");
    for (int i = 0; i < 20; i++) {
      m.step();
    }
    assertThat(m.csr(CsrNumber.MCAUSE)).isEqualTo(Cause.ILLEGAL_INSTRUCTION);
    assertThat(m.csr(CsrNumber.MEPC)).isBetween(CODE + 0x800, CODE + 0x820);
  }

  @Test
  void anExceptionDoesNotRetireItsInstruction() {
    m.csr(CsrNumber.MTVEC, CODE + 0x800);
    m.place(CODE + 0x800, "csrr a1, minstret; ebreak");
    m.code("csrr a0, minstret; nop; unimp");
    for (int i = 0; i < 4; i++) {
      m.step();
    }
    assertThat(m.x("a1") - m.x("a0")).isEqualTo(2); // the first csrr and the nop
  }
}
