package atoll.script;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import atoll.api.Atoll;
import atoll.api.AtollException;
import atoll.api.AtollSystem;
import atoll.host.Clock;
import atoll.host.Effects;
import atoll.scenario.TestScript;
import atoll.scenario.TestScriptReader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The scripts in {@code examples/tests} pass. */
@Tag("slow")
class ExampleScriptsTest {
  private static final Path EXAMPLES = Path.of("../../examples/tests");

  @TempDir private Path temporary;

  private static List<TestScript> scripts(String... names) {
    return Stream.of(names)
        .map(name -> TestScriptReader.read(EXAMPLES.resolve(name + ".yaml"), Map.of()))
        .toList();
  }

  private void pass(List<TestScript> scripts) throws InterruptedException {
    List<CaseResult> results = Collections.synchronizedList(new ArrayList<>());
    TestRun.Listener listener =
        new TestRun.Listener() {
          @Override
          public void progress(String step) {}

          @Override
          public void done(CaseResult result) {
            results.add(result);
          }
        };
    TestRun run =
        new TestRun(
            scripts, name -> true, Clock.host(), Effects.host().tasks(), temporary, listener);
    assertThat(run.run(2)).isTrue();
    assertThat(results)
        .isNotEmpty()
        .allSatisfy(result ->
            assertThat(result.passed()).as(String.join("\n", TextReport.of(result))).isTrue());
  }

  @Test
  void theRealTimeSystem() throws InterruptedException {
    pass(scripts("rtos"));
  }

  @Test
  void buttonsAndAnLed() throws InterruptedException {
    pass(scripts("buttons"));
  }

  @Test
  void thoseWithLinux() throws InterruptedException {
    assumeTrue(linux(), "there is no Debian kernel in the cache, nor network");
    pass(scripts("linux", "channel", "crash", "power-cut"));
  }

  private static boolean linux() {
    try (AtollSystem system = Atoll.linux().create()) {
      return system.vms().size() == 1;
    } catch (AtollException e) {
      return false;
    }
  }
}
