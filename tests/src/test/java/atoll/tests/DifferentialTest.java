package atoll.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import atoll.engine.Engine;
import atoll.testkit.Qemu;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A short run of {@link Differential} with a fixed seed; the long ones are started by hand. */
class DifferentialTest {
  private static final long SEED = 20260101;
  private static final long INSTRUCTIONS = 4_000_000;

  @ParameterizedTest
  @MethodSource("atoll.testkit.Engines#all")
  void randomInstructionStreamsEndAsOnQemu(Engine engine) throws IOException {
    assumeTrue(Qemu.version().isPresent(), "skipped: qemu-system-riscv64 is not installed");
    List<String> log = new ArrayList<>();
    Differential run = new Differential(engine, Path.of("target/differential"), log::add);
    run.run(SEED, INSTRUCTIONS);
    assertThat(run.differences()).as(String.join("\n", log)).isZero();
    assertThat(run.instructions()).isGreaterThanOrEqualTo(INSTRUCTIONS);
  }
}
