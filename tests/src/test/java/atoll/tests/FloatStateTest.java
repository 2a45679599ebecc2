package atoll.tests;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.isa.Cause;
import atoll.isa.CsrNumber;
import atoll.isa.Instruction;
import atoll.testkit.MachineFixture;
import atoll.testkit.Trap;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** mstatus.FS (priv 3.1.6.6) and reserved rounding modes (unpriv 20.2). */
class FloatStateTest extends Conformance {
  private static final long FS = 3L << 13;
  private static final long INITIAL = 1L << 13;
  private static final long DIRTY = 3L << 13;

  static List<Instruction> all() {
    return Instruction.all().stream().filter(i -> i.is(Instruction.FP)).toList();
  }

  static List<Instruction> rounding() {
    return all().stream().filter(i -> i.pattern().contains(" rm ")).toList();
  }

  private long run(int word) {
    m.memory().putInt(MachineFixture.CODE, word);
    m.memory().putInt(MachineFixture.CODE + 4, 0x00100073);
    m.x("a0", MachineFixture.DATA);
    m.hart().pc(MachineFixture.CODE);
    Trap t = m.run();
    if (t.cause() == Cause.ILLEGAL_INSTRUCTION) {
      assertThat(t.tval()).isEqualTo(word & 0xffff_ffffL);
    }
    return t.cause();
  }

  private static int word(Instruction i) {
    return i.match() | ~i.mask() & 10 << 15;
  }

  @ParameterizedTest
  @MethodSource("all")
  void everyFloatingPointInstructionIsIllegalWhereFsIsOff(Instruction i) {
    clearStatus(FS);
    assertThat(run(word(i))).as(i.name()).isEqualTo(Cause.ILLEGAL_INSTRUCTION);
    setStatus(INITIAL);
    assertThat(run(word(i))).as(i.name()).isEqualTo(Cause.BREAKPOINT);
  }

  @ParameterizedTest
  @MethodSource("all")
  void whatWritesARegisterOrAFlagMakesTheStateDirty(Instruction i) {
    if (!i.pattern().contains(" fd ")) {
      return; // comparisons and stores change flags at most, which may or may not count
    }
    clearStatus(FS);
    setStatus(INITIAL);
    run(word(i));
    assertThat(m.csr(CsrNumber.MSTATUS) & FS).as(i.name()).isEqualTo(DIRTY);
  }

  @Test
  void writingFcsrMakesTheStateDirty() {
    for (String csr : List.of("fcsr", "frm", "fflags")) {
      clearStatus(FS);
      setStatus(INITIAL);
      m.runToBreak("csrwi " + csr + ", 1");
      assertThat(m.csr(CsrNumber.MSTATUS) & FS).as(csr).isEqualTo(DIRTY);
    }
  }

  @Test
  void raisingAFlagMakesTheStateDirty() {
    // 1 < NaN: no floating-point register is written, but NV is raised.
    m.hart().f(1, 0x7ff0_0000_0000_0001L);
    clearStatus(FS);
    setStatus(INITIAL);
    m.runToBreak("flt.d a0, ft0, ft1");
    assertThat(m.csr(CsrNumber.FFLAGS)).isEqualTo(ExactFloat.NV);
    assertThat(m.csr(CsrNumber.MSTATUS) & FS).isEqualTo(DIRTY);
  }

  @Test
  void storesLeaveTheStateClean() {
    clearStatus(FS);
    setStatus(2L << 13);
    m.runToBreak("li a0, 0x80100000; fsd ft0, 0(a0); fsw ft0, 0(a0); fmv.x.d a1, ft0");
    assertThat(m.csr(CsrNumber.MSTATUS) & FS).isIn(2L << 13, DIRTY); // dirty is always allowed
  }

  @ParameterizedTest
  @MethodSource("rounding")
  void reservedRoundingModesAreIllegal(Instruction i) {
    for (int mode : new int[] {5, 6}) {
      assertThat(run(word(i) | mode << 12)).as(i.name()).isEqualTo(Cause.ILLEGAL_INSTRUCTION);
    }
  }

  @ParameterizedTest
  @MethodSource("rounding")
  void aReservedDynamicRoundingModeIsIllegal(Instruction i) {
    for (long mode : new long[] {5, 6, 7}) {
      m.csr(CsrNumber.FRM, mode);
      assertThat(run(word(i) | 7 << 12)).as(i.name()).isEqualTo(Cause.ILLEGAL_INSTRUCTION);
      assertThat(run(word(i))).as("%s with its own mode", i.name()).isEqualTo(Cause.BREAKPOINT);
    }
  }

  @Test
  void instructionsThatDoNotRoundIgnoreFrm() {
    m.csr(CsrNumber.FRM, 7);
    m.runToBreak("fsgnj.d ft0, ft1, ft2; feq.d a0, ft0, ft1; fmv.x.d a0, ft0; fclass.s a0, ft0");
  }

  /**
   * Makes ft0 = 1, ft2 = 3, ft1 = 1/3, the state dirty, inexact raised, rounding to nearest: where
   * an engine may take the shortest way.
   */
  private void warm() {
    m.runToBreak("li a0, 1; fcvt.d.l ft0, a0; li a0, 3; fcvt.d.l ft2, a0; fdiv.d ft1, ft0, ft2");
  }

  @Test
  void clearedFlagsAreRaisedAgainByTheNextInexactInstruction() {
    warm();
    m.runToBreak("fadd.d ft4, ft0, ft1; fsflags zero; fadd.d ft4, ft0, ft1; frflags a1");
    assertThat(m.x("a1")).isEqualTo(ExactFloat.NX);
  }

  @Test
  void aChangedRoundingModeCountsForTheNextInstruction() {
    warm();
    m.runToBreak(
        """
        fdiv.d ft4, ft0, ft2
        fsrmi 3
        fdiv.d ft5, ft0, ft2
        fsrmi 0
        fdiv.d ft6, ft0, ft2
        fmv.x.d a1, ft4
        fmv.x.d a2, ft5
        fmv.x.d a3, ft6
        """);
    assertThat(m.x("a2")).isEqualTo(m.x("a1") + 1); // 1/3 rounds up to the next number
    assertThat(m.x("a3")).isEqualTo(m.x("a1"));
  }

  @Test
  void aRoundingModeThatBecomesReservedTrapsTheNextInstruction() {
    warm();
    m.code("fadd.d ft4, ft0, ft1; fsrmi 5; fadd.d ft4, ft0, ft1; ebreak");
    assertThat(m.run().cause()).isEqualTo(Cause.ILLEGAL_INSTRUCTION);
    assertThat(m.csr(CsrNumber.MEPC)).isEqualTo(MachineFixture.CODE + 8);
  }

  @Test
  void aStateSwitchedOffTrapsTheNextInstruction() {
    warm();
    m.code("li a1, 0x6000; fadd.d ft4, ft0, ft1; csrc mstatus, a1; fadd.d ft4, ft0, ft1; ebreak");
    assertThat(m.run().cause()).isEqualTo(Cause.ILLEGAL_INSTRUCTION);
  }

  @Test
  void aCleanStateBecomesDirtyAgainByTheNextInstruction() {
    warm();
    m.runToBreak("li a1, 0x2000; csrc mstatus, a1; fadd.d ft4, ft0, ft1; csrr a2, mstatus");
    assertThat(m.x("a2") & FS).isEqualTo(DIRTY);
  }
}
