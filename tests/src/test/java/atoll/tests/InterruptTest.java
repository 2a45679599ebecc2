package atoll.tests;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.cpu.Exit;
import atoll.isa.Cause;
import atoll.isa.CsrNumber;
import atoll.testkit.MachineFixture;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Which interrupt is taken, when, and where it goes (priv 3.1.6, 3.1.9, 12.1.3; Sstc). */
class InterruptTest extends Conformance {
  private static final int SSI = 1;
  private static final int MSI = 3;
  private static final int STI = 5;
  private static final int MTI = 7;
  private static final int SEI = 9;
  private static final int MEI = 11;

  private static final long SIE = 1L << 1;
  private static final long MIE = 1L << 3;
  private static final long STCE = 1L << 63;
  private static final long CODE = MachineFixture.CODE;

  /** From the most urgent to the least (priv 3.1.9). */
  private static final List<Integer> PRIORITY = List.of(MEI, MSI, MTI, SEI, SSI, STI);

  /** A hart that only spins, in a mode, with every interrupt enabled in mie. */
  private void spin(int mode, long status, long mideleg) {
    m.reset();
    m.csr(CsrNumber.MENVCFG, 0);
    m.csr(CsrNumber.MIDELEG, mideleg);
    m.csr(CsrNumber.MIE, -1L);
    m.code("1: j 1b");
    if (mode != M) {
      m.enter(mode);
    }
    clearStatus(MIE | SIE);
    setStatus(status);
  }

  private void raise(int line) {
    switch (line) {
      case STI, SSI -> m.csr(CsrNumber.MIP, m.csr(CsrNumber.MIP) | 1L << line);
      case MTI -> {
        m.hart().machineTimer(0);
      }
      default -> m.hart().raise(line, true);
    }
  }

  private void lower(int line) {
    switch (line) {
      case STI, SSI -> m.csr(CsrNumber.MIP, m.csr(CsrNumber.MIP) & ~(1L << line));
      case MTI -> m.hart().machineTimer(-1);
      default -> m.hart().raise(line, false);
    }
  }

  private boolean taken() {
    for (int i = 0; i < 4; i++) {
      m.hart().run(10);
      if (m.hart().pc() != CODE) {
        return true;
      }
    }
    return false;
  }

  @Test
  void aMachineInterruptIsTakenBelowMAlwaysAndInMWhereMieIsSet() {
    for (int line : PRIORITY) {
      for (int mode : new int[] {U, S, M}) {
        for (boolean enabled : new boolean[] {false, true}) {
          spin(mode, enabled ? MIE : 0, 0);
          raise(line);
          boolean expected = mode != M || enabled;
          assertThat(taken()).as("line %d in mode %d", line, mode).isEqualTo(expected);
          if (expected) {
            assertThat(m.csr(CsrNumber.MCAUSE)).isEqualTo(1L << 63 | line);
            assertThat(m.csr(CsrNumber.MEPC)).isEqualTo(CODE);
            assertThat(m.csr(CsrNumber.MTVAL)).isZero();
            assertThat(m.csr(CsrNumber.MSTATUS) >>> 11 & 3).isEqualTo(mode);
          }
          lower(line);
        }
      }
    }
  }

  @Test
  void aDelegatedInterruptIsTakenInUAlwaysInSWhereSieIsSetAndNeverInM() {
    for (int line : new int[] {SEI, SSI, STI}) {
      for (int mode : new int[] {U, S, M}) {
        for (boolean enabled : new boolean[] {false, true}) {
          spin(mode, (enabled ? SIE : 0) | MIE, 0x222);
          raise(line);
          boolean expected = mode == U || (mode == S && enabled);
          assertThat(taken()).as("line %d in mode %d", line, mode).isEqualTo(expected);
          if (expected) {
            assertThat(m.hart().privilege()).isEqualTo(S);
            assertThat(m.csr(CsrNumber.SCAUSE)).isEqualTo(1L << 63 | line);
            assertThat(m.csr(CsrNumber.SEPC)).isEqualTo(CODE);
            assertThat(m.csr(CsrNumber.STVAL)).isZero();
          }
          lower(line);
        }
      }
    }
  }

  @Test
  void theMostUrgentIsTakenFirst() {
    for (int a : PRIORITY) {
      for (int b : PRIORITY) {
        spin(M, MIE, 0);
        raise(a);
        raise(b);
        assertThat(taken()).isTrue();
        int expected = PRIORITY.indexOf(a) < PRIORITY.indexOf(b) ? a : b;
        assertThat(m.csr(CsrNumber.MCAUSE)).isEqualTo(1L << 63 | expected);
        lower(a);
        lower(b);
      }
    }
  }

  @Test
  void anInterruptForMComesBeforeAnyForS() {
    spin(S, SIE, 0x200); // SEI is S's, SSI stays M's though less urgent
    raise(SEI);
    raise(SSI);
    assertThat(taken()).isTrue();
    assertThat(m.hart().privilege()).isEqualTo(M);
    assertThat(m.csr(CsrNumber.MCAUSE)).isEqualTo(1L << 63 | SSI);
  }

  @Test
  void anInterruptNeedsItsBitInMie() {
    for (int line : PRIORITY) {
      spin(U, 0, 0);
      m.csr(CsrNumber.MIE, ~(1L << line));
      raise(line);
      assertThat(taken()).isFalse();
      m.csr(CsrNumber.MIE, 1L << line);
      assertThat(taken()).isTrue();
      lower(line);
    }
  }

  @Test
  void vectoredInterruptsGoToTheirSlots() {
    for (int line : PRIORITY) {
      spin(M, MIE, 0);
      m.csr(CsrNumber.MTVEC, CODE + 0x1001);
      m.place(CODE + 0x1000 + 4L * line, "1: j 1b");
      raise(line);
      taken();
      assertThat(m.hart().pc()).isEqualTo(CODE + 0x1000 + 4L * line);
      lower(line);
    }
    spin(S, SIE, 0x222);
    m.csr(CsrNumber.STVEC, CODE + 0x1001);
    raise(SEI);
    taken();
    assertThat(m.hart().pc()).isEqualTo(CODE + 0x1000 + 4L * SEI);
  }

  @Test
  void enablingAPendingInterruptTakesItBeforeTheNextInstruction() {
    m.hart().raise(MSI, true);
    m.csr(CsrNumber.MIE, 1L << MSI);
    m.code("li a0, 1; csrsi mstatus, 8; li a0, 2; ebreak");
    assertThat(m.run().cause()).isEqualTo(1L << 63 | MSI);
    assertThat(m.x("a0")).isEqualTo(1);
    assertThat(m.csr(CsrNumber.MEPC)).isEqualTo(CODE + 8);
  }

  @Test
  void returningToAModeWithAPendingInterruptTakesItThere() {
    m.openMemory();
    m.hart().raise(MEI, true);
    m.csr(CsrNumber.MIE, 1L << MEI);
    m.csr(CsrNumber.MEPC, CODE + 0x100);
    m.csr(CsrNumber.MSTATUS, 0); // to U
    m.code("mret");
    assertThat(m.run().cause()).isEqualTo(1L << 63 | MEI);
    assertThat(m.csr(CsrNumber.MEPC)).isEqualTo(CODE + 0x100);
  }

  @Test
  void inputsShowInMipAndReadOnlyOnesCannotBeCleared() {
    for (int line : new int[] {MSI, MEI, SEI}) {
      m.hart().raise(line, true);
      m.runToBreak("li t0, -1; csrc mip, t0; csrr a0, mip");
      assertThat(m.x("a0") >>> line & 1).isEqualTo(1);
      m.hart().raise(line, false);
      m.runToBreak("csrr a0, mip");
      assertThat(m.x("a0") >>> line & 1).isZero();
    }
  }

  @Test
  void settingABitOfMipDoesNotMakeTheControllersSeipStick() {
    // The read-modify-write works on the software bit, not on what the controller drives (priv
    // 3.1.9).
    m.hart().raise(SEI, true);
    m.runToBreak("csrrsi a0, mip, 2");
    assertThat(m.x("a0") >>> SEI & 1).isEqualTo(1);
    m.hart().raise(SEI, false);
    assertThat(m.csr(CsrNumber.MIP)).isEqualTo(2);
  }

  @Test
  void softwareMayRaiseSeipBesideTheController() {
    m.runToBreak("li t0, 0x200; csrs mip, t0");
    assertThat(m.csr(CsrNumber.MIP) & 0x200).isEqualTo(0x200);
    m.hart().raise(SEI, true);
    m.hart().raise(SEI, false);
    assertThat(m.csr(CsrNumber.MIP) & 0x200).isEqualTo(0x200);
    m.runToBreak("li t0, 0x200; csrc mip, t0");
    assertThat(m.csr(CsrNumber.MIP) & 0x200).isZero();
  }

  @Test
  void theMachineTimerIsPendingFromItsComparatorOn() {
    m.clock().ticks(999);
    m.hart().machineTimer(1000);
    assertThat(m.csr(CsrNumber.MIP) >>> MTI & 1).isZero();
    m.clock().ticks(1000);
    assertThat(m.csr(CsrNumber.MIP) >>> MTI & 1).isEqualTo(1);
    m.hart().machineTimer(1001);
    assertThat(m.csr(CsrNumber.MIP) >>> MTI & 1).isZero();
  }

  @Test
  void theSupervisorTimerFollowsStimecmpWhereItIsEnabled() {
    m.csr(CsrNumber.MENVCFG, STCE);
    m.clock().ticks(50);
    m.csr(CsrNumber.STIMECMP, 51);
    assertThat(m.csr(CsrNumber.MIP) >>> STI & 1).isZero();
    m.clock().ticks(51);
    assertThat(m.csr(CsrNumber.MIP) >>> STI & 1).isEqualTo(1);
    m.csr(CsrNumber.STIMECMP, -1L);
    assertThat(m.csr(CsrNumber.MIP) >>> STI & 1).isZero();
    m.csr(CsrNumber.STIMECMP, 0);
    assertThat(m.csr(CsrNumber.MIP) >>> STI & 1).isEqualTo(1);
    m.csr(CsrNumber.MENVCFG, 0);
    assertThat(m.csr(CsrNumber.MIP) >>> STI & 1).isZero();
  }

  @Test
  void aTimerInterruptArrivesWhileTheGuestComputes() {
    m.csr(CsrNumber.MIE, 1L << MTI);
    m.hart().machineTimer(10);
    m.code("csrsi mstatus, 8; 1: j 1b");
    m.step();
    for (int i = 0; i < 10; i++) {
      m.hart().run(100);
      assertThat(m.hart().pc()).isEqualTo(CODE + 4);
    }
    m.clock().ticks(10);
    assertThat(m.run().cause()).isEqualTo(1L << 63 | MTI);
  }

  @Test
  void timeReadsTheClock() {
    m.clock().ticks(123456);
    m.runToBreak("csrr a0, time");
    assertThat(m.x("a0")).isEqualTo(123456);
  }

  @Test
  void ssipIsSharedBetweenSipAndMip() {
    m.csr(CsrNumber.MIDELEG, 0x222);
    m.runToBreak("csrsi mip, 2; csrr a0, sip; csrci sip, 2; csrr a1, mip");
    assertThat(m.x("a0")).isEqualTo(2);
    assertThat(m.x("a1")).isZero();
  }

  @Test
  void wfiEndsWhenAnInterruptIsPendingEvenIfItMayNotBeTaken() {
    m.csr(CsrNumber.MIE, 1L << MSI);
    m.hart().raise(MSI, true);
    m.runToBreak("wfi; li a0, 7");
    assertThat(m.x("a0")).isEqualTo(7);
  }

  @Test
  void wfiWaitsWhileNothingIsPending() {
    m.csr(CsrNumber.MIE, 1L << MSI);
    m.code("wfi; li a0, 7; ebreak");
    assertThat(m.hart().run(100)).isEqualTo(Exit.HALT);
    assertThat(m.hart().awake()).isFalse();
    m.hart().raise(MSI, true);
    assertThat(m.hart().awake()).isTrue();
    assertThat(m.run().cause()).isEqualTo(Cause.BREAKPOINT);
    assertThat(m.x("a0")).isEqualTo(7);
  }

  @Test
  void theInterruptThatEndsWfiReturnsBehindIt() {
    m.csr(CsrNumber.MIE, 1L << MSI);
    m.code("csrsi mstatus, 8; wfi; li a0, 7; ebreak");
    assertThat(m.hart().run(100)).isEqualTo(Exit.HALT);
    m.hart().raise(MSI, true);
    assertThat(m.run().cause()).isEqualTo(1L << 63 | MSI);
    assertThat(m.csr(CsrNumber.MEPC)).isEqualTo(CODE + 8);
  }

  @Test
  void wfiIsIllegalInUAndInSWhereTwIsSet() {
    assertThat(runIn(U, "wfi").cause()).isEqualTo(Cause.ILLEGAL_INSTRUCTION);
    m.reset();
    setStatus(1L << 21);
    assertThat(runIn(S, "wfi").cause()).isEqualTo(Cause.ILLEGAL_INSTRUCTION);
  }

  /** A loop that stays in code, one that does not, and one that is interpreted each time anew. */
  @Test
  void anEndlessLoopIsLeftWhenTheClockHasReachedTheTimeThatItMayRunUntil() {
    for (String loop : List.of("1: j 1b", "1: csrr t0, time; j 1b", "1: fence.i; j 1b")) {
      m.reset();
      m.clock().set(0);
      m.code(loop);
      Thread.ofPlatform().start(() -> m.clock().set(1_000));
      assertThat(m.hart().run(Long.MAX_VALUE / 2, 0, 1_000)).as(loop).isEqualTo(Exit.BUDGET);
      assertThat(m.clock().nanos()).isEqualTo(1_000);
    }
  }

  @Test
  void aTimeInTheFutureLeavesTheBudgetAsItIs() {
    m.code("1: addi a0, a0, 1; j 1b");
    assertThat(m.hart().run(10_000, 0, 1)).isEqualTo(Exit.BUDGET);
    assertThat(m.hart().instructions()).isBetween(10_000L, 11_000L);
  }

  @Test
  void deadlineNamesTheNearestEnabledTimer() {
    m.hart().machineTimer(100);
    assertThat(m.hart().deadline()).isEqualTo(Long.MAX_VALUE);
    m.csr(CsrNumber.MIE, 1L << MTI);
    assertThat(m.hart().deadline()).isEqualTo(100 * 100);
  }
}
