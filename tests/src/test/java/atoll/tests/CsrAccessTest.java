package atoll.tests;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.isa.Cause;
import atoll.isa.CsrNumber;
import atoll.testkit.MachineFixture;
import atoll.testkit.Trap;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/**
 * Which CSRs there are, who may touch them, and what the six instructions do (unpriv 6, priv 2).
 */
class CsrAccessTest extends Conformance {
  private static final long TVM = 1L << 20;

  /** The level of S mode where there is a hypervisor extension (priv 18.1). */
  private static final int HS = 2;

  /** Every CSR of the machine by number; any other number is illegal. */
  static Set<Integer> present() {
    Set<Integer> all = new TreeSet<>();
    all.addAll(List.of(CsrNumber.FFLAGS, CsrNumber.FRM, CsrNumber.FCSR));
    all.addAll(
        List.of(
            CsrNumber.SSTATUS,
            CsrNumber.SIE,
            CsrNumber.STVEC,
            CsrNumber.SCOUNTEREN,
            CsrNumber.SENVCFG,
            CsrNumber.SSCRATCH,
            CsrNumber.SEPC,
            CsrNumber.SCAUSE,
            CsrNumber.STVAL,
            CsrNumber.SIP,
            CsrNumber.STIMECMP,
            CsrNumber.SATP));
    all.addAll(
        List.of(
            CsrNumber.MVENDORID,
            CsrNumber.MARCHID,
            CsrNumber.MIMPID,
            CsrNumber.MHARTID,
            CsrNumber.MCONFIGPTR,
            CsrNumber.MSTATUS,
            CsrNumber.MISA,
            CsrNumber.MEDELEG,
            CsrNumber.MIDELEG,
            CsrNumber.MIE,
            CsrNumber.MTVEC,
            CsrNumber.MCOUNTEREN,
            CsrNumber.MENVCFG,
            CsrNumber.MCOUNTINHIBIT,
            CsrNumber.MSCRATCH,
            CsrNumber.MEPC,
            CsrNumber.MCAUSE,
            CsrNumber.MTVAL,
            CsrNumber.MIP,
            CsrNumber.MCYCLE,
            CsrNumber.MINSTRET,
            CsrNumber.TSELECT,
            CsrNumber.TDATA1,
            CsrNumber.TDATA2,
            CsrNumber.TDATA3,
            CsrNumber.TINFO));
    all.addAll(
        List.of(
            CsrNumber.HSTATUS,
            CsrNumber.HEDELEG,
            CsrNumber.HIDELEG,
            CsrNumber.HIE,
            CsrNumber.HTIMEDELTA,
            CsrNumber.HCOUNTEREN,
            CsrNumber.HGEIE,
            CsrNumber.HENVCFG,
            CsrNumber.HTVAL,
            CsrNumber.HIP,
            CsrNumber.HVIP,
            CsrNumber.HTINST,
            CsrNumber.HGATP,
            CsrNumber.HGEIP,
            CsrNumber.MTINST,
            CsrNumber.MTVAL2));
    all.addAll(
        List.of(
            CsrNumber.VSSTATUS,
            CsrNumber.VSIE,
            CsrNumber.VSTVEC,
            CsrNumber.VSSCRATCH,
            CsrNumber.VSEPC,
            CsrNumber.VSCAUSE,
            CsrNumber.VSTVAL,
            CsrNumber.VSIP,
            CsrNumber.VSTIMECMP,
            CsrNumber.VSATP));
    for (int i = 0; i < 4; i++) {
      all.add(CsrNumber.SSTATEEN0 + i);
      all.add(CsrNumber.HSTATEEN0 + i);
      all.add(CsrNumber.MSTATEEN0 + i);
    }
    for (int i = 0; i < 32; i++) {
      all.add(CsrNumber.CYCLE + i);
      if (i >= 3) {
        all.add(CsrNumber.MCYCLE + i); // mhpmcounter3 to 31
        all.add(CsrNumber.MCOUNTINHIBIT + i); // mhpmevent3 to 31
      }
    }
    for (int i = 0; i < 64; i++) {
      all.add(CsrNumber.PMPADDR0 + i);
    }
    for (int i = 0; i < 16; i += 2) {
      all.add(CsrNumber.PMPCFG0 + i);
    }
    return all;
  }

  /** Reads without a write: csrrs a0, number, x0. */
  private static int read(int number) {
    return number << 20 | 2 << 12 | 10 << 7 | 0x73;
  }

  /** Writes without changing a bit, but a write all the same: csrrc a0, number, a1 with a1 = 0. */
  private static int write(int number) {
    return number << 20 | 11 << 15 | 3 << 12 | 10 << 7 | 0x73;
  }

  private Trap execute(int privilege, int word) {
    m.reset();
    m.csr(CsrNumber.MCOUNTEREN, -1L);
    m.csr(CsrNumber.SCOUNTEREN, -1L);
    m.csr(CsrNumber.MENVCFG, -1L & ~(3L << 4)); // STCE and all else
    for (int i = 0; i < 4; i++) {
      m.csr(CsrNumber.MSTATEEN0 + i, -1L);
    }
    m.memory().putInt(MachineFixture.CODE, word);
    m.memory().putInt(MachineFixture.CODE + 4, 0x00100073); // ebreak
    if (privilege != M) {
      m.enter(privilege);
    }
    return m.run();
  }

  @Test
  void everyNumberIsEitherACsrOfTheMachineOrIllegalInAllModes() {
    Set<Integer> present = present();
    for (int privilege : new int[] {M, S, U}) {
      for (int number = 0; number < 4096; number++) {
        int level = privilege == S ? HS : privilege;
        boolean allowed = present.contains(number) && level >= (number >>> 8 & 3);
        Trap t = execute(privilege, read(number));
        assertThat(t.cause())
            .as("read of 0x%03x in mode %d", number, privilege)
            .isEqualTo(allowed ? Cause.BREAKPOINT : Cause.ILLEGAL_INSTRUCTION);
        if (!allowed) {
          assertThat(t.tval()).isEqualTo(read(number) & 0xffff_ffffL);
          assertThat(t.epc()).isEqualTo(MachineFixture.CODE);
          assertThat(t.from()).isEqualTo(privilege);
        }
      }
    }
  }

  @Test
  void aWriteToAReadOnlyNumberIsIllegalInEveryMode() {
    for (int number : present()) {
      boolean readOnly = number >>> 10 == 3;
      if (number == CsrNumber.MSTATUS) {
        continue;
      }
      assertThat(execute(M, write(number)).cause())
          .as("0x%03x", number)
          .isEqualTo(readOnly ? Cause.ILLEGAL_INSTRUCTION : Cause.BREAKPOINT);
    }
  }

  @Test
  void anIllegalAccessChangesNothing() {
    m.csr(CsrNumber.MSCRATCH, 5);
    m.code("li a0, 7; li a1, 9; csrrw a0, mscratch, a1; ebreak").enter(S);
    m.run();
    assertThat(m.x("a0")).isEqualTo(7);
    assertThat(m.csr(CsrNumber.MSCRATCH)).isEqualTo(5);
  }

  @Test
  void theSixInstructionsReadAndModify() {
    m.runToBreak(
        """
        li t0, 0xff
        csrrw zero, mscratch, t0
        li t1, 0xf00
        csrrs a0, mscratch, t1
        li t2, 0x0f
        csrrc a1, mscratch, t2
        csrrwi a2, mscratch, 21
        csrrsi a3, mscratch, 10
        csrrci a4, mscratch, 1
        csrr a5, mscratch
        """);
    assertThat(m.x("a0")).isEqualTo(0xff);
    assertThat(m.x("a1")).isEqualTo(0xfff);
    assertThat(m.x("a2")).isEqualTo(0xff0);
    assertThat(m.x("a3")).isEqualTo(21);
    assertThat(m.x("a4")).isEqualTo(31);
    assertThat(m.x("a5")).isEqualTo(30);
  }

  @Test
  void sourceAndDestinationMayBeOneRegister() {
    m.csr(CsrNumber.MSCRATCH, 3);
    m.runToBreak("li a0, 4; csrrw a0, mscratch, a0; csrrs a1, mscratch, a0");
    assertThat(m.x("a0")).isEqualTo(3);
    assertThat(m.csr(CsrNumber.MSCRATCH)).isEqualTo(7);
  }

  @Test
  void settingOrClearingWithRegisterZeroIsNoWrite() {
    // csrrs and csrrc with x0, and the immediate forms with 0, may read a read-only CSR (unpriv
    // 6.1).
    m.runToBreak(
        "csrrs a0, mhartid, zero; csrrc a1, mhartid, zero; csrrsi a2, mhartid, 0;"
            + " csrrci a3, mhartid, 0");
    assertThat(runIn(M, "csrrs a0, mhartid, a1").cause()).isEqualTo(Cause.ILLEGAL_INSTRUCTION);
    assertThat(runIn(M, "csrrsi a0, mhartid, 1").cause()).isEqualTo(Cause.ILLEGAL_INSTRUCTION);
    assertThat(runIn(M, "csrrw zero, mhartid, zero").cause()).isEqualTo(Cause.ILLEGAL_INSTRUCTION);
  }

  @Test
  void aSourceRegisterThatHoldsZeroIsAWriteNonetheless() {
    assertThat(runIn(M, "li a1, 0; csrrs a0, mhartid, a1").cause())
        .isEqualTo(Cause.ILLEGAL_INSTRUCTION);
    assertThat(runIn(M, "li a1, 0; csrrc a0, cycle, a1").cause())
        .isEqualTo(Cause.ILLEGAL_INSTRUCTION);
  }

  @Test
  void countersAreSeenBelowMOnlyWhereEnabled() {
    for (int counter = 0; counter < 32; counter++) {
      for (int mask = 0; mask < 4; mask++) {
        for (int privilege : new int[] {M, S, U}) {
          m.reset();
          m.csr(CsrNumber.MCOUNTEREN, (mask & 1) != 0 ? 1L << counter : ~(1L << counter));
          m.csr(CsrNumber.SCOUNTEREN, (mask & 2) != 0 ? 1L << counter : ~(1L << counter));
          m.memory().putInt(MachineFixture.CODE, read(CsrNumber.CYCLE + counter));
          m.memory().putInt(MachineFixture.CODE + 4, 0x00100073);
          if (privilege != M) {
            m.enter(privilege);
          }
          boolean allowed =
              privilege == M || ((mask & 1) != 0 && (privilege == S || (mask & 2) != 0));
          assertThat(m.run().cause())
              .as("counter %d, mask %d, mode %d", counter, mask, privilege)
              .isEqualTo(allowed ? Cause.BREAKPOINT : Cause.ILLEGAL_INSTRUCTION);
        }
      }
    }
  }

  @Test
  void satpTrapsInSWhereTvmIsSet() {
    setStatus(TVM);
    assertThat(runIn(S, "csrr a0, satp").cause()).isEqualTo(Cause.ILLEGAL_INSTRUCTION);
    m.reset();
    setStatus(TVM);
    assertThat(runIn(S, "csrw satp, zero").cause()).isEqualTo(Cause.ILLEGAL_INSTRUCTION);
    m.reset();
    assertThat(runIn(S, "csrr a0, satp; csrw satp, zero").cause()).isEqualTo(Cause.BREAKPOINT);
    m.reset();
    setStatus(TVM);
    assertThat(runIn(M, "csrr a0, satp; csrw satp, zero").cause()).isEqualTo(Cause.BREAKPOINT);
  }

  @Test
  void stimecmpNeedsBothItsEnablesInS() {
    long stce = 1L << 63;
    for (int mask = 0; mask < 4; mask++) {
      m.reset();
      m.csr(CsrNumber.MENVCFG, (mask & 1) != 0 ? stce : 0);
      m.csr(CsrNumber.MCOUNTEREN, (mask & 2) != 0 ? 2 : 0);
      assertThat(runIn(S, "csrr a0, stimecmp").cause())
          .as("mask %d", mask)
          .isEqualTo(mask == 3 ? Cause.BREAKPOINT : Cause.ILLEGAL_INSTRUCTION);
    }
    m.reset();
    m.csr(CsrNumber.MENVCFG, 0);
    m.csr(CsrNumber.MCOUNTEREN, 0);
    assertThat(runIn(M, "csrr a0, stimecmp").cause()).isEqualTo(Cause.BREAKPOINT);
  }

  @Test
  void floatingPointCsrsTrapWhereFsIsOff() {
    for (String csr : List.of("fflags", "frm", "fcsr")) {
      clearStatus(3L << 13);
      assertThat(runIn(M, "csrr a0, " + csr).cause()).isEqualTo(Cause.ILLEGAL_INSTRUCTION);
      setStatus(1L << 13);
      assertThat(runIn(M, "csrr a0, " + csr).cause()).isEqualTo(Cause.BREAKPOINT);
    }
  }
}
