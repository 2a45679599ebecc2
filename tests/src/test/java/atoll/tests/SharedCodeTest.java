package atoll.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import atoll.engine.Engine;
import atoll.engine.Hart;
import atoll.engine.SharedCode;
import atoll.engine.StopCause;
import atoll.engine.StopPoints;
import atoll.engine.StopPoints.Breakpoint;
import atoll.engine.TranslationStatistics;
import atoll.engine.Tuning;
import atoll.engine.software.Interpreter;
import atoll.engine.software.Translator;
import atoll.testkit.Engines;
import atoll.testkit.MachineFixture;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Machines execute code that another one has translated, where their memory is the same. */
class SharedCodeTest {
  private static final long SEED = 20261130;
  private static final long INSTRUCTIONS = 40_000;

  /** Calls a function in another page, which another place writes to when {@code s2} is not 0. */
  private static final String PROGRAM =
      """
        li s0, 4000
        li a0, 0
        la s1, g
      1:
        jal g
        beqz s2, 2f
        lw t0, 0(s1)
        lw t1, 8(s1)
        sw t1, 0(s1)
        sw t0, 8(s1)
        fence.i
      2:
        addi s0, s0, -1
        bnez s0, 1b
        ebreak
        .option norvc
        .balign 4096
      g:
        addi a0, a0, 1
        ret
        addi a0, a0, 5
        .skip 4000
      """;

  private final SharedCode shared = new SharedCode();

  @BeforeEach
  void needTheTranslator() {
    assumeTrue(Translator.unavailable().isEmpty(), "the translator cannot run here");
  }

  @AfterEach
  void close() {
    shared.close();
  }

  private MachineFixture machine(int harts) {
    return new MachineFixture(Engines.sharing(shared), harts).code(PROGRAM);
  }

  /** A machine that has run the program, and offers what it has translated. */
  private void offer(int harts) {
    try (MachineFixture first = machine(harts)) {
      first.runHot();
      assertThat(first.hart().translation().shared()).isZero();
      shared.offer(first.group().harts().stream().map(Hart::code).toList());
    }
  }

  private static long result(MachineFixture m, long s2) {
    m.x("s2", s2).runHot();
    try (MachineFixture oracle = new MachineFixture(new Interpreter())) {
      oracle.code(PROGRAM).x("s2", s2).runHot();
      assertThat(m.x("a0")).isEqualTo(oracle.x("a0"));
    }
    return m.x("a0");
  }

  @Test
  void whatAnotherMachineHasTranslatedIsNotTranslatedAgain() {
    offer(1);
    try (MachineFixture second = machine(1)) {
      assertThat(result(second, 0)).isEqualTo(4000);
      TranslationStatistics translation = second.hart().translation();
      assertThat(translation.shared()).isGreaterThan(3);
      assertThat(translation.blocks()).isZero();
    }
  }

  /** Else each of them would interpret that, since it is too little to be translated. */
  @Test
  void aMachineThatOthersWaitForTranslatesWhatItExecutesOnce() {
    assertThat(once().blocks()).isOne(); // the fixture's, in which it spins at the end
    shared.await(true);
    try (MachineFixture first = patient()) {
      first.runHot();
      assertThat(first.hart().translation().interpreted()).isLessThan(2);
      shared.offer(List.of(first.hart().code()));
    }
    assertThat(shared.awaited()).isFalse();
    TranslationStatistics second = once();
    assertThat(second.interpreted()).isLessThan(2);
    assertThat(second.blocks()).isZero();
    assertThat(second.shared()).isPositive();
  }

  private TranslationStatistics once() {
    try (MachineFixture machine = patient()) {
      machine.runHot();
      assertThat(machine.x("a0")).isEqualTo(3);
      return machine.hart().translation();
    }
  }

  /** Executes each place once, and usually interprets what it executes so rarely. */
  private MachineFixture patient() {
    Tuning usual = Tuning.DEFAULT;
    Tuning tuning =
        new Tuning(usual.warm(), usual.burst(), usual.hot(), usual.slice(), 64 << 20, usual.idle());
    Engine engine = new Translator(tuning, Optional.empty(), Optional.empty(), Optional.of(shared));
    return new MachineFixture(engine, 1).code("li a0, 1; j 1f; nop; 1: addi a0, a0, 2; ebreak");
  }

  @Test
  void aMachineThatWritesToItsCodeHasThatForItself() {
    offer(1);
    try (MachineFixture second = machine(1);
        MachineFixture third = machine(1)) {
      assertThat(result(third, 0)).isEqualTo(4000);
      assertThat(result(second, 1)).isEqualTo(12_000);
      assertThat(second.hart().translation().shared()).isPositive();
      assertThat(second.hart().translation().blocks()).isPositive();
      third.code(PROGRAM);
      assertThat(result(third, 0)).isEqualTo(4000);
    }
  }

  @Test
  void aPageWithOtherBytesIsTranslated() {
    offer(1);
    try (MachineFixture second = machine(1)) {
      second.place(MachineFixture.CODE + 4096, "addi a0, a0, 7; ret");
      second.x("s2", 0).runHot();
      assertThat(second.x("a0")).isEqualTo(7 * 4000);
      assertThat(second.hart().translation().shared()).isPositive();
      assertThat(second.hart().translation().blocks()).isPositive();
    }
  }

  @Test
  void whatIsClosedIsOfferedNoMoreAndStaysWhereItWasTaken() {
    offer(1);
    try (MachineFixture second = machine(1);
        MachineFixture third = machine(1)) {
      assertThat(result(second, 0)).isEqualTo(4000);
      shared.close();
      second.code(PROGRAM);
      assertThat(result(second, 0)).isEqualTo(4000);
      assertThat(result(third, 1)).isEqualTo(12_000);
      assertThat(third.hart().translation().shared()).isZero();
    }
  }

  @Test
  void codeForOneHartIsNotForTwo() {
    offer(1);
    try (MachineFixture second = machine(2)) {
      assertThat(result(second, 0)).isEqualTo(4000);
      assertThat(second.hart().translation().shared()).isZero();
    }
  }

  @Test
  void aBreakpointInSharedCodeIsMet() {
    offer(1);
    try (MachineFixture second = machine(1)) {
      long stop = MachineFixture.CODE + 4096;
      second
          .group()
          .stopPoints(
              new StopPoints(List.of(new Breakpoint(stop, OptionalLong.empty())), List.of()));
      assertThat(second.runToStop()).isEqualTo(new StopCause.Breakpoint());
      assertThat(second.hart().pc()).isEqualTo(stop);
    }
  }

  /** The code of a random program that changes itself is taken from where it had come to. */
  @Test
  void aHotProgramRunsAsOnTheInterpreterByCodeOfAnotherMachine() {
    assertThat(lockStep()).isZero();
    assertThat(lockStep()).isGreaterThan(20);
  }

  /** Returns how many pieces of code were taken, and offers what there is then. */
  private long lockStep() {
    Executors engine = new Executors(Engines.sharing(shared));
    LockStepPair pair = new LockStepPair(new Interpreter(), engine, false);
    try (LockStepRun run = new LockStepRun(pair, SEED)) {
      while (run.instructions() < INSTRUCTIONS) {
        assertThat(run.step()).isTrue();
      }
      assertThat(run.agree()).isTrue();
      shared.offer(List.of(engine.last.code()));
      return engine.last.statistics().shared();
    }
  }

  /** Knows what executes the hart that was made last. */
  private static final class Executors implements Engine {
    private final Engine engine;
    private Executor last;

    Executors(Engine engine) {
      this.engine = engine;
    }

    @Override
    public String name() {
      return engine.name();
    }

    @Override
    public Executor executor(Hart hart) {
      last = engine.executor(hart);
      return last;
    }
  }
}
