package atoll.tests;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.cpu.Exit;
import atoll.engine.Hart;
import atoll.isa.Cause;
import atoll.isa.CsrNumber;
import atoll.testkit.MachineFixture;
import atoll.testkit.Trap;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A hart in the middle of an instruction that a device serves, in code that an engine knows well:
 * what others see of it and change, and how it goes on.
 */
class DeviceAccessTest extends Conformance {
  private static final long DEVICE = 0x1000_0000L;
  private static final long MIE = 1L << 3;
  private static final int MEI = 11;
  private static final int ROUNDS = 20;

  /** Where the loop's access and the instruction behind it are. */
  private static final long ACCESS = MachineFixture.CODE + 4;

  private static final long BEHIND = ACCESS + 4;

  /**
   * Executes a loop of an instruction, {@code access}, and another, until the access has been
   * served some times and waits again. Register r has 0x100 + r, floating-point register r 0x200 +
   * r, but for a0, the device.
   */
  private void waitAt(String access) {
    m.code("1: addi t0, t0, 1; " + access + "; addi t1, t1, 1; bnez s1, 1b; ebreak");
    Hart hart = m.hart();
    for (int r = 1; r < 32; r++) {
      hart.x(r, 0x100 + r);
    }
    for (int r = 0; r < 32; r++) {
      hart.f(r, 0x200 + r);
    }
    m.x("a0", DEVICE);
    for (int served = 0; served < ROUNDS; served++) {
      awaitAccess();
      hart.exit().value = served;
    }
    awaitAccess();
  }

  private void awaitAccess() {
    int reason = Exit.BUDGET;
    for (int tries = 0; tries < 9 && reason == Exit.BUDGET; tries++) {
      reason = m.hart().run(1000);
    }
    assertThat(reason).isIn(Exit.MMIO_READ, Exit.MMIO_WRITE);
    assertThat(m.hart().exit().address).isEqualTo(DEVICE);
  }

  /** The last access ends, and then the loop. */
  private Trap end(long value) {
    m.hart().exit().value = value;
    m.x("s1", 0);
    return m.run();
  }

  /** All that the loop does not write is as it was; it has gone round a number of times. */
  private void assertUntouched(int begun, int ended) {
    Hart hart = m.hart();
    assertThat(m.x("t0")).isEqualTo(0x105 + begun);
    assertThat(m.x("t1")).isEqualTo(0x106 + ended);
    for (int r : new int[] {1, 2, 3, 4, 7, 8, 11, 13, 14, 15, 16, 17, 18, 27, 28, 31}) {
      assertThat(hart.x(r)).as("x%d", r).isEqualTo(0x100 + r);
    }
    for (int r = 0; r < 32; r++) {
      if (r != 15) {
        assertThat(hart.f(r)).as("f%d", r).isEqualTo(0x200 + r);
      }
    }
  }

  @Test
  void registersAreSeenAsTheyAreMeanwhile() {
    waitAt("lw a2, 0(a0)");
    assertThat(m.hart().pc()).isEqualTo(ACCESS);
    assertThat(m.hart().register("pc")).isEqualTo(ACCESS);
    assertThat(m.hart().register("a2")).isEqualTo(ROUNDS - 1);
    assertThat(m.hart().register("f9")).isEqualTo(0x209);
    assertUntouched(ROUNDS + 1, ROUNDS);
    end(0x8000_0001L);
    assertThat(m.x("a2")).isEqualTo(0xffff_ffff_8000_0001L);
  }

  @Test
  void threadsThatLookAtOnceSeeTheSame() {
    waitAt("lw a2, 0(a0)");
    var first = CompletableFuture.supplyAsync(() -> m.hart().register("s4"));
    var second = CompletableFuture.supplyAsync(() -> m.hart().register("t0"));
    assertThat(first.join()).isEqualTo(0x114);
    assertThat(second.join()).isEqualTo(0x105 + ROUNDS + 1);
    assertThat(end(7).cause()).isEqualTo(Cause.BREAKPOINT);
    assertThat(m.x("a2")).isEqualTo(7);
  }

  @ParameterizedTest
  @ValueSource(strings = {"lw a2, 0(a0)", "sw a2, 0(a0)"})
  void whatIsSetMeanwhileStaysSet(String access) {
    waitAt(access);
    m.hart().register("s5", 0x5555);
    m.hart().register("a2", 0x2222);
    m.hart().register("f9", 0x9999);
    end(7);
    assertThat(m.x("s5")).isEqualTo(0x5555);
    assertThat(m.x("a2")).isEqualTo(access.startsWith("lw") ? 7 : 0x2222);
    assertThat(m.hart().f(9)).isEqualTo(0x9999);
    assertThat(m.x("t1")).isEqualTo(0x106 + ROUNDS + 1);
  }

  @Test
  void aLoadOfAnyKindWritesItsOwnRegisterAlone() {
    waitAt("lw zero, 0(a0)");
    assertThat(end(-1).cause()).isEqualTo(Cause.BREAKPOINT);
    assertUntouched(ROUNDS + 1, ROUNDS + 1);
    assertThat(m.x("zero")).isZero();

    waitAt("fld fa5, 0(a0)");
    end(0x1234_5678_9abc_def0L);
    assertUntouched(ROUNDS + 1, ROUNDS + 1);
    assertThat(m.hart().f(15)).isEqualTo(0x1234_5678_9abc_def0L);
    assertThat(m.x("a5")).isEqualTo(0x10f);

    waitAt("flw fa5, 0(a0)");
    end(0x3f80_0000L);
    assertThat(m.hart().f(15)).isEqualTo(0xffff_ffff_3f80_0000L);
    assertThat(m.csr(CsrNumber.MSTATUS) & 3L << 13).as("FS").isEqualTo(3L << 13);
  }

  @ParameterizedTest
  @ValueSource(strings = {"lw a2, 0(a0)", "sw a2, 0(a0)"})
  void aRefusedAccessIsAPreciseFault(String access) {
    waitAt(access);
    long a2 = m.x("a2");
    m.hart().exit().fault = true;
    boolean load = access.startsWith("lw");
    Trap trap = m.run();
    assertThat(trap.cause()).isEqualTo(load ? Cause.LOAD_ACCESS_FAULT : Cause.STORE_ACCESS_FAULT);
    assertThat(trap.epc()).isEqualTo(ACCESS);
    assertThat(trap.tval()).isEqualTo(DEVICE);
    assertThat(m.x("a2")).isEqualTo(a2);
    assertUntouched(ROUNDS + 1, ROUNDS);
  }

  @Test
  void anInterruptOfTheAccessIsTakenBehindIt() {
    waitAt("lw a2, 0(a0)");
    m.csr(CsrNumber.MIE, 1L << MEI);
    setStatus(MIE);
    m.hart().raise(MEI, true);
    m.hart().exit().value = 7;
    Trap trap = m.run();
    assertThat(trap.cause()).isEqualTo(Cause.INTERRUPT | MEI);
    assertThat(trap.epc()).isEqualTo(BEHIND);
    assertThat(m.x("a2")).isEqualTo(7);
    assertUntouched(ROUNDS + 1, ROUNDS);
  }

  @Test
  void anInterruptOfTheAccessWaitsUntilItIsEnabled() {
    m.csr(CsrNumber.MIE, 1L << MEI);
    waitAt("lw a2, 0(a0)");
    m.hart().raise(MEI, true);
    m.place(BEHIND, "csrsi mstatus, 8; ebreak");
    m.hart().exit().value = 7;
    Trap trap = m.run();
    assertThat(trap.cause()).isEqualTo(Cause.INTERRUPT | MEI);
    assertThat(trap.epc()).isEqualTo(BEHIND + 4);
  }

  @Test
  void aKickedHartEndsTheInstructionAndExecutesNoOther() {
    waitAt("lw a2, 0(a0)");
    m.hart().exit().value = 7;
    long retired = m.hart().instructions();
    m.hart().kick();
    assertThat(m.hart().run(1000)).isEqualTo(Exit.BUDGET);
    assertThat(m.hart().pc()).isEqualTo(BEHIND);
    assertThat(m.hart().instructions()).isEqualTo(retired);
    assertThat(m.x("a2")).isEqualTo(7);
    assertUntouched(ROUNDS + 1, ROUNDS);
    assertThat(end(0).cause()).isEqualTo(Cause.BREAKPOINT);
    assertThat(m.x("a2")).isEqualTo(7);
  }

  @Test
  void aHartThatStartsAgainRemembersNothing() {
    waitAt("lw a2, 0(a0)");
    m.hart().enterMachine(MachineFixture.CODE, 5, 6);
    for (int r = 0; r < 32; r++) {
      assertThat(m.hart().x(r)).as("x%d", r).isEqualTo(r == 10 ? 5 : r == 11 ? 6 : 0);
      assertThat(m.hart().f(r)).as("f%d", r).isZero();
    }
    m.hart().exit().value = 7;
    m.csr(CsrNumber.MTVEC, MachineFixture.MACHINE_TRAP);
    m.code("addi a3, a1, 1; ebreak").run();
    assertThat(m.x("a3")).isEqualTo(7);
    assertThat(m.x("a2")).isZero();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 7, 100, 5000})
  void instructionsAreCountedWhateverTheBudget(long budget) {
    m.code(
        """
          li s1, 100
        1:
          lw a2, 0(a0)
          add a3, a3, a2
          sw a3, 8(a0)
          addi s1, s1, -1
          bnez s1, 1b
          ebreak
        """);
    m.x("a0", DEVICE);
    long before = m.hart().instructions();
    long answers = 0;
    while (m.hart().pc() != MachineFixture.MACHINE_TRAP) {
      int reason = m.hart().run(budget);
      if (reason == Exit.MMIO_READ) {
        m.hart().exit().value = ++answers;
      }
    }
    assertThat(m.x("a3")).isEqualTo(5050);
    assertThat(answers).isEqualTo(100);
    assertThat(m.csr(CsrNumber.MEPC)).isEqualTo(MachineFixture.CODE + 6 * 4);
    assertThat(m.hart().instructions() - before).isBetween(501L, 501L + budget);
  }
}
