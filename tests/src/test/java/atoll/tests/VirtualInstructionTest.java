package atoll.tests;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.isa.Cause;
import atoll.isa.CsrNumber;
import atoll.isa.Format;
import atoll.isa.Instruction;
import atoll.isa.TrapRule;
import atoll.testkit.Trap;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a guest may not do and its hypervisor does for it, case by case of priv 18.6.1. */
class VirtualInstructionTest extends Virtualized {
  private static final long TVM = 1L << 20;
  private static final long TW = 1L << 21;
  private static final long TSR = 1L << 22;
  private static final long VIRTUAL = Cause.VIRTUAL_INSTRUCTION;
  private static final long ILLEGAL = Cause.ILLEGAL_INSTRUCTION;
  private static final long RUNS = Cause.BREAKPOINT;

  @BeforeEach
  void makeTheGuest() {
    virtualizeWithPage(3, 3);
    m.csr(CsrNumber.MCOUNTEREN, -1L);
    m.csr(CsrNumber.HCOUNTEREN, -1L);
    m.csr(CsrNumber.SCOUNTEREN, -1L);
    for (int i = 0; i < 4; i++) {
      m.csr(CsrNumber.MSTATEEN0 + i, -1L);
      m.csr(CsrNumber.HSTATEEN0 + i, -1L);
    }
  }

  private long cause(int mode, String source) {
    return runGuest(mode, source).cause();
  }

  @Test
  void theTrapValueIsTheInstruction() {
    Trap t = runGuest(S, "csrr a0, hstatus");
    assertThat(t.cause()).isEqualTo(VIRTUAL);
    assertThat(t.tval()).isEqualTo(0x60002573L);
    assertThat(t.epc()).isEqualTo(SUPERVISOR_CODE);
    assertThat(m.csr(CsrNumber.MSTATUS) & GVA).isZero();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "hlv.b a0, (a1)",
        "hlv.bu a0, (a1)",
        "hlv.h a0, (a1)",
        "hlv.hu a0, (a1)",
        "hlvx.hu a0, (a1)",
        "hlv.w a0, (a1)",
        "hlv.wu a0, (a1)",
        "hlvx.wu a0, (a1)",
        "hlv.d a0, (a1)",
        "hsv.b a0, (a1)",
        "hsv.h a0, (a1)",
        "hsv.w a0, (a1)",
        "hsv.d a0, (a1)",
        "hfence.vvma a0, a1",
        "hfence.gvma a0, a1",
        "hinval.vvma a0, a1",
        "hinval.gvma a0, a1"
      })
  void theHypervisorsInstructionsAreNotAGuests(String instruction) {
    setStatus(TVM);
    m.csr(CsrNumber.HSTATUS, HU);
    assertThat(cause(S, instruction)).isEqualTo(VIRTUAL);
    assertThat(cause(U, instruction)).isEqualTo(VIRTUAL);
  }

  @Test
  void theHypervisorsAndTheVirtualSupervisorsCsrsAreNotAGuests() {
    for (int number = 0x200; number < 0xf00; number++) {
      boolean there = CsrAccessTest.present().contains(number);
      if ((number >>> 8 & 3) != 2) {
        continue;
      }
      for (int mode : new int[] {U, S}) {
        assertThat(cause(mode, ".word 0x%x".formatted(number << 20 | 2 << 12 | 10 << 7 | 0x73)))
            .as("read of 0x%03x", number)
            .isEqualTo(there ? VIRTUAL : ILLEGAL);
        boolean writable = there && number >>> 10 != 3;
        assertThat(cause(mode, ".word 0x%x".formatted(number << 20 | 1 << 12 | 10 << 7 | 0x73)))
            .as("write of 0x%03x", number)
            .isEqualTo(writable ? VIRTUAL : ILLEGAL);
      }
    }
  }

  @Test
  void theSupervisorsCsrsAreNotAGuestsUsers() {
    for (int number = 0x100; number < 0x200; number++) {
      boolean there = CsrAccessTest.present().contains(number);
      assertThat(cause(U, ".word 0x%x".formatted(number << 20 | 2 << 12 | 10 << 7 | 0x73)))
          .as("read of 0x%03x", number)
          .isEqualTo(there ? VIRTUAL : ILLEGAL);
    }
  }

  @Test
  void machineModesCsrsAndItsReturnAreIllegal() {
    for (int mode : new int[] {U, S}) {
      assertThat(cause(mode, "csrr a0, mstatus")).isEqualTo(ILLEGAL);
      assertThat(cause(mode, "csrr a0, mtval2")).isEqualTo(ILLEGAL);
      assertThat(cause(mode, "mret")).isEqualTo(ILLEGAL);
    }
  }

  @Test
  void whatTheTrapOfSatpToTheMachineSaysDoesNotMatterToAGuest() {
    setStatus(TVM | TSR);
    assertThat(cause(S, "csrr a0, satp")).isEqualTo(RUNS);
    assertThat(cause(S, "sfence.vma")).isEqualTo(RUNS);
    assertThat(cause(S, "csrr a0, hgatp")).isEqualTo(VIRTUAL);
  }

  @Test
  void vtvmTrapsSatpAndItsFences() {
    for (String instruction :
        new String[] {"csrr a0, satp", "csrw satp, zero", "sfence.vma", "sinval.vma a0, a1"}) {
      m.csr(CsrNumber.HSTATUS, VTVM);
      assertThat(cause(S, instruction)).as(instruction).isEqualTo(VIRTUAL);
      m.csr(CsrNumber.HSTATUS, 0);
      assertThat(cause(U, instruction)).as(instruction).isEqualTo(VIRTUAL);
    }
    assertThat(cause(S, "sinval.vma a0, a1")).isEqualTo(RUNS);
    m.csr(CsrNumber.HSTATUS, VTVM);
    assertThat(cause(S, "sfence.w.inval; sfence.inval.ir")).isEqualTo(RUNS);
    assertThat(cause(U, "sfence.w.inval")).isEqualTo(VIRTUAL);
    assertThat(cause(U, "sfence.inval.ir")).isEqualTo(VIRTUAL);
  }

  @Test
  void vtsrTrapsReturns() {
    m.csr(CsrNumber.VSEPC, SUPERVISOR_CODE + 4);
    m.csr(CsrNumber.VSSTATUS, 1L << 8 | 3L << 13);
    assertThat(cause(S, "sret")).isEqualTo(RUNS);
    m.csr(CsrNumber.HSTATUS, VTSR);
    assertThat(cause(S, "sret")).isEqualTo(VIRTUAL);
    m.csr(CsrNumber.HSTATUS, 0);
    assertThat(cause(U, "sret")).isEqualTo(VIRTUAL);
  }

  @Test
  void vtwTrapsWaitsAndTwComesFirst() {
    assertThat(cause(U, "wfi")).isEqualTo(VIRTUAL);
    m.csr(CsrNumber.HVIP, 1L << 2); // something to wake up for
    m.csr(CsrNumber.HIE, 1L << 2);
    m.csr(CsrNumber.HIDELEG, 1L << 2);
    assertThat(cause(S, "wfi")).isEqualTo(RUNS);
    m.csr(CsrNumber.HVIP, 0);
    m.csr(CsrNumber.HSTATUS, VTW);
    assertThat(cause(S, "wfi")).isEqualTo(VIRTUAL);
    assertThat(cause(S, "wrs.nto")).isEqualTo(VIRTUAL);
    assertThat(cause(U, "wrs.nto")).isEqualTo(VIRTUAL);
    setStatus(TW);
    assertThat(cause(S, "wfi")).isEqualTo(ILLEGAL);
    assertThat(cause(U, "wfi")).isEqualTo(ILLEGAL);
    assertThat(cause(S, "wrs.nto")).isEqualTo(ILLEGAL);
    m.csr(CsrNumber.HSTATUS, 0);
    assertThat(cause(S, "wfi")).isEqualTo(ILLEGAL);
  }

  @Test
  void countersAreLetThroughByEachLevelInTurn() {
    String[] counters = {"csrr a0, cycle", "csrr a0, time", "csrr a0, instret"};
    for (int i = 0; i < counters.length; i++) {
      for (int enabled = 0; enabled < 8; enabled++) {
        boolean machine = (enabled & 1) != 0;
        boolean hypervisor = (enabled & 2) != 0;
        boolean supervisor = (enabled & 4) != 0;
        m.csr(CsrNumber.MCOUNTEREN, machine ? 1L << i : 0);
        m.csr(CsrNumber.HCOUNTEREN, hypervisor ? 1L << i : 0);
        m.csr(CsrNumber.SCOUNTEREN, supervisor ? 1L << i : 0);
        assertThat(cause(S, counters[i]))
            .isEqualTo(!machine ? ILLEGAL : hypervisor ? RUNS : VIRTUAL);
        assertThat(cause(U, counters[i]))
            .isEqualTo(!machine ? ILLEGAL : hypervisor && supervisor ? RUNS : VIRTUAL);
      }
    }
  }

  @Test
  void theGuestsTimerIsLetThroughByEachLevelInTurn() {
    for (int enabled = 0; enabled < 16; enabled++) {
      boolean machine = (enabled & 3) == 3;
      boolean hypervisor = (enabled & 12) == 12;
      m.csr(CsrNumber.MENVCFG, (enabled & 1) != 0 ? STCE : 0);
      m.csr(CsrNumber.MCOUNTEREN, (enabled & 2) != 0 ? 2 : 0);
      m.csr(CsrNumber.HENVCFG, (enabled & 4) != 0 ? STCE : 0);
      m.csr(CsrNumber.HCOUNTEREN, (enabled & 8) != 0 ? 2 : 0);
      assertThat(cause(S, "csrr a0, stimecmp"))
          .isEqualTo(!machine ? ILLEGAL : hypervisor ? RUNS : VIRTUAL);
      assertThat(cause(U, "csrr a0, stimecmp")).isEqualTo(machine ? VIRTUAL : ILLEGAL);
      assertThat(cause(S, "csrr a0, vstimecmp")).isEqualTo(machine ? VIRTUAL : ILLEGAL);
    }
  }

  @Test
  void cacheBlockOperationsAreLetThroughByEachLevelInTurn() {
    String[] operations = {"cbo.zero (a0)", "cbo.clean (a0)", "cbo.inval (a0)"};
    long[] fields = {1L << 7, 1L << 6, 3L << 4};
    first.map(VA, GUEST_PAGE, ALL | atoll.testkit.PageTables.U);
    m.csr(CsrNumber.VSSTATUS, SUM | 3L << 13);
    for (int i = 0; i < operations.length; i++) {
      for (int enabled = 0; enabled < 8; enabled++) {
        boolean machine = (enabled & 1) != 0;
        boolean hypervisor = (enabled & 2) != 0;
        boolean supervisor = (enabled & 4) != 0;
        m.csr(CsrNumber.MENVCFG, ADUE | (machine ? fields[i] : 0));
        m.csr(CsrNumber.HENVCFG, ADUE | (hypervisor ? fields[i] : 0));
        m.csr(CsrNumber.SENVCFG, supervisor ? fields[i] : 0);
        m.x("a0", VA);
        assertThat(cause(S, operations[i]))
            .as("%s %d", operations[i], enabled)
            .isEqualTo(!machine ? ILLEGAL : hypervisor ? RUNS : VIRTUAL);
        assertThat(cause(U, operations[i]))
            .as("%s %d", operations[i], enabled)
            .isEqualTo(!machine ? ILLEGAL : hypervisor && supervisor ? RUNS : VIRTUAL);
      }
    }
  }

  @Test
  void stateEnablesLetThroughByEachLevelInTurn() {
    long se = 1L << 63;
    long environment = 1L << 62;
    for (int enabled = 0; enabled < 4; enabled++) {
      boolean machine = (enabled & 1) != 0;
      boolean hypervisor = (enabled & 2) != 0;
      for (int i = 0; i < 4; i++) {
        m.csr(CsrNumber.MSTATEEN0 + i, machine ? -1L : 0);
        m.csr(CsrNumber.HSTATEEN0 + i, hypervisor ? -1L : 0);
        long legal = i == 0 ? se | environment : se;
        assertThat(m.csr(CsrNumber.MSTATEEN0 + i)).isEqualTo(machine ? legal : 0);
        assertThat(m.csr(CsrNumber.HSTATEEN0 + i)).isEqualTo(machine && hypervisor ? legal : 0);
        assertThat(cause(S, "csrr a0, sstateen" + i))
            .isEqualTo(!machine ? ILLEGAL : hypervisor ? RUNS : VIRTUAL);
        assertThat(cause(S, "csrr a0, hstateen" + i)).isEqualTo(machine ? VIRTUAL : ILLEGAL);
      }
      assertThat(cause(S, "csrr a0, senvcfg"))
          .isEqualTo(!machine ? ILLEGAL : hypervisor ? RUNS : VIRTUAL);
      assertThat(cause(S, "csrr a0, henvcfg")).isEqualTo(machine ? VIRTUAL : ILLEGAL);
    }
  }

  @Test
  void floatingPointIsOffWhereEitherLevelHasItOff() {
    for (int enabled = 0; enabled < 4; enabled++) {
      clearStatus(3L << 13);
      setStatus((enabled & 1) != 0 ? 1L << 13 : 0);
      m.csr(CsrNumber.VSSTATUS, (enabled & 2) != 0 ? 1L << 13 : 0);
      for (String instruction : new String[] {"fadd.d fa0, fa0, fa0", "csrr a0, fcsr"}) {
        assertThat(cause(S, instruction)).isEqualTo(enabled == 3 ? RUNS : ILLEGAL);
      }
    }
  }

  static List<Instruction> sensitive() {
    return Instruction.all().stream()
        .filter(i -> i.kind().sensitive() && i.rule() != TrapRule.ALWAYS)
        .filter(i -> i.format() != Format.CSR && i.format() != Format.CSRI)
        .toList();
  }

  /**
   * Popek and Goldberg's condition for the virtual modes: a hypervisor can see all that matters.
   */
  @ParameterizedTest
  @MethodSource("sensitive")
  void everySensitiveInstructionOfAGuestCanBeTrapped(Instruction i) {
    m.csr(CsrNumber.HSTATUS, VTVM | VTW | VTSR);
    m.csr(CsrNumber.HENVCFG, 0);
    m.csr(CsrNumber.MENVCFG, -1L & ~(2L << 4));
    m.x("a0", VA);
    for (int mode : new int[] {U, S}) {
      int word = i.match() | ~i.mask() & 10 << 15;
      long expected = i.name().equals("mret") ? ILLEGAL : VIRTUAL;
      assertThat(cause(mode, ".word 0x%x".formatted(word))).as(i.name()).isEqualTo(expected);
    }
  }
}
