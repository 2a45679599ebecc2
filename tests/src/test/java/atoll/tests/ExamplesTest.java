package atoll.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import atoll.kernel.PlatformStatistics;
import atoll.kernel.VcpuStatistics;
import atoll.scenario.ScenarioPlan;
import atoll.testkit.LinuxGuest;
import atoll.testkit.TestSystem;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The systems in {@code examples/} do what docs/examples.md says of them. */
@Timeout(600)
class ExamplesTest {
  private static final Duration LIMIT = Duration.ofMinutes(4);

  /** For shares of time to show. */
  private static final Duration ENOUGH = Duration.ofSeconds(5);

  private static final String PROMPT = ":~# ";

  @BeforeEach
  void findLinux() {
    assumeTrue(
        LinuxGuest.find().isPresent(), "there is no Debian kernel in the cache, nor network");
  }

  private static TestSystem start(String name) {
    return TestSystem.start(Path.of("../examples", name + ".yaml"));
  }

  private static void await(TestSystem system, String vm, String text) throws InterruptedException {
    system.console(vm).await(text, LIMIT);
  }

  @Test
  void infotainmentReadsTheClusterAndItsCrashDoesNotReachIt() throws InterruptedException {
    try (TestSystem system = start("cockpit")) {
      await(system, "infotainment", " km/h, ");
      await(system, "infotainment", PROMPT);
      system.console("infotainment").type("echo c >/proc/sysrq-trigger\n");
      assertThat(system.awaitEnd("infotainment", 1, LIMIT).again()).isTrue();
      await(system, "cluster", "a reader has gone");
      await(system, "infotainment", " km/h, ");
      await(system, "cluster", "a reader has come");
      assertThat(system.vm("infotainment").restarts()).isEqualTo(1);
      assertThat(system.vm("cluster").restarts()).isZero();
      assertThat(system.console("cluster").text()).containsOnlyOnce("us control loop");
    }
  }

  @Test
  void theOpenSystemGetsAnswersOfTheSecureOne() throws InterruptedException {
    try (TestSystem system = start("secure")) {
      await(system, "open", "of 'unlock the gate' that answer is wrong");
      assertThat(system.console("open").text())
          .containsPattern("to 'unlock the door' the vault answers [0-9a-f]{64}\r\n")
          .contains("of 'unlock the door' that answer is right");
      await(system, "secure", "request 3 wrong mac");
    }
  }

  @Test
  void partitionsShareNothingAndARogueOneStaysAlone() throws InterruptedException {
    try (TestSystem system = start("partition")) {
      assertThat(ScenarioPlan.of(system.scenario()).flows().flows()).isEmpty();
      await(system, "rogue", "round 1");
      await(system, "general", PROMPT);
      await(system, "control", " km/h, ");
      assertThat(system.statistics().vms()).allSatisfy(vm -> assertThat(vm.restarts()).isZero());
      assertThat(system.console("control").text()).containsOnlyOnce("us control loop");
    }
  }

  @Test
  void fourLinuxMachinesGetTheirSharesOfTwoProcessors() throws InterruptedException {
    try (TestSystem system = start("consolidation")) {
      for (String vm : new String[] {"web", "batch", "mail", "build"}) {
        await(system, vm, "work: ");
      }
      PlatformStatistics before = system.statistics().platform();
      PlatformStatistics now = before;
      while (now.time() - before.time() < ENOUGH.toNanos()) {
        await(system, "web", "work: "); // some have been printed already
        now = system.statistics().platform();
      }
      double web = consumed(now, "web") - consumed(before, "web");
      double batch = consumed(now, "batch") - consumed(before, "batch");
      double mail = consumed(now, "mail") - consumed(before, "mail");
      double build = consumed(now, "build") - consumed(before, "build");
      assertThat(web / batch).isBetween(2.5, 3.5);
      assertThat(mail / build).isBetween(0.8, 1.25);
    }
  }

  private static double consumed(PlatformStatistics board, String vm) {
    return board.vcpu(vm + "/cpu0").map(VcpuStatistics::consumed).orElseThrow();
  }
}
