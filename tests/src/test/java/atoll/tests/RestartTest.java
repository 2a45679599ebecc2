package atoll.tests;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.manager.VmAction;
import atoll.manager.VmStatus;
import atoll.testkit.TestSystem;
import atoll.vmm.Outcome;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A machine that ends is started again as its policy says, and the others do not notice. */
@Timeout(120)
class RestartTest {
  private static final Duration LIMIT = Duration.ofSeconds(30);
  private static final String GREETING = "Hello from a bare-metal RISC-V guest";

  @TempDir private Path folder;

  private TestSystem start(String restart) throws IOException {
    return TestSystem.start(
        folder,
        """
        name: restarts
        machine:
          cpus: [{policy: dedicated}, {policy: dedicated}]
          memory: 256M
        vms:
          steady: {builtin: hello, memory: 16M}
          shaky: {builtin: hello, memory: 16M%s}
        """
            .formatted(restart));
  }

  private static void greeted(TestSystem system, String vm) throws InterruptedException {
    system.console(vm).await(GREETING, LIMIT);
    system.console(vm).await("> ", LIMIT);
  }

  private static String answer(TestSystem system, String vm, String command)
      throws InterruptedException {
    system.console(vm).type(command + "\r");
    system.console(vm).await("\r\n", LIMIT); // the command's own echo
    return system.console(vm).await("> ", LIMIT);
  }

  @Test
  void aFailureCodeStartsItAgainFromItsImageAndTheOtherGoesOn() throws Exception {
    try (TestSystem system = start(", restart: {policy: on-failure, backoff: 1ms}")) {
      greeted(system, "steady");
      greeted(system, "shaky");
      for (int n = 1; n <= 3; n++) {
        system.console("shaky").type("poweroff 7\r");
        assertThat(system.awaitEnd("shaky", n, LIMIT))
            .isEqualTo(new TestSystem.End("shaky", new Outcome.Poweroff(7), true));
        greeted(system, "shaky");
      }
      assertThat(answer(system, "steady", "echo still here")).contains("still here");
      assertThat(system.console("steady").text()).containsOnlyOnce(GREETING);
      assertThat(system.vm("shaky").restarts()).isEqualTo(3);
      assertThat(system.vm("shaky").status()).isEqualTo(VmStatus.RUNNING);
      assertThat(system.vm("steady").restarts()).isZero();
    }
  }

  @Test
  void anOrderlyEndIsNoFailure() throws Exception {
    try (TestSystem system = start(", restart: {policy: on-failure}")) {
      greeted(system, "shaky");
      system.console("shaky").type("poweroff\r");
      assertThat(system.awaitEnd("shaky", 1, LIMIT).again()).isFalse();
      assertThat(system.vm("shaky").status()).isEqualTo(VmStatus.ENDED);
    }
  }

  @Test
  void alwaysStartsItAgainAfterAnOrderlyEndToo() throws Exception {
    try (TestSystem system = start(", restart: {policy: always, backoff: 0ms}")) {
      greeted(system, "shaky");
      system.console("shaky").type("poweroff\r");
      greeted(system, "shaky");
    }
  }

  @Test
  void withoutAPolicyItStaysAsItEnded() throws Exception {
    try (TestSystem system = start("")) {
      greeted(system, "shaky");
      system.console("shaky").type("poweroff 9\r");
      assertThat(system.awaitEnd("shaky", 1, LIMIT).again()).isFalse();
      assertThat(system.vm("shaky").last()).hasValue(new Outcome.Poweroff(9));
      greeted(system, "steady");
    }
  }

  @Test
  void afterTheLastRestartItStaysAndTheSystemEndsWithTheOther() throws Exception {
    try (TestSystem system = start(", restart: {policy: on-failure, max: 2, backoff: 1ms}")) {
      for (int n = 1; n <= 3; n++) {
        greeted(system, "shaky");
        system.console("shaky").type("poweroff 1\r");
        assertThat(system.awaitEnd("shaky", n, LIMIT).again()).isEqualTo(n < 3);
      }
      system.console("steady").type("poweroff\r");
      system.awaitOver(LIMIT);
      assertThat(system.statistics().board().memory().used()).isZero();
    }
  }

  @Test
  void anOperatorNeedNotWaitForTheBackoff() throws Exception {
    try (TestSystem system = start(", restart: {policy: on-failure, backoff: 10m}")) {
      greeted(system, "shaky");
      system.console("shaky").type("poweroff 1\r");
      system.awaitEnd("shaky", 1, LIMIT);
      assertThat(system.vm("shaky").status()).isEqualTo(VmStatus.RESTARTING);
      VmStatus now = system.perform(new VmAction.Start(system.running(), "shaky"));
      assertThat(now).isIn(VmStatus.READY, VmStatus.RUNNING);
      greeted(system, "shaky");
    }
  }

  @Test
  void aWaitForARestartGoesOnWhileTheOthersArePaused() throws Exception {
    try (TestSystem system = start(", restart: {policy: on-failure, backoff: 1ms}")) {
      greeted(system, "steady");
      greeted(system, "shaky");
      system.perform(new VmAction.Pause(system.running(), "steady"));
      system.console("shaky").type("poweroff 7\r");
      assertThat(system.awaitEnd("shaky", 1, LIMIT).again()).isTrue();
      greeted(system, "shaky");
    }
  }

  @Test
  void anOperatorCanCallOffARestart() throws Exception {
    try (TestSystem system = start(", restart: {policy: on-failure, backoff: 10m}")) {
      greeted(system, "shaky");
      system.console("shaky").type("poweroff 1\r");
      system.awaitEnd("shaky", 1, LIMIT);
      assertThat(system.perform(new VmAction.Stop(system.running(), "shaky")))
          .isEqualTo(VmStatus.STOPPED);
    }
  }
}
