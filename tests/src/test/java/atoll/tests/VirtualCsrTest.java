package atoll.tests;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.isa.CsrNumber;
import atoll.testkit.Trap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * The CSRs of the hypervisor extension: what each keeps, and that VS mode reaches its own set by
 * the numbers of an ordinary supervisor's (priv 18.2, 18.4).
 */
class VirtualCsrTest extends Virtualized {
  private static final long FS = 3L << 13;
  private static final long VISIBLE = 1L << 1 | 1L << 5 | 1L << 8 | FS | SUM | MXR;

  @BeforeEach
  void makeTheGuest() {
    virtualizeWithPage(3, 3);
  }

  private long kept(int csr, long value) {
    m.csr(csr, value);
    return m.csr(csr);
  }

  @Test
  void hstatusHoldsItsFieldsAndSaysThatGuestsHave64Bits() {
    long fields = HS_GVA | SPV | SPVP | HU | VTVM | VTW | VTSR;
    assertThat(kept(CsrNumber.HSTATUS, -1L)).isEqualTo(fields | 2L << 32);
    assertThat(kept(CsrNumber.HSTATUS, 0)).isEqualTo(2L << 32);
  }

  @Test
  void delegationToAGuestHoldsWhatAGuestCanCause() {
    assertThat(kept(CsrNumber.HEDELEG, -1L)).isEqualTo(0xcb1ff);
    assertThat(kept(CsrNumber.HIDELEG, -1L)).isEqualTo(0x444);
    assertThat(kept(CsrNumber.HIE, -1L)).isEqualTo(0x444);
    assertThat(kept(CsrNumber.HVIP, -1L)).isEqualTo(0x444);
    assertThat(kept(CsrNumber.HVIP, 0)).isZero();
    assertThat(kept(CsrNumber.HIP, -1L)).as("VSSIP only").isEqualTo(0x004);
    assertThat(kept(CsrNumber.HCOUNTEREN, -1L)).isEqualTo(0xffff_ffffL);
  }

  @Test
  void thereAreNoGuestExternalInterrupts() {
    assertThat(kept(CsrNumber.HGEIE, -1L)).isZero();
    assertThat(m.csr(CsrNumber.HGEIP)).isZero();
    m.csr(CsrNumber.HSTATUS, 0x3fL << 12);
    assertThat(m.csr(CsrNumber.HSTATUS) >>> 12 & 0x3f).as("VGEIN").isZero();
  }

  @Test
  void trapRegistersKeepWhatIsWritten() {
    for (int csr :
        new int[] {
          CsrNumber.HTVAL,
          CsrNumber.HTINST,
          CsrNumber.MTVAL2,
          CsrNumber.MTINST,
          CsrNumber.VSSCRATCH,
          CsrNumber.VSCAUSE,
          CsrNumber.VSTVAL,
          CsrNumber.HTIMEDELTA,
          CsrNumber.VSTIMECMP
        }) {
      assertThat(kept(csr, 0x8123_4567_89ab_cdefL)).isEqualTo(0x8123_4567_89ab_cdefL);
    }
    assertThat(kept(CsrNumber.VSEPC, -1L)).isEqualTo(-2);
    assertThat(kept(CsrNumber.VSTVEC, 0x1003) & 3).isLessThan(2);
  }

  @Test
  void henvcfgHoldsOnlyWhatTheMachineHasEnabled() {
    long always = 1 | 3L << 4 | 1L << 6 | 1L << 7;
    m.csr(CsrNumber.MENVCFG, 0);
    assertThat(kept(CsrNumber.HENVCFG, -1L)).isEqualTo(always);
    for (long shared : new long[] {ADUE, PBMTE, STCE}) {
      m.csr(CsrNumber.MENVCFG, shared);
      assertThat(kept(CsrNumber.HENVCFG, -1L)).isEqualTo(always | shared);
    }
    assertThat(kept(CsrNumber.HENVCFG, 2L << 4) >>> 4 & 3).as("CBIE 2").isNotEqualTo(2);
  }

  @Test
  void hgatpKeepsItsModeWhereTheNewOneIsReserved() {
    for (long mode : new long[] {8, 9, 10}) {
      assertThat(kept(CsrNumber.HGATP, mode << 60 | 0x3fffL << 44 | 0xfffL))
          .isEqualTo(mode << 60 | 0x3fffL << 44 | 0xffcL);
      assertThat(kept(CsrNumber.HGATP, 5L << 60 | 3L << 44 | 0x1000))
          .isEqualTo(mode << 60 | 3L << 44 | 0x1000);
    }
    assertThat(kept(CsrNumber.HGATP, 0)).isZero();
    assertThat(kept(CsrNumber.HGATP, 8L << 60 | 3L << 58)).isEqualTo(8L << 60);
  }

  @Test
  void aReservedModeInVsatpChangesNothing() {
    for (long mode : new long[] {8, 9, 10}) {
      assertThat(kept(CsrNumber.VSATP, mode << 60 | 1)).isEqualTo(mode << 60 | 1);
      assertThat(kept(CsrNumber.VSATP, 5L << 60 | 2)).isEqualTo(mode << 60 | 1);
    }
    assertThat(kept(CsrNumber.VSATP, 0)).isZero();
    assertThat(kept(CsrNumber.VSATP, 0x1234L << 44 | 5)).isEqualTo(0x1234L << 44 | 5);
  }

  @Test
  void vsstatusHoldsWhatSstatusDoes() {
    assertThat(kept(CsrNumber.VSSTATUS, -1L)).isEqualTo(VISIBLE | 2L << 32 | 1L << 63);
    assertThat(kept(CsrNumber.VSSTATUS, 0)).isEqualTo(2L << 32);
    assertThat(kept(CsrNumber.VSSTATUS, 1L << 13)).isEqualTo(2L << 32 | 1L << 13);
  }

  @Test
  void aGuestReachesItsOwnRegistersByTheSupervisorsNumbers() {
    String[] names = {"sscratch", "scause", "stval", "sepc", "stvec"};
    int[] own = {
      CsrNumber.SSCRATCH, CsrNumber.SCAUSE, CsrNumber.STVAL, CsrNumber.SEPC, CsrNumber.STVEC
    };
    int[] guest = {
      CsrNumber.VSSCRATCH, CsrNumber.VSCAUSE, CsrNumber.VSTVAL, CsrNumber.VSEPC, CsrNumber.VSTVEC
    };
    for (int i = 0; i < names.length; i++) {
      m.csr(own[i], 0x100);
      m.csr(guest[i], 0x200);
      m.x("a1", 0x300);
      runGuest(S, "csrrw a0, %s, a1; csrr a2, %s".formatted(names[i], names[i]));
      assertThat(m.x("a0")).as(names[i]).isEqualTo(0x200);
      assertThat(m.x("a2")).isEqualTo(0x300);
      assertThat(m.csr(guest[i])).isEqualTo(0x300);
      assertThat(m.csr(own[i])).isEqualTo(0x100);
    }
  }

  @Test
  void aGuestsSstatusIsItsOwn() {
    m.csr(CsrNumber.SSTATUS, SUM | FS);
    m.csr(CsrNumber.VSSTATUS, 1L << 5 | FS);
    long own = m.csr(CsrNumber.SSTATUS);
    m.x("a1", SUM | MXR);
    m.x("a3", MXR);
    runGuest(S, "csrrs a0, sstatus, a1; csrr a2, sstatus; csrrc zero, sstatus, a3");
    assertThat(m.x("a0")).isEqualTo(1L << 5 | FS | 2L << 32 | 1L << 63);
    assertThat(m.x("a2")).isEqualTo(m.x("a0") | SUM | MXR);
    assertThat(m.csr(CsrNumber.VSSTATUS)).isEqualTo(m.x("a0") | SUM);
    assertThat(m.csr(CsrNumber.SSTATUS)).isEqualTo(own);
  }

  @Test
  void whatTheMonitorReadsWhileAGuestRunsIsWhatMachineModeWouldRead() {
    m.csr(CsrNumber.SSCRATCH, 1);
    m.csr(CsrNumber.VSSCRATCH, 2);
    m.csr(CsrNumber.SSTATUS, SUM | FS);
    m.csr(CsrNumber.VSSTATUS, MXR | FS);
    enterGuest(S, "nop");
    m.step();
    assertThat(m.hart().virtual()).isTrue();
    assertThat(m.csr(CsrNumber.SSCRATCH)).isEqualTo(1);
    assertThat(m.csr(CsrNumber.VSSCRATCH)).isEqualTo(2);
    assertThat(m.csr(CsrNumber.SSTATUS) & (SUM | MXR)).isEqualTo(SUM);
    assertThat(m.csr(CsrNumber.VSSTATUS) & (SUM | MXR)).isEqualTo(MXR);
    m.csr(CsrNumber.VSSCRATCH, 3);
    m.csr(CsrNumber.SSCRATCH, 4);
    m.place(atoll.testkit.MachineFixture.RAM + 0x40000, "csrr a0, sscratch; ebreak");
    runGuest();
    assertThat(m.x("a0")).isEqualTo(3);
    assertThat(m.csr(CsrNumber.SSCRATCH)).isEqualTo(4);
  }

  @Test
  void aGuestsSatpIsVsatp() {
    long own = m.csr(CsrNumber.SATP);
    m.x("a1", first.satp(9));
    Trap t = runGuest(S, "csrrw a0, satp, a1; sfence.vma");
    assertThat(t.epc()).as("its code is still mapped").isEqualTo(SUPERVISOR_CODE + 8);
    assertThat(m.x("a0")).isEqualTo(first.satp(1));
    assertThat(m.csr(CsrNumber.VSATP)).isEqualTo(first.satp(9));
    assertThat(m.csr(CsrNumber.SATP)).isEqualTo(own);
    m.x("a1", 5L << 60 | 7);
    runGuest(S, "csrw satp, a1");
    assertThat(m.csr(CsrNumber.VSATP)).as("a reserved mode").isEqualTo(first.satp(9));
  }

  @Test
  void floatingPointThatAGuestUsesIsMarkedAtBothLevels() {
    for (String use : new String[] {"fmv.d.x fa0, a0", "csrw fcsr, zero", "fld fa0, 8(a1)"}) {
      clearStatus(FS);
      setStatus(1L << 13);
      m.csr(CsrNumber.VSSTATUS, 1L << 13);
      m.x("a1", VA);
      runGuest(S, use);
      assertThat(m.csr(CsrNumber.VSSTATUS) & FS).as(use).isEqualTo(FS);
      assertThat(m.csr(CsrNumber.SSTATUS) & FS).as(use).isEqualTo(FS);
    }
    // The guest's own says dirty already; the hypervisor's must still be told.
    clearStatus(FS);
    setStatus(2L << 13);
    m.csr(CsrNumber.VSSTATUS, FS);
    m.x("a0", 0x4000_0000_0000_0000L);
    runGuest(S, "fmv.d.x fa0, a0; fadd.d fa1, fa0, fa0");
    assertThat(m.csr(CsrNumber.SSTATUS) & FS).isEqualTo(FS);
    assertThat(m.hart().f(11)).isEqualTo(0x4010_0000_0000_0000L);
  }

  @Test
  void floatingPointThatAGuestTurnsOnByItselfIsStillTheHypervisorsToAllow() {
    clearStatus(FS);
    setStatus(1L << 13);
    m.csr(CsrNumber.VSSTATUS, 0);
    m.x("a1", FS).x("a0", 0x3ff0_0000_0000_0000L);
    runGuest(S, "csrs sstatus, a1; fmv.d.x fa0, a0; fadd.d fa0, fa0, fa0");
    assertThat(m.hart().f(10)).isEqualTo(0x4000_0000_0000_0000L);
    assertThat(m.csr(CsrNumber.SSTATUS) & FS).isEqualTo(FS);
    clearStatus(FS);
    m.csr(CsrNumber.VSSTATUS, 0);
    m.x("a1", FS);
    Trap t = runGuest(S, "csrs sstatus, a1; fmv.d.x fa0, a0");
    assertThat(t.cause()).isEqualTo(atoll.isa.Cause.ILLEGAL_INSTRUCTION);
  }

  @Test
  void aGuestsTimeIsAheadByTheDelta() {
    m.csr(CsrNumber.MCOUNTEREN, -1L);
    m.csr(CsrNumber.HCOUNTEREN, -1L);
    m.csr(CsrNumber.SCOUNTEREN, -1L);
    m.clock().set(m.clock().nanos() + 5_000_000);
    for (long delta : new long[] {0, 12345, -50_000}) {
      m.csr(CsrNumber.HTIMEDELTA, delta);
      for (int mode : new int[] {U, S}) {
        runGuest(mode, "csrr a0, time");
        assertThat(m.x("a0")).isEqualTo(50_000 + delta);
      }
      m.runToBreak("csrr a0, time");
      assertThat(m.x("a0")).isEqualTo(50_000);
    }
  }

  @Test
  void tvmTrapsTheHypervisorsHgatpAndItsFence() {
    long tvm = 1L << 20;
    for (String instruction :
        new String[] {"csrr a0, hgatp", "hfence.gvma a0, a1", "hinval.gvma a0, a1"}) {
      for (long status : new long[] {0, tvm}) {
        virtualize(3, 3);
        setStatus(status);
        m.code(instruction + "; ebreak").enter(S);
        assertThat(m.run().cause())
            .as(instruction)
            .isEqualTo(
                status == 0 ? atoll.isa.Cause.BREAKPOINT : atoll.isa.Cause.ILLEGAL_INSTRUCTION);
      }
    }
    virtualize(3, 3);
    setStatus(tvm);
    m.code("hfence.vvma a0, a1; csrr a0, vsatp; ebreak").enter(S);
    assertThat(m.run().cause()).as("not the guest's").isEqualTo(atoll.isa.Cause.BREAKPOINT);
  }
}
