package atoll.tests;

import static atoll.testkit.Patience.LIMIT;
import static org.assertj.core.api.Assertions.assertThat;

import atoll.engine.Engine;
import atoll.testkit.MovingTime;
import atoll.testkit.TestVm;
import atoll.vmm.Outcome;
import java.time.Duration;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The small real-time kernel of {@code guests/rtos} and what runs on it alone, in time that moves
 * as the guest works.
 */
@ParameterizedClass
@MethodSource("atoll.testkit.Engines#all")
class RealTimeGuestTest {
  private static final int MEMORY_MIB = 16;

  @Parameter Engine engine;

  private final MovingTime time = new MovingTime(Duration.ofNanos(1_000));

  @AfterEach
  void close() {
    time.close();
  }

  private TestVm start(String guest, String arguments) {
    return TestVm.start(
        engine, TestVm.supervisor(guest, arguments), MEMORY_MIB, time, UnaryOperator.identity());
  }

  @Test
  void theKernelPassesItsOwnTests() throws InterruptedException {
    try (TestVm vm = start("rtostest", "")) {
      Outcome outcome = vm.end(LIMIT);
      assertThat(vm.console().text()).contains("verdict: PASS").doesNotContain("FAIL");
      assertThat(outcome).isEqualTo(new Outcome.Poweroff(0));
    }
  }

  @Test
  void theLatencyProbeAccountsForEveryWakeUp() throws InterruptedException {
    try (TestVm vm = start("latency", "period=200 loops=500")) {
      assertThat(vm.end(LIMIT)).isEqualTo(new Outcome.Poweroff(0));
      String text = vm.console().text();
      assertThat(text).contains("latency: 500 wake-ups, us: min ");
      assertThat(histogram(text)).isEqualTo(500);
    }
  }

  private static long histogram(String text) {
    String table = text.substring(text.indexOf("histogram:"), text.indexOf("end of histogram"));
    Matcher row = Pattern.compile("(?m)^ *\\d+ +(\\d+)\r?$").matcher(table);
    long sum = 0;
    while (row.find()) {
      sum += Long.parseLong(row.group(1));
    }
    return sum;
  }

  @Test
  void theLatencyProbeAnswersKeys() throws InterruptedException {
    try (TestVm vm = start("latency", "loops=0")) {
      vm.console().await("until q is pressed", LIMIT);
      vm.console().type("h");
      vm.console().await("end of histogram", LIMIT);
      vm.console().type("q");
      assertThat(vm.end(LIMIT)).isEqualTo(new Outcome.Poweroff(0));
    }
  }

  @Test
  void theClusterDrivesWithoutAChannelToo() throws InterruptedException {
    try (TestVm vm = start("cluster", "")) {
      vm.console().await("no channel vehicle", LIMIT);
      vm.console().await(" loops, late p50", LIMIT);
    }
  }

  @Test
  void aClusterWhoseControlLoopHangsIsCaughtByItsWatchdog() throws InterruptedException {
    try (TestVm vm = start("cluster", "watchdog=2")) {
      vm.console().await(" loops, late p50", LIMIT);
      vm.console().type("h");
      vm.console().await("hangs from now on", LIMIT);
      time.pace(Duration.ofMillis(1)); // a loop looks at no clock for some thousand instructions
      assertThat(vm.end(LIMIT)).isEqualTo(new Outcome.Watchdog());
    }
  }

  @Test
  void aClusterThatPanicsSaysWhyAndHasFailed() throws InterruptedException {
    try (TestVm vm = start("cluster", "")) {
      vm.console().await(" loops, late p50", LIMIT);
      vm.console().type("p");
      assertThat(vm.end(LIMIT)).isEqualTo(new Outcome.Panic());
      assertThat(vm.console().text()).contains("PANIC: somebody has pressed p");
    }
  }

  @Test
  void theSecureElementGivesUpWithoutAChannel() throws InterruptedException {
    try (TestVm vm = start("secure", "")) {
      assertThat(vm.end(LIMIT)).isEqualTo(new Outcome.Panic());
      assertThat(vm.console().text()).contains("PANIC: there is no channel vault");
    }
  }
}
