package atoll.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What each build has the JVM learn from (docs/adr/0123). */
class RehearsalTest {
  @TempDir Path folder;

  /** A second start that boots, or does not end by itself, is told of on standard error. */
  @Test
  void theSecondStartThatIsRehearsedGoesOnFromTheFirst() throws Exception {
    assumeTrue(Files.exists(Path.of("/dev/ptmx")), "this host has no pseudoterminals");
    Checkout.Run run = AtollProcess.run(folder, "", "rehearse", "run", "hello", "--timeout", "60s");
    assertThat(run.err()).isEmpty();
    assertThat(run.code()).isZero();
  }
}
