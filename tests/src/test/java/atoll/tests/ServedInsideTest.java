package atoll.tests;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.cpu.Exit;
import atoll.cpu.ExitServer;
import atoll.engine.Hart;
import atoll.engine.PostedFence;
import atoll.engine.RemoteFence;
import atoll.isa.Cause;
import atoll.isa.CsrNumber;
import atoll.testkit.MachineFixture;
import atoll.testkit.Trap;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntUnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Accesses to devices that are served while the hart stays inside its run (ADR 179). */
class ServedInsideTest extends Conformance {
  private static final long DEVICE = 0x1000_0000L;
  private static final long MIE = 1L << 3;
  private static final int MEI = 11;

  /** Rounds of the loop: code is warm, and mostly hot, long before that. */
  private static final int ROUNDS = 3000;

  /** The access that something happens at. */
  private static final int EVENT = 2000;

  private static final long ACCESS = MachineFixture.CODE;
  private static final long BEHIND = ACCESS + 4;

  private final List<String> seen = new ArrayList<>();
  private int accesses;

  /** What the device answers by the access's number, from 1 on; tests may do more in it. */
  private IntUnaryOperator answer = number -> ExitServer.SERVED;

  @BeforeEach
  void serve() {
    hart().exit().server =
        reason -> {
          accesses++;
          Exit exit = hart().exit();
          exit.nanos = m.clock().nanos();
          if (!exit.write) {
            exit.value = accesses;
          }
          return answer.applyAsInt(accesses);
        };
  }

  private Hart hart() {
    return m.hart();
  }

  /** Executes an access and three more instructions in a loop; register r has 0x100 + r before. */
  private void loop(String access) {
    m.code("1: " + access + "; addi t1, t1, 1; addi s1, s1, -1; bnez s1, 1b; ebreak");
    for (int r = 1; r < 32; r++) {
      hart().x(r, 0x100 + r);
    }
    m.x("a0", DEVICE);
    m.x("s1", ROUNDS);
  }

  /** Goes on until the hart leaves for something else than that its time is over. */
  private int leave() {
    int reason = Exit.BUDGET;
    for (int tries = 0; tries < 9 && reason == Exit.BUDGET; tries++) {
      reason = hart().run(4 * ROUNDS);
    }
    return reason;
  }

  @Test
  void aLoopOfAccessesIsOneRun() {
    loop("lw a2, 0(a0)");
    long before = hart().instructions();
    assertThat(hart().run(4 * ROUNDS)).isEqualTo(Exit.BUDGET);
    assertThat(accesses).isEqualTo(ROUNDS);
    assertThat(hart().instructions() - before).isEqualTo(4 * ROUNDS);
    assertThat(m.x("a2")).isEqualTo(ROUNDS);
    assertThat(m.x("t1")).isEqualTo(0x106 + ROUNDS);
    assertThat(m.run().cause()).isEqualTo(Cause.BREAKPOINT);
  }

  @ParameterizedTest
  @CsvSource({"lb, -32", "lbu, 224", "lh, -288", "lhu, 65248", "lw, -288", "lwu, 4294967008"})
  void aLoadGetsWhatItsKindReads(String load, long wanted) {
    loop(load + " a2, 0(a0)");
    answer =
        number -> {
          hart().exit().value = 0xffff_ffff_ffff_fee0L & -1L >>> 64 - 8 * hart().exit().size;
          return ExitServer.SERVED;
        };
    leave();
    assertThat(m.x("a2")).isEqualTo(wanted);
    assertThat(m.x("a3")).isEqualTo(0x10d);
  }

  @Test
  void aStoreCarriesItsValue() {
    loop("sw t1, 8(a0)");
    answer =
        number -> {
          Exit exit = hart().exit();
          assertThat(exit.address).isEqualTo(DEVICE + 8);
          assertThat(exit.value).isEqualTo(0x106 + number - 1);
          return ExitServer.SERVED;
        };
    leave();
    assertThat(accesses).isEqualTo(ROUNDS);
  }

  @Test
  void floatingPointIsLoaded() {
    setStatus(3L << 13);
    loop("fld fa5, 0(a0)");
    leave();
    assertThat(hart().f(15)).isEqualTo(ROUNDS);
    assertThat(m.x("a5")).isEqualTo(0x10f);
  }

  @Test
  void whoServesSeesTheHartAsItIs() {
    loop("lw a2, 0(a0)");
    answer =
        number -> {
          if (number == EVENT) {
            seen.add(
                "%x %x %x"
                    .formatted(
                        hart().register("pc"), hart().register("t1"), hart().register("a2")));
            hart().register("s4", 0x4444);
          }
          return ExitServer.SERVED;
        };
    leave();
    assertThat(seen).containsExactly("%x %x %x".formatted(ACCESS, 0x106 + EVENT - 1, EVENT - 1));
    assertThat(m.x("s4")).isEqualTo(0x4444);
    assertThat(m.x("a2")).isEqualTo(ROUNDS);
    assertThat(m.x("t1")).isEqualTo(0x106 + ROUNDS);
  }

  @Test
  void anInterruptOfTheAccessIsTakenBehindIt() {
    m.csr(CsrNumber.MIE, 1L << MEI);
    setStatus(MIE);
    loop("lw a2, 0(a0)");
    answer =
        number -> {
          hart().raise(MEI, number == EVENT);
          return ExitServer.SERVED;
        };
    Trap trap = m.run();
    assertThat(trap.cause()).isEqualTo(Cause.INTERRUPT | MEI);
    assertThat(trap.epc()).isEqualTo(BEHIND);
    assertThat(m.x("a2")).isEqualTo(EVENT);
    assertThat(m.x("t1")).isEqualTo(0x106 + EVENT - 1);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aHartThatIsToLeaveExecutesNothingMore(boolean kicked) {
    loop("lw a2, 0(a0)");
    answer =
        number -> {
          if (kicked && number == EVENT) {
            hart().kick();
          }
          return number == EVENT && !kicked ? ExitServer.LEAVE : ExitServer.SERVED;
        };
    long before = hart().instructions();
    assertThat(hart().run(4 * ROUNDS)).isEqualTo(Exit.BUDGET);
    assertThat(hart().pc()).isEqualTo(BEHIND);
    assertThat(m.x("a2")).isEqualTo(EVENT);
    assertThat(hart().instructions() - before).isEqualTo(4 * (EVENT - 1) + 1);
    leave();
    assertThat(accesses).isEqualTo(ROUNDS);
  }

  @ParameterizedTest
  @ValueSource(strings = {"lw a2, 0(a0)", "sw a2, 0(a0)"})
  void whatIsDeclinedIsAnExit(String access) {
    loop(access);
    boolean load = access.startsWith("lw");
    answer = number -> number == EVENT ? ExitServer.DECLINED : ExitServer.SERVED;
    assertThat(hart().run(4 * ROUNDS)).isEqualTo(load ? Exit.MMIO_READ : Exit.MMIO_WRITE);
    assertThat(hart().pc()).isEqualTo(ACCESS);
    assertThat(hart().exit().address).isEqualTo(DEVICE);
    hart().exit().value = 77;
    assertThat(hart().run(1)).isEqualTo(Exit.BUDGET);
    assertThat(m.x("a2")).isEqualTo(load ? 77 : 0x10c);
    leave();
    assertThat(m.x("t1")).isEqualTo(0x106 + ROUNDS);
  }

  @Test
  void aDeclinedAccessThatNobodyAnswersIsAPreciseFault() {
    loop("lw a2, 0(a0)");
    answer = number -> number == EVENT ? ExitServer.DECLINED : ExitServer.SERVED;
    assertThat(hart().run(4 * ROUNDS)).isEqualTo(Exit.MMIO_READ);
    hart().exit().fault = true;
    Trap trap = m.run();
    assertThat(trap.cause()).isEqualTo(Cause.LOAD_ACCESS_FAULT);
    assertThat(trap.epc()).isEqualTo(ACCESS);
    assertThat(m.x("a2")).isEqualTo(EVENT - 1);
  }

  private PostedFence fenceAll() {
    return m.group().postFence(1, RemoteFence.Address.EVERYTHING);
  }

  @Test
  void othersNeedNotWaitForTheHartAndAreHeardBeforeItsNextInstruction() {
    loop("lw a2, 0(a0)");
    long fences = hart().tlbFlushes();
    answer =
        number -> {
          if (number == EVENT) {
            seen.add("arrived: " + fenceAll().arrived());
          }
          return ExitServer.SERVED;
        };
    leave();
    assertThat(seen).containsExactly("arrived: true");
    assertThat(hart().tlbFlushes()).isGreaterThan(fences);
    assertThat(m.x("t1")).isEqualTo(0x106 + ROUNDS);
  }

  @Test
  void codeBehindThatADeviceOverwritesIsTheNewOne() {
    loop("lw a2, 0(a0)");
    answer =
        number -> {
          if (number == EVENT) {
            m.place(BEHIND, "addi t1, t1, 2");
          }
          return ExitServer.SERVED;
        };
    leave();
    assertThat(m.x("t1")).isEqualTo(0x106 + EVENT - 1 + 2 * (ROUNDS - EVENT + 1));
  }

  @Test
  void aFailureOfWhoServesGoesThroughTheHartUnharmed() {
    loop("lw a2, 0(a0)");
    answer =
        number -> {
          if (number == EVENT) {
            throw new IllegalStateException("on purpose");
          }
          return ExitServer.SERVED;
        };
    try {
      hart().run(4 * ROUNDS);
      seen.add("went on");
    } catch (IllegalStateException e) {
      seen.add(e.getMessage());
    }
    assertThat(seen).containsExactly("on purpose");
    assertThat(hart().register("pc")).isEqualTo(ACCESS);
    assertThat(hart().register("a2")).isEqualTo(EVENT - 1);
  }
}
