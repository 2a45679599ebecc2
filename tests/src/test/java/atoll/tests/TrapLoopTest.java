package atoll.tests;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.cpu.Exit;
import atoll.engine.TrapLoop;
import atoll.engine.TrapLoop.Raised;
import atoll.isa.Cause;
import atoll.isa.CsrNumber;
import atoll.testkit.MachineFixture;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Harts whose traps lead nowhere are noticed, and others are not. */
class TrapLoopTest extends Virtualized {
  private static final long NOWHERE = 0x40;
  private static final long CODE = MachineFixture.CODE;

  /** More than what is noticed. */
  private static final int MANY = 1_100_000;

  private final List<TrapLoop> loops = new ArrayList<>();
  private boolean ends = true;

  @BeforeEach
  void listen() {
    m.group()
        .onTrapLoop(loop -> {
          loops.add(loop);
          return ends;
        });
  }

  /** Runs until the hart ends, or has used up what {@link #MANY} exceptions and more take. */
  private int runOn() {
    int reason = Exit.BUDGET;
    for (int i = 0; i < MANY / 100_000 && reason != Exit.FAULT; i++) {
      reason = m.hart().run(100_000);
      if (reason == Exit.MMIO_READ || reason == Exit.MMIO_WRITE) {
        m.hart().exit().fault = true;
      }
    }
    return reason;
  }

  private static Raised raised(int cause, long pc, long value, String mode) {
    int level = mode.endsWith("M") ? 3 : mode.endsWith("S") ? 1 : 0;
    return new Raised(cause, pc, value, level, mode.startsWith("V"));
  }

  private TrapLoop only() {
    assertThat(loops).hasSize(1);
    return loops.getFirst();
  }

  @Test
  void aWildJumpWithoutAnyHandlerEndsWithTheFirstExceptionNamed() {
    m.csr(CsrNumber.MTVEC, NOWHERE);
    m.x("a0", 0x4_0000_0000L);
    m.code("addi a1, a1, 1; jr a0");
    assertThat(runOn()).isEqualTo(Exit.FAULT);
    TrapLoop loop = only();
    assertThat(loop.first())
        .isEqualTo(raised(Cause.INSTRUCTION_ACCESS_FAULT, 0x4_0000_0000L, 0x4_0000_0000L, "M"));
    assertThat(loop.last())
        .isEqualTo(raised(Cause.INSTRUCTION_ACCESS_FAULT, NOWHERE, NOWHERE, "M"));
    assertThat(loop.exceptions()).isEqualTo(1_000_000);
    assertThat(loop.interruptible()).isFalse();
    assertThat(m.hart().exit().detail)
        .contains("instruction access fault", "pc 0x400000000", "pc 0x40", "1,000,000", "M mode");
    assertThat(m.hart().pc()).as("it stays where it was").isEqualTo(NOWHERE);
  }

  @Test
  void aHandlerThatIsNoCodeIsNoticed() {
    m.memory().putInt(MachineFixture.DATA, 0);
    m.csr(CsrNumber.MTVEC, MachineFixture.DATA);
    m.code("ecall");
    assertThat(runOn()).isEqualTo(Exit.FAULT);
    assertThat(only().first()).isEqualTo(raised(Cause.ECALL_M, CODE, 0, "M"));
    assertThat(only().last())
        .isEqualTo(raised(Cause.ILLEGAL_INSTRUCTION, MachineFixture.DATA, 0, "M"));
    assertThat(only().text()).contains("instruction 0x0");
  }

  @Test
  void aHandlerWhoseFirstInstructionFaultsIsNoticed() {
    m.place(MachineFixture.DATA, "sd a0, 0(x0)");
    m.csr(CsrNumber.MTVEC, MachineFixture.DATA);
    m.code("ebreak");
    m.device((write, address, size, value) -> MachineFixture.FAULT);
    int reason = Exit.BUDGET;
    for (int i = 0; i < MANY && reason != Exit.FAULT; i++) {
      reason = m.hart().run(1000);
      m.hart().exit().fault = true; // there is no device
    }
    assertThat(reason).isEqualTo(Exit.FAULT);
    assertThat(only().last())
        .isEqualTo(raised(Cause.STORE_ACCESS_FAULT, MachineFixture.DATA, 0, "M"));
  }

  @Test
  void supervisorsLoopToo() {
    m.csr(CsrNumber.MEDELEG, -1);
    m.csr(CsrNumber.STVEC, NOWHERE);
    m.code("addi a1, a1, 1; .word 0").enter(S);
    assertThat(runOn()).isEqualTo(Exit.FAULT);
    assertThat(only().first()).isEqualTo(raised(Cause.ILLEGAL_INSTRUCTION, CODE + 4, 0, "S"));
    assertThat(only().last())
        .isEqualTo(raised(Cause.INSTRUCTION_ACCESS_FAULT, NOWHERE, NOWHERE, "S"));
  }

  @Test
  void aLoopThroughTwoModesIsOneLoop() {
    m.csr(CsrNumber.MEDELEG, 1L << Cause.BREAKPOINT);
    m.csr(CsrNumber.STVEC, NOWHERE);
    m.csr(CsrNumber.MTVEC, NOWHERE + 0x100);
    m.code("ebreak").enter(S);
    assertThat(runOn()).isEqualTo(Exit.FAULT);
    assertThat(only().first()).isEqualTo(raised(Cause.BREAKPOINT, CODE, CODE, "S"));
    assertThat(only().last().mode()).isEqualTo("M");
    assertThat(only().last().pc()).isEqualTo(NOWHERE + 0x100);
  }

  private void loopInGuest() {
    virtualizeWithPage(3, 3);
    delegate();
    m.csr(CsrNumber.HEDELEG, -1);
    m.csr(CsrNumber.VSTVEC, 0x7000_0000L);
    enterGuest(U, "addi a1, a1, 1; .word 0");
  }

  @Test
  void aGuestOfItsOwnHypervisorLoopsTooAndMayBeInterruptibleByIt() {
    for (boolean open : new boolean[] {false, true}) {
      loops.clear();
      loopInGuest();
      m.csr(CsrNumber.MIDELEG, 1 << 5);
      m.csr(CsrNumber.SIE, open ? 1 << 5 : 0);
      ends = !open;
      assertThat(runOn()).isEqualTo(open ? Exit.BUDGET : Exit.FAULT);
      assertThat(only().first())
          .isEqualTo(raised(Cause.ILLEGAL_INSTRUCTION, USER_CODE + 4, 0, "VU"));
      assertThat(only().last())
          .isEqualTo(raised(Cause.INSTRUCTION_PAGE_FAULT, 0x7000_0000L, 0x7000_0000L, "VS"));
      assertThat(only().interruptible()).isEqualTo(open);
    }
  }

  @Test
  void aHartThatGoesOnIsReportedOnceForEachLoop() {
    ends = false;
    for (int loop = 1; loop <= 2; loop++) {
      m.reset();
      m.csr(CsrNumber.MTVEC, NOWHERE);
      m.code("nop; ecall");
      for (int i = 0; i < 3; i++) {
        assertThat(runOn()).isEqualTo(Exit.BUDGET);
      }
      assertThat(loops).hasSize(loop);
    }
  }

  @Test
  void exceptionsWithInstructionsBetweenThemAreNoLoop() {
    m.place(MachineFixture.DATA, "addi a1, a1, 1; mret");
    m.csr(CsrNumber.MTVEC, MachineFixture.DATA);
    m.code("ecall");
    for (int i = 0; i < 4; i++) {
      assertThat(runOn()).isEqualTo(Exit.BUDGET);
    }
    assertThat(m.x("a1")).isGreaterThan(1_000_000);
    assertThat(loops).isEmpty();
  }

  @Test
  void aLoopOfTrapsIntoItselfThatExecutesSomethingIsNone() {
    m.csr(CsrNumber.MTVEC, CODE);
    m.code("nop; ecall");
    for (int i = 0; i < 3; i++) {
      assertThat(runOn()).isEqualTo(Exit.BUDGET);
    }
    assertThat(loops).isEmpty();
  }

  /** Runs for about 1,500,000 exceptions with an instruction between each two. */
  private void runThroughHandlers() {
    for (int i = 0; i < 30; i++) {
      assertThat(m.hart().run(100_000)).isEqualTo(Exit.BUDGET);
    }
  }

  @Test
  void aHandlerThatNeverComesToItsEndIsReportedOnceAndGoesOn() {
    m.place(MachineFixture.DATA, "addi a1, a1, 1; .word 0");
    m.csr(CsrNumber.MTVEC, MachineFixture.DATA);
    m.code("nop; ebreak");
    runThroughHandlers();
    assertThat(only().executes()).isTrue();
    assertThat(only().first()).isEqualTo(raised(Cause.BREAKPOINT, CODE + 4, CODE + 4, "M"));
    assertThat(only().last())
        .isEqualTo(raised(Cause.ILLEGAL_INSTRUCTION, MachineFixture.DATA + 4, 0, "M"));
    assertThat(only().text()).contains("1,000,000 times, since the handler takes that exception");
    assertThat(m.x("a1")).as("it goes on").isGreaterThan(1_100_000);
    runThroughHandlers();
    assertThat(loops).hasSize(1);
  }

  @Test
  void aHandlerThatReturnsEachTimeIsNone() {
    m.place(MachineFixture.DATA, "csrr a2, mepc; mret");
    m.csr(CsrNumber.MTVEC, MachineFixture.DATA);
    m.code("ebreak");
    runThroughHandlers();
    runThroughHandlers();
    assertThat(loops).isEmpty();
  }

  @Test
  void aHandlerThatComesInTimeEndsTheLoop() {
    m.csr(CsrNumber.MTVEC, MachineFixture.DATA);
    m.memory().putInt(MachineFixture.DATA, 0);
    m.code("ecall");
    for (int i = 0; i < 9; i++) {
      assertThat(m.hart().run(100_000)).isEqualTo(Exit.BUDGET);
    }
    m.place(MachineFixture.DATA, "1: addi a1, a1, 1; j 1b");
    for (int i = 0; i < 3; i++) {
      assertThat(m.hart().run(100_000)).isEqualTo(Exit.BUDGET);
    }
    assertThat(m.x("a1")).isPositive();
    assertThat(loops).isEmpty();
  }

  @Test
  void anInterruptOfTheHypervisorEndsItsGuestsLoop() {
    loopInGuest();
    m.csr(CsrNumber.MIDELEG, 1 << 1);
    m.csr(CsrNumber.SIE, 1 << 1);
    for (int i = 0; i < 9; i++) {
      assertThat(m.hart().run(100_000)).isEqualTo(Exit.BUDGET);
    }
    m.csr(CsrNumber.MIP, 1 << 1);
    for (int i = 0; i < 3; i++) {
      assertThat(m.hart().run(100_000)).isEqualTo(Exit.BUDGET);
    }
    assertThat(m.hart().pc()).isEqualTo(MachineFixture.SUPERVISOR_TRAP);
    assertThat(loops).isEmpty();
  }
}
