package atoll.tests;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.isa.CsrNumber;
import org.junit.jupiter.api.Test;

/** What each CSR keeps of what is written: WARL fields hold legal values only (priv 2.3). */
class CsrFieldTest extends Conformance {
  private long kept(int csr, long value) {
    m.csr(CsrNumber.MSCRATCH, value);
    int word = csr << 20 | 10 << 15 | 1 << 12 | 0x73; // csrw csr, a0
    m.x("a0", value);
    m.memory().putInt(atoll.testkit.MachineFixture.CODE, word);
    m.memory().putInt(atoll.testkit.MachineFixture.CODE + 4, csr << 20 | 2 << 12 | 11 << 7 | 0x73);
    m.memory().putInt(atoll.testkit.MachineFixture.CODE + 8, 0x00100073);
    m.hart().pc(atoll.testkit.MachineFixture.CODE);
    m.step();
    m.step();
    return m.x("a1");
  }

  @Test
  void mstatusHoldsItsFieldsAndNothingElse() {
    long writable =
        1L << 1 | 1L << 3 | 1L << 5 | 1L << 7 | 1L << 8 | 3L << 11 | 3L << 13 | 0x7eL << 16;
    writable |= 3L << 38; // GVA and MPV
    long fixed = 2L << 32 | 2L << 34; // UXL and SXL: 64 bits
    assertThat(kept(CsrNumber.MSTATUS, -1L)).isEqualTo(writable | fixed | 1L << 63);
    assertThat(kept(CsrNumber.MSTATUS, 0)).isEqualTo(fixed);
  }

  @Test
  void mppHoldsOnlyModesThatExist() {
    long mpp = 3L << 11;
    for (long mode : new long[] {0, 1, 3}) {
      assertThat(kept(CsrNumber.MSTATUS, mode << 11) & mpp).isEqualTo(mode << 11);
    }
    assertThat(kept(CsrNumber.MSTATUS, 2L << 11) & mpp).isNotEqualTo(2L << 11);
  }

  @Test
  void sdTellsWhetherFsIsDirty() {
    for (long fs = 0; fs < 4; fs++) {
      long v = kept(CsrNumber.MSTATUS, fs << 13);
      assertThat(v >>> 13 & 3).isEqualTo(fs);
      assertThat(v < 0).isEqualTo(fs == 3);
      assertThat(m.csr(CsrNumber.SSTATUS) < 0).isEqualTo(fs == 3);
    }
  }

  @Test
  void sstatusIsAViewOfMstatus() {
    kept(CsrNumber.MSTATUS, -1L);
    long visible = 1L << 1 | 1L << 5 | 1L << 8 | 3L << 13 | 3L << 18 | 2L << 32 | 1L << 63;
    assertThat(m.csr(CsrNumber.SSTATUS)).isEqualTo(visible);
    kept(CsrNumber.SSTATUS, 0);
    long machineOnly = 1L << 3 | 1L << 7 | 3L << 11 | 1L << 17 | 7L << 20 | 3L << 38;
    assertThat(m.csr(CsrNumber.MSTATUS)).isEqualTo(machineOnly | 2L << 32 | 2L << 34);
    kept(CsrNumber.MSTATUS, 0);
    kept(CsrNumber.SSTATUS, -1L);
    assertThat(m.csr(CsrNumber.MSTATUS)).isEqualTo(visible | 2L << 34);
  }

  @Test
  void misaSaysRv64imafdchsuAndB() {
    assertThat(m.csr(CsrNumber.MISA)).isEqualTo(2L << 62 | 0x1411af);
    kept(CsrNumber.MISA, 0);
    assertThat(m.csr(CsrNumber.MISA)).isEqualTo(2L << 62 | 0x1411af);
  }

  @Test
  void delegationHoldsWhatCanHappenBelowM() {
    // Ecall from M, double trap and reserved causes cannot be delegated (priv 3.1.8).
    assertThat(kept(CsrNumber.MEDELEG, -1L)).isEqualTo(0xfcb7ff);
    assertThat(kept(CsrNumber.MIDELEG, -1L)).isEqualTo(0x666);
    assertThat(kept(CsrNumber.MEDELEG, 0)).isZero();
    assertThat(kept(CsrNumber.MIDELEG, 0))
        .as("a guest's are never M's (priv 18.4.2)")
        .isEqualTo(0x444);
  }

  @Test
  void interruptEnablesExistForTheStandardInterruptsAndAGuests() {
    assertThat(kept(CsrNumber.MIE, -1L)).isEqualTo(0xeee);
  }

  @Test
  void onlySupervisorBitsOfMipAndVssipAreWritable() {
    m.csr(CsrNumber.MENVCFG, 0); // without Sstc, STIP is M's to write (priv 3.1.9)
    assertThat(kept(CsrNumber.MIP, -1L)).isEqualTo(0x226);
    assertThat(kept(CsrNumber.MIP, 0)).isZero();
  }

  @Test
  void stipIsNotWritableWhereStimecmpDrivesIt() {
    m.csr(CsrNumber.MENVCFG, 1L << 63);
    assertThat(kept(CsrNumber.MIP, -1L)).isEqualTo(0x206);
  }

  @Test
  void sieAndSipShowDelegatedInterruptsOnly() {
    kept(CsrNumber.MIE, -1L);
    m.csr(CsrNumber.MIDELEG, 0x020);
    assertThat(m.csr(CsrNumber.SIE)).isEqualTo(0x020);
    kept(CsrNumber.SIE, 0);
    assertThat(m.csr(CsrNumber.MIE)).isEqualTo(0xeee & ~0x020);
    m.csr(CsrNumber.MIDELEG, 0);
    assertThat(kept(CsrNumber.SIE, -1L)).isZero();
    assertThat(kept(CsrNumber.SIP, -1L)).isZero();
    m.csr(CsrNumber.MIDELEG, 0x222);
    // S may raise and clear its software interrupt, no other (priv 12.1.3).
    assertThat(kept(CsrNumber.SIP, -1L)).isEqualTo(0x002);
    assertThat(kept(CsrNumber.SIP, 0)).isZero();
  }

  @Test
  void trapVectorsAreAlignedAndKnowTwoModes() {
    for (int csr : new int[] {CsrNumber.MTVEC, CsrNumber.STVEC}) {
      assertThat(kept(csr, 0x8000_1000L)).isEqualTo(0x8000_1000L);
      assertThat(kept(csr, 0x8000_1001L)).isEqualTo(0x8000_1001L);
      assertThat(kept(csr, 0x8000_1002L) & 3).isLessThan(2);
      assertThat(kept(csr, 0x8000_1003L) & 3).isLessThan(2);
      assertThat(kept(csr, -4L)).isEqualTo(-4);
    }
  }

  @Test
  void exceptionPcsAreEven() {
    for (int csr : new int[] {CsrNumber.MEPC, CsrNumber.SEPC}) {
      assertThat(kept(csr, -1L)).isEqualTo(-2);
      assertThat(kept(csr, 0x8000_0002L)).isEqualTo(0x8000_0002L);
    }
  }

  @Test
  void scratchTvalAndCauseKeepWhatIsWritten() {
    for (int csr :
        new int[] {CsrNumber.MSCRATCH, CsrNumber.SSCRATCH, CsrNumber.MTVAL, CsrNumber.STVAL}) {
      assertThat(kept(csr, 0x8123_4567_89ab_cdefL)).isEqualTo(0x8123_4567_89ab_cdefL);
    }
    for (int csr : new int[] {CsrNumber.MCAUSE, CsrNumber.SCAUSE}) {
      assertThat(kept(csr, 1L << 63 | 9)).isEqualTo(1L << 63 | 9);
      assertThat(kept(csr, 15)).isEqualTo(15);
    }
  }

  @Test
  void aWriteOfSatpWithAReservedModeHasNoEffectAtAll() {
    long sv39 = 8L << 60 | 0x1234L << 44 | 0x80200;
    assertThat(kept(CsrNumber.SATP, sv39)).isEqualTo(sv39);
    for (long mode : new long[] {1, 2, 7, 11, 12, 13, 14, 15}) {
      assertThat(kept(CsrNumber.SATP, mode << 60 | 0x5)).as("mode %d", mode).isEqualTo(sv39);
    }
    assertThat(kept(CsrNumber.SATP, 9L << 60 | 0x5)).isEqualTo(9L << 60 | 0x5);
    assertThat(kept(CsrNumber.SATP, 10L << 60 | 0x5)).isEqualTo(10L << 60 | 0x5);
    assertThat(kept(CsrNumber.SATP, 0)).isZero();
    assertThat(kept(CsrNumber.SATP, 0x1234L << 44 | 0x80200)).isEqualTo(0x1234L << 44 | 0x80200);
    long all = 8L << 60 | 0xffffL << 44 | (1L << 44) - 1;
    assertThat(kept(CsrNumber.SATP, all)).isEqualTo(all);
  }

  @Test
  void environmentConfigurationHoldsTheExtensionsThatExist() {
    long cache = 1L << 6 | 1L << 7;
    long machine = kept(CsrNumber.MENVCFG, -1L);
    assertThat(machine).isEqualTo(1L << 63 | 1L << 62 | 1L << 61 | 3L << 4 | cache | 1);
    assertThat(kept(CsrNumber.SENVCFG, -1L)).isEqualTo(3L << 4 | cache | 1);
    for (int csr : new int[] {CsrNumber.MENVCFG, CsrNumber.SENVCFG}) {
      assertThat(kept(csr, 1L << 4) >>> 4 & 3).isEqualTo(1);
      assertThat(kept(csr, 2L << 4) >>> 4 & 3).as("CBIE 2 is reserved").isNotEqualTo(2);
    }
  }

  @Test
  void counterEnablesAreThirtyTwoBits() {
    assertThat(kept(CsrNumber.MCOUNTEREN, -1L)).isEqualTo(0xffff_ffffL);
    assertThat(kept(CsrNumber.SCOUNTEREN, -1L)).isEqualTo(0xffff_ffffL);
  }

  @Test
  void timeCannotBeInhibited() {
    assertThat(kept(CsrNumber.MCOUNTINHIBIT, -1L) & 2).isZero();
  }

  @Test
  void fcsrIsFrmAndFflags() {
    assertThat(kept(CsrNumber.FCSR, -1L)).isEqualTo(0xff);
    assertThat(m.csr(CsrNumber.FRM)).isEqualTo(7);
    assertThat(m.csr(CsrNumber.FFLAGS)).isEqualTo(0x1f);
    assertThat(kept(CsrNumber.FRM, 5)).isEqualTo(5);
    assertThat(kept(CsrNumber.FFLAGS, 0xfff0)).isEqualTo(0x10);
    assertThat(m.csr(CsrNumber.FCSR)).isEqualTo(5 << 5 | 0x10);
  }

  @Test
  void pmpAddressesHoldFiftyFourBits() {
    for (int i = 0; i < 16; i++) {
      assertThat(kept(CsrNumber.PMPADDR0 + i, -1L)).isEqualTo((1L << 54) - 1);
    }
    assertThat(kept(CsrNumber.PMPADDR0 + 16, -1L)).isZero();
    assertThat(kept(CsrNumber.PMPADDR0 + 63, -1L)).isZero();
  }

  @Test
  void pmpConfigurationsKeepNoReservedCombination() {
    // R=0 W=1 is reserved, bits 5 and 6 are zero (priv 3.7.1).
    for (int entry = 0; entry < 8; entry++) {
      long got = kept(CsrNumber.PMPCFG0, 0x7fL << 8 * entry) >>> 8 * entry & 0xff;
      assertThat(got).isEqualTo(0x1f);
      got = kept(CsrNumber.PMPCFG0, 0x1aL << 8 * entry) >>> 8 * entry & 0xff;
      assertThat(got & 3).isNotEqualTo(2);
    }
    assertThat(kept(CsrNumber.PMPCFG0 + 4, -1L)).isZero();
  }

  @Test
  void theHartKnowsItsNumber() {
    assertThat(m.csr(CsrNumber.MHARTID)).isZero();
  }
}
