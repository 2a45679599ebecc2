package atoll.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import atoll.engine.Engine;
import atoll.testkit.Qemu;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Short runs of {@link Differential} with fixed seeds; the long ones are started by hand. */
@Tag("slow")
class DifferentialTest {
  private static final long SEED = 20260101;
  private static final Path REPORTS = Path.of("target/differential");

  private final List<String> log = new ArrayList<>();

  @ParameterizedTest
  @MethodSource("atoll.testkit.Engines#all")
  void randomInstructionStreamsEndAsOnQemu(Engine engine) throws IOException {
    assumeTrue(Qemu.version().isPresent(), "qemu-system-riscv64 is not installed");
    check(Differential.withQemu(engine, REPORTS, log::add), 2_000_000, 1000);
  }

  @ParameterizedTest
  @MethodSource("atoll.testkit.Engines#all")
  void randomInstructionStreamsEndAsInstructionByInstruction(Engine engine) throws IOException {
    check(Differential.withSteps(engine, REPORTS, log::add), 500_000, 500);
  }

  private void check(Differential run, long instructions, int blocks) throws IOException {
    run.run(SEED, instructions, blocks);
    assertThat(run.differences()).as(String.join("\n", log)).isZero();
    assertThat(run.instructions()).isGreaterThanOrEqualTo(instructions);
  }
}
