package atoll.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import atoll.codestore.CodeLibrary;
import atoll.engine.CodeStore;
import atoll.engine.Engine;
import atoll.engine.Hart;
import atoll.engine.software.Interpreter;
import atoll.engine.software.Translator;
import atoll.isa.CsrNumber;
import atoll.testkit.Engines;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A short run of {@link LockStep} with a fixed seed, and proof that it finds faults. */
@Tag("slow")
class LockStepTest {
  private static final long SEED = 20260101;
  private static final long INSTRUCTIONS = 20_000_000;

  /** Far more than until a rare fault shows. */
  private static final long MOST = 30_000_000;

  /** Opcodes of x86-64: to a register, of a register or memory. */
  private static final byte ADD = 0x03;

  private static final byte SUB = 0x2b;

  private static final Path REPORTS = Path.of("target/lockstep");

  private final List<String> log = new ArrayList<>();

  /** The interpreter beside itself shows only that programs are repeatable. */
  @ParameterizedTest
  @MethodSource("atoll.testkit.Engines#all")
  void hotProgramsRunAsOnTheInterpreter(Engine engine) throws IOException {
    LockStep run = new LockStep(against(engine), KeptCode.State.NONE, REPORTS, log::add);
    long instructions = engine instanceof Interpreter ? INSTRUCTIONS / 4 : INSTRUCTIONS;
    run.run(SEED, instructions);
    assertThat(run.findings()).as(String.join("\n", log)).isZero();
    assertThat(run.instructions()).isGreaterThanOrEqualTo(instructions);
  }

  private static LockStepPair against(Engine engine) {
    return new LockStepPair(new Interpreter(), engine, false);
  }

  /** Or a difference would say nothing of the engine. */
  @Test
  void programsDoNotDependOnWhatAHartRemembersOfAddresses() throws IOException {
    LockStepPair forgetful = new LockStepPair(new Interpreter(), new Interpreter(), true);
    LockStep run = new LockStep(forgetful, KeptCode.State.NONE, REPORTS, log::add);
    run.run(SEED, INSTRUCTIONS / 4);
    assertThat(run.findings()).as(String.join("\n", log)).isZero();
  }

  static List<Arguments> faults() {
    return List.of(
        fault("x17", hart -> hart.x(17, hart.x(17) ^ 1L << 40)),
        fault("f30", hart -> hart.f(30, hart.f(30) ^ 1)),
        fault("pc", hart -> hart.pc(hart.pc() + 2)),
        fault("CSR 0x003", hart -> hart.csr(CsrNumber.FCSR, hart.csr(CsrNumber.FCSR) ^ 16)),
        fault("CSR 0x140", hart -> hart.csr(CsrNumber.SSCRATCH, ~hart.csr(CsrNumber.SSCRATCH))),
        fault("CSR 0x300", hart -> hart.csr(CsrNumber.MSTATUS, hart.csr(CsrNumber.MSTATUS) ^ 2)));
  }

  private static Arguments fault(String where, Consumer<Hart> fault) {
    return Arguments.of(where, fault);
  }

  @ParameterizedTest
  @MethodSource("faults")
  void aRareFaultOfAnEngineIsFoundAndNamed(String where, Consumer<Hart> fault, @TempDir Path folder)
      throws IOException {
    LockStep run = new LockStep(against(new Faulty(fault)), KeptCode.State.NONE, folder, log::add);
    for (long seed = SEED; run.findings() == 0; seed++) {
      run.run(seed, run.instructions() + 1);
      assertThat(run.instructions()).isLessThan(MOST);
    }
    assertThat(log).anySatisfy(line -> assertThat(line).contains(where));
    try (var reports = Files.list(folder)) {
      String report = Files.readString(reports.findFirst().orElseThrow());
      assertThat(report).contains(where).contains("--program 0x").contains("last instructions");
    }
  }

  @Test
  void oneInstructionMissingFromTheCountIsFound(@TempDir Path folder) throws IOException {
    LockStep run = new LockStep(against(new Miscounting()), KeptCode.State.NONE, folder, log::add);
    run.run(SEED, 1);
    assertThat(run.findings()).isEqualTo(1);
  }

  /**
   * One addition in a piece of translated code is a subtraction: the verifier has nothing against
   * that, so lock-step must.
   */
  @Test
  void aWrongTranslationIsFoundAndNamed(@TempDir Path folder) throws IOException {
    assumeTrue(Translator.unavailable().isEmpty(), "the translator cannot run here");
    try (KeptCode code = new KeptCode()) {
      try (CodeLibrary library = code.open()) {
        assertThat(findings(library, folder)).isZero();
      }
      try (CodeLibrary library = code.open()) {
        CodeStore store = new ReadStore(library, LockStepTest::mistaken);
        assertThat(findings(store, folder)).isEqualTo(1);
      }
      assertThat(log).anySatisfy(line -> assertThat(line).contains("program 0x", "burst"));
      assertThat(String.join("", log)).doesNotContain("not seen when repeated");
    }
  }

  private int findings(CodeStore store, Path folder) throws IOException {
    LockStep run =
        new LockStep(against(Engines.keeping(store)), KeptCode.State.NONE, folder, log::add);
    run.run(SEED, 1);
    return run.findings();
  }

  /** Of a piece that has one: some ADD to a register becomes a SUB, always the same one. */
  private static MemorySegment mistaken(MemorySegment piece) {
    List<Long> adds = new ArrayList<>();
    for (long at = piece == null ? 0 : piece.byteSize() - 2; at > 64; at--) {
      boolean wide = (piece.get(ValueLayout.JAVA_BYTE, at - 1) & 0xf8) == 0x48;
      if (wide && piece.get(ValueLayout.JAVA_BYTE, at) == ADD) {
        adds.add(at);
      }
    }
    if (!adds.isEmpty()) {
      SplittableRandom random = new SplittableRandom(piece.byteSize());
      piece.set(ValueLayout.JAVA_BYTE, adds.get(random.nextInt(adds.size())), SUB);
    }
    return piece;
  }

  @Test
  void oneByteOfMemoryIsFoundAndNamed() {
    try (LockStepMachine one = new LockStepMachine(new Interpreter());
        LockStepMachine other = new LockStepMachine(new Interpreter())) {
      HotProgram.load(SEED, one, other);
      assertThat(one.firstDifferenceInMemory(other)).isEqualTo(-1);
      long last = LockStepMachine.RAM + LockStepMachine.SIZE - 1;
      other.memory().putByte(last, (byte) 1);
      assertThat(one.firstDifferenceInMemory(other)).isEqualTo(last);
      assertThat(one.differences(other))
          .singleElement()
          .asString()
          .contains("memory at 0x803ffff8");
    }
  }

  /** The interpreter, but for one fault in two thousand of its slices. */
  private record Faulty(Consumer<Hart> fault) implements Engine {
    @Override
    public String name() {
      return "faulty";
    }

    @Override
    public Executor executor(Hart hart) {
      Executor right = new Interpreter().executor(hart);
      SplittableRandom random = new SplittableRandom(SEED);
      return limit -> {
        int left = right.execute(limit);
        if (random.nextInt(2000) == 0) {
          fault.accept(hart);
        }
        return left;
      };
    }
  }

  /** The interpreter, but for a slice that claims to have executed one instruction less. */
  private record Miscounting() implements Engine {
    @Override
    public String name() {
      return "miscounting";
    }

    @Override
    public Executor executor(Hart hart) {
      Executor right = new Interpreter().executor(hart);
      SplittableRandom random = new SplittableRandom(SEED);
      return limit -> {
        int left = right.execute(limit);
        return random.nextInt(500) == 0 && left < limit ? left + 1 : left;
      };
    }
  }
}
