package atoll.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import atoll.engine.software.Translator;
import atoll.verify.MutantRun;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A short run of {@link Mutants} with a fixed seed. */
@Tag("slow")
class MutantTest {
  private static final long SEED = 20260101;
  private static final long MUTANTS = 300_000;

  @Test
  void whatTheVerifierAcceptsKeepsToItsMemory() {
    assumeTrue(Translator.unavailable().isEmpty(), () -> Translator.unavailable().orElseThrow());
    MutantRun run = Mutants.ofPrograms(SEED);
    run.run(SEED, MUTANTS);
    assertThat(run.escapes()).isEmpty();
    assertThat(run.mutants()).isEqualTo(MUTANTS);
    assertThat(run.accepted()).isGreaterThan(MUTANTS / 20);
    assertThat(run.refusedThatEscape()).as("or the processor sees nothing").isGreaterThan(0.2);
  }
}
