package atoll.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import atoll.engine.Engine;
import atoll.engine.Hart;
import atoll.engine.StopCause;
import atoll.engine.StopPoints;
import atoll.engine.StopPoints.Breakpoint;
import atoll.engine.TranslationStatistics;
import atoll.engine.software.Interpreter;
import atoll.engine.software.Translator;
import atoll.host.Effects;
import atoll.isa.Assembler;
import atoll.testkit.Engines;
import atoll.testkit.MachineFixture;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.List;
import java.util.OptionalLong;
import java.util.Queue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Regions that another thread makes are used only if the guest's code is still the same then. */
class RegionsElsewhereTest {
  private static final long SEED = 20260303;
  private static final long INSTRUCTIONS = 150_000;
  private static final int STEP = 5_000;

  /**
   * Counts in a0 for as long as s2 is not zero; else writes t1 over what counts, and goes on. What
   * another hart does begins behind it.
   */
  private static final String LOOP =
      """
        la t0, 1f
        li s2, 1
        li a0, 0
      1:
        addi a0, a0, 1
        addi a1, a1, 1
        bnez s2, 1b
        sw t1, 0(t0)
        li s2, 1
        j 1b
      2:
        sw t1, 0(t0)
      3:
        j 3b
      """;

  private static final long COUNTER = MachineFixture.CODE + address("1:");
  private static final long OTHER = MachineFixture.CODE + address("2:");

  /** {@code addi a0, a0, 0}. */
  private static final int STILL =
      ByteBuffer.wrap(Assembler.assemble(".option norvc; addi a0, a0, 0"))
          .order(ByteOrder.LITTLE_ENDIAN)
          .getInt();

  /** What is ordered, and not made until the test says so. */
  private final Queue<Runnable> ordered = new ArrayDeque<>();

  private static String uncompressed() {
    return ".option norvc\n" + LOOP;
  }

  private static long address(String label) {
    return Assembler.assemble(uncompressed().substring(0, uncompressed().indexOf(label) + 2))
        .length;
  }

  @BeforeEach
  void needTheTranslator() {
    assumeTrue(Translator.unavailable().isEmpty(), "the translator cannot run here");
  }

  /** Runs the loop until a region of it is ordered. */
  private MachineFixture ordering() {
    MachineFixture m = new MachineFixture(Engines.besides(ordered::add), 2);
    m.code(uncompressed()).x("t1", STILL);
    for (int i = 0; i < 100 && ordered.isEmpty(); i++) {
      m.hart().run(STEP);
    }
    assertThat(ordered).hasSize(1);
    return m;
  }

  private static TranslationStatistics translation(MachineFixture m) {
    return m.hart().translation();
  }

  private void make() {
    while (!ordered.isEmpty()) {
      ordered.remove().run();
    }
  }

  private static long counted(MachineFixture m, int instructions) {
    long before = m.x("a0");
    m.hart().run(instructions);
    return m.x("a0") - before;
  }

  @Test
  void aHartGoesOnUntilItsRegionIsThereAndThenUsesIt() {
    try (MachineFixture m = ordering()) {
      assertThat(counted(m, 20 * STEP)).isGreaterThan(STEP);
      assertThat(ordered).as("one at a time").hasSize(1);
      assertThat(translation(m).regions()).isZero();
      make();
      assertThat(translation(m).regions()).isZero();
      assertThat(counted(m, STEP)).isGreaterThan(STEP / 4);
      assertThat(translation(m).regions()).isEqualTo(1);
      assertThat(translation(m).regionsElsewhere()).isEqualTo(1);
      assertThat(translation(m).tierUps()).isPositive();
      assertThat(translation(m).voidRegions()).isZero();
    }
  }

  /** Who writes the counting instruction. */
  enum Writer {
    DEVICE,
    ITSELF,
    OTHER_HART;

    void write(MachineFixture m) {
      switch (this) {
        case DEVICE -> m.memory().putInt(COUNTER, STILL);
        case ITSELF -> {
          m.x("s2", 0);
          m.hart().run(STEP);
        }
        case OTHER_HART -> {
          Hart other = m.group().harts().get(1);
          other.x(6, STILL);
          other.x(5, COUNTER);
          other.pc(OTHER);
          other.run(100);
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Writer.class)
  void codeThatIsWrittenBeforeItsRegionIsMadeRunsAsWritten(Writer writer) {
    try (MachineFixture m = ordering()) {
      writer.write(m);
      isVoid(m);
    }
  }

  @ParameterizedTest
  @EnumSource(Writer.class)
  void codeThatIsWrittenOnceItsRegionIsMadeRunsAsWritten(Writer writer) {
    try (MachineFixture m = ordering()) {
      Runnable first = ordered.remove();
      first.run();
      writer.write(m);
      if (writer != Writer.ITSELF) { // which has had to run for it, and had its region then
        isVoid(m);
      }
      assertThat(counted(m, 20 * STEP)).isZero();
    }
  }

  private void isVoid(MachineFixture m) {
    make();
    assertThat(counted(m, STEP)).isZero();
    assertThat(translation(m).voidRegions()).isEqualTo(1);
    assertThat(translation(m).regions()).isZero();
    for (int i = 0; i < 20; i++) {
      make();
      assertThat(counted(m, STEP)).isZero();
    }
    assertThat(translation(m).regions()).as("of the new code").isPositive();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aBreakpointThatIsSetMeanwhileIsMet(boolean made) {
    try (MachineFixture m = ordering()) {
      if (made) {
        make();
      }
      m.group()
          .stopPoints(
              new StopPoints(
                  List.of(new Breakpoint(COUNTER + 4, OptionalLong.empty())), List.of()));
      make();
      assertThat(m.runToStop()).isEqualTo(new StopCause.Breakpoint());
      assertThat(m.hart().pc()).isEqualTo(COUNTER + 4);
    }
  }

  @Test
  void aHartMakesItsRegionsItselfWhereNobodyTakesItsOrders() {
    Executor closed =
        task -> {
          throw new RejectedExecutionException();
        };
    try (MachineFixture m = new MachineFixture(Engines.besides(closed))) {
      m.code(uncompressed());
      m.hart().run(100 * STEP);
      assertThat(translation(m).regions()).isPositive();
      assertThat(translation(m).regionsElsewhere()).isZero();
    }
  }

  @Test
  void hotProgramsRunAsOnTheInterpreterWhileRegionsAreMade() {
    Engine engine = Engines.besides(Effects.host().tasks().background());
    LockStepPair pair = new LockStepPair(new Interpreter(), engine, false);
    for (long seed = SEED; seed < SEED + 2; seed++) {
      try (LockStepRun run = new LockStepRun(pair, seed)) {
        while (run.instructions() < INSTRUCTIONS) {
          assertThat(run.step()).as("seed %d", seed).isTrue();
        }
        assertThat(run.agree()).isTrue();
      }
    }
  }
}
