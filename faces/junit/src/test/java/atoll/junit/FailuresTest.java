package atoll.junit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import atoll.api.Vm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is reported of tests that fail, and that all is closed after them. */
class FailuresTest {
  /** Never comes to its end in a test that passes. */
  private static final Duration LIMIT = Duration.ofMinutes(10);

  @TempDir Path folder;

  /** Not a test of this project: it is run by those below. */
  static class Fixture {
    static Vm vm;

    @Test
    void fails(@Guest(value = "hello", memory = "16M", name = "robot") Vm robot) {
      vm = robot;
      robot.console().expect("> ", LIMIT);
      robot.console().sendLine("trap");
      robot.console().expect("> ", LIMIT);
      robot.console().sendLine("echo the last words");
      robot.console().expect("the last words", LIMIT);
      fail("on purpose");
    }
  }

  @Test
  void theReportHasConsoleRegistersWithNamesAndWhatWasDone() throws IOException {
    TestRun run = TestRun.of(folder, Fixture.class);
    assertThat(run.failed()).hasSize(1);
    assertThat(run.failed().getFirst()).hasMessage("on purpose");
    String report = run.entries().getFirst();
    assertThat(report)
        .startsWith("== robot, running (life 1)\n-- hart 0, M mode, ")
        .contains("Hello from a bare-metal RISC-V guest.", "the last words")
        .containsPattern("-- registers\n +pc 0000000080[0-9a-f]{6} ")
        .containsPattern("\n   pc \\w+")
        .contains("last exception that it handled: load access fault (cause 5) in M mode at 0x")
        .containsPattern("-- last exits\n +[\\d.]+ s  ")
        .containsPattern("exits: .*mmio-write [\\d,]+")
        .containsPattern("exceptions: .*illegal");
    assertThat(run.failed().getFirst().getSuppressed()[0])
        .hasMessage("VMs when the test had failed:\n" + report);
    assertThat(Files.readString(run.files().getFirst())).isEqualTo(report);
    assertThat(Fixture.vm.state()).hasToString("STOPPED");
  }

  /** Not a test of this project. */
  static class Interrupted {
    static Vm vm;

    @Test
    @Timeout(value = 1, unit = TimeUnit.MILLISECONDS)
    void takesTooLong(@Guest(value = "hello", memory = "16M") Vm hello) {
      vm = hello;
      hello.console().expect("never printed", LIMIT);
    }
  }

  @Test
  void aTestThatIsInterruptedIsReportedAndClosed() throws IOException {
    TestRun run = TestRun.of(folder, Interrupted.class);
    assertThat(run.failed()).hasSize(1);
    assertThat(run.entries().getFirst()).startsWith("== vm, running (life 1)\n");
    assertThat(Interrupted.vm.state()).hasToString("STOPPED");
  }

  /** Not a test of this project. */
  static class FailsAfterwards {
    @Test
    void passes(@Guest(value = "hello", memory = "16M") Vm vm) {
      vm.console().expect("> ", LIMIT);
      vm.console().sendLine("poweroff 4");
      assertThat(vm.awaitEnd(LIMIT).success()).isFalse();
    }

    @AfterEach
    void fails() {
      throw new IllegalStateException("after the test");
    }
  }

  @Test
  void anEndIsReportedToo() throws IOException {
    TestRun run = TestRun.of(folder, FailsAfterwards.class);
    assertThat(run.entries().getFirst())
        .startsWith("== vm, ended; it switched itself off with code 4 (life 1)\n");
  }

  /** Not a test of this project. */
  static class Wrong {
    @BeforeAll
    static void begin(@Guest("hello") Vm vm) {
      fail("was given " + vm);
    }

    @Test
    void passes() {}
  }

  @Test
  void aVmOfNoSingleTestHasToBeShared() throws IOException {
    TestRun run = TestRun.of(folder, Wrong.class);
    assertThat(run.failed().getFirst())
        .hasMessageContaining("belongs to no single test; say shared = true");
  }

  /** Not a test of this project. */
  static class Beside {
    @RepeatedTest(8)
    void eachHasItsOwn(@Guest(value = "hello", memory = "16M") Vm vm) {
      vm.console().expect("> ", LIMIT);
      vm.console().sendLine("echo " + System.identityHashCode(vm));
      vm.console().expect(Pattern.compile("^" + System.identityHashCode(vm) + "$"), LIMIT);
      assertThat(vm.console().text()).containsOnlyOnce("Hello from");
    }
  }

  @Test
  void testsBesideEachOtherDoNotDisturbEachOther() throws IOException {
    TestRun run =
        TestRun.of(
            folder,
            Beside.class,
            "junit.jupiter.execution.parallel.enabled=true",
            "junit.jupiter.execution.parallel.mode.default=concurrent",
            "junit.jupiter.execution.parallel.config.strategy=fixed",
            "junit.jupiter.execution.parallel.config.fixed.parallelism=8");
    assertThat(run.failed()).isEmpty();
    assertThat(run.passed()).isEqualTo(8);
    assertThat(run.entries()).isEmpty();
  }
}
