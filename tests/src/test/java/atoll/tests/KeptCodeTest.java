package atoll.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import atoll.codestore.CodeLibrary;
import atoll.engine.CodeStore;
import atoll.engine.StopCause;
import atoll.engine.StopPoints;
import atoll.engine.StopPoints.Breakpoint;
import atoll.engine.TranslationStatistics;
import atoll.engine.Tuning;
import atoll.engine.software.Interpreter;
import atoll.engine.software.Translator;
import atoll.testkit.Engines;
import atoll.testkit.MachineFixture;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Code that an earlier run has translated is taken, and only where it is what it was. */
class KeptCodeTest {
  private static final long SEED = 20260202;
  private static final long INSTRUCTIONS = 400_000;
  private static final long ADDEND = MachineFixture.DATA + 0x8000;

  /** Calls a function in a hot loop, at the end of a page that an instruction goes beyond. */
  private static final String LOOP =
      """
        li t0, 300000
        li t1, DATA
        li a0, 0
      1:
        ld t2, 0(t1)
        jal f
        addi t0, t0, -1
        bnez t0, 1b
        ebreak
      f:
        addi a0, a0, 3
        amoadd.d t3, a0, (t1)
        ret
      """
          .replace("DATA", Long.toString(MachineFixture.DATA));

  /** Enough code for a file. */
  private static final String MUCH = much();

  @TempDir private Path folder;

  @BeforeEach
  void needTheTranslator() {
    assumeTrue(Translator.unavailable().isEmpty(), "the translator cannot run here");
  }

  private static String much() {
    StringBuilder code = new StringBuilder("li s0, 4000\n2:\n");
    for (int i = 0; i < 300; i++) {
      code.append("addi a1, a1, %d; ld t5, 0(t1); sd a1, 8(t1); j 9f; 9:\n".formatted(i));
    }
    return code + "addi s0, s0, -1; beqz s0, 3f; j 2b; 3:\n";
  }

  private CodeLibrary library() {
    return KeptCode.open(folder);
  }

  /** One run with a library that is published at its end. */
  private TranslationStatistics run(String code, int harts, Consumer<MachineFixture> look) {
    try (CodeLibrary library = library();
        MachineFixture m =
            new MachineFixture(
                new Translator(Tuning.DEFAULT, Optional.empty(), Optional.of(library)), harts)) {
      m.code(code).runHot();
      look.accept(m);
      return m.hart().translation();
    }
  }

  private TranslationStatistics run(String code) {
    long[] result = new long[2];
    TranslationStatistics translation =
        run(
            code,
            1,
            m -> {
              result[0] = m.x("a0");
              result[1] = m.x("a1");
            });
    try (MachineFixture oracle = new MachineFixture(new Interpreter())) {
      oracle.code(code).runHot();
      assertThat(result).containsExactly(oracle.x("a0"), oracle.x("a1"));
    }
    return translation;
  }

  @Test
  void aSecondRunTranslatesNothing() {
    TranslationStatistics first = run("li t1, %d\n".formatted(ADDEND) + MUCH + LOOP);
    assertThat(first.blocks()).isGreaterThan(100);
    assertThat(first.regions()).isPositive();
    assertThat(first.loaded()).isZero();
    TranslationStatistics second = run("li t1, %d\n".formatted(ADDEND) + MUCH + LOOP);
    assertThat(second.loaded()).isGreaterThan(100);
    assertThat(second.blocks()).isLessThan(10);
    assertThat(second.damaged()).isZero();
    assertThat(second.interpreted()).isLessThan(first.interpreted() / 2);
  }

  @Test
  void codeForOneHartIsNotForTwo() {
    run("li t1, %d\n".formatted(ADDEND) + MUCH + LOOP);
    TranslationStatistics two = run("li t1, %d\n".formatted(ADDEND) + MUCH + LOOP, 2, m -> {});
    assertThat(two.loaded()).isZero();
  }

  @Test
  void codeThatIsOtherThanBeforeIsTranslated() {
    run("li t1, %d\n".formatted(ADDEND) + MUCH + LOOP);
    TranslationStatistics other =
        run("li t1, %d\n".formatted(ADDEND) + MUCH.replace("a1, a1, 1;", "a1, a1, 2;") + LOOP);
    assertThat(other.loaded()).isGreaterThan(100);
    assertThat(other.blocks()).isBetween(1L, 10L);
  }

  /** The function's first instruction is written between two rounds, to and fro. */
  @Test
  void codeThatChangesItselfRunsAsItIs() {
    String changing =
        "li t1, %d\n".formatted(ADDEND)
            + MUCH
            + """
            la s1, g; lw s2, 0(s1); lw s3, 8(s1); li s4, 400; li a0, 0
            4: li s5, 50
            5: jal g
            addi s5, s5, -1; bnez s5, 5b
            lw s6, 0(s1); sw s3, 0(s1); sw s6, 8(s1); mv s3, s6
            fence.i
            addi s4, s4, -1; bnez s4, 4b
            ebreak
            .option norvc
            .balign 64
            g: addi a0, a0, 1
            ret
            addi a0, a0, 5
            """;
    run(changing);
    assertThat(run(changing).loaded()).isPositive();
  }

  @Test
  void aBreakpointInCodeOfAnEarlierRunIsMet() {
    String code = "li t1, %d\n".formatted(ADDEND) + MUCH + "ebreak";
    run(code);
    try (CodeLibrary library = library();
        MachineFixture m = new MachineFixture(Engines.keeping(library))) {
      m.code(code);
      long stop = MachineFixture.CODE + 0x200;
      m.group()
          .stopPoints(
              new StopPoints(List.of(new Breakpoint(stop, OptionalLong.empty())), List.of()));
      assertThat(m.runToStop()).isEqualTo(new StopCause.Breakpoint());
      assertThat(m.hart().pc()).isEqualTo(stop);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 20, 400})
  void aDamagedFileChangesNothingAndIsMended(int bits) throws IOException {
    String code = "li t1, %d\n".formatted(ADDEND) + MUCH + LOOP;
    run(code);
    SplittableRandom random = new SplittableRandom(SEED + bits);
    for (Path file : KeptCode.files(folder)) {
      KeptCode.damage(file, bits, random);
    }
    run(code);
    run(code);
    TranslationStatistics mended = run(code);
    assertThat(mended.blocks()).isLessThan(10);
    assertThat(mended.loaded()).isGreaterThan(100);
  }

  @ParameterizedTest
  @ValueSource(longs = {SEED, SEED + 1})
  void hotProgramsRunAsOnTheInterpreterByCodeOfEarlierRuns(long seed) {
    assertThat(lockStep(seed)).isZero();
    assertThat(lockStep(seed)).isGreaterThan(100);
  }

  /** Runs a program on both engines; returns how many pieces of code were taken. */
  private long lockStep(long seed) {
    try (CodeLibrary library = library()) {
      AtomicLong taken = new AtomicLong();
      CodeStore counting =
          new ReadStore(
              library,
              piece -> {
                taken.incrementAndGet();
                return piece;
              });
      LockStepPair pair = new LockStepPair(new Interpreter(), Engines.keeping(counting), false);
      try (LockStepRun run = new LockStepRun(pair, seed)) {
        while (run.instructions() < INSTRUCTIONS) {
          assertThat(run.step()).isTrue();
        }
        assertThat(run.agree()).isTrue();
      }
      return taken.get();
    }
  }
}
