package atoll.tests;

import static atoll.testkit.Patience.LIMIT;
import static org.assertj.core.api.Assertions.assertThat;

import atoll.isa.Assembler;
import atoll.manager.LifeAction;
import atoll.manager.VmStatus;
import atoll.testkit.TestSystem;
import atoll.vmm.Outcome;
import atoll.vmm.VmStatistics;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A machine that ends is started again as its policy says, and the others do not notice. */
class RestartTest {
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
      assertThat(system.statistics().platform().memory().used()).isZero();
    }
  }

  /** Prints whether a word of memory is zero, or dirty from an earlier life, and resets itself. */
  private static final String RESETTER =
      """
      li t0, 0x80400000
      lw t1, 0(t0)
      li t2, 'z'
      beqz t1, fresh
      li t2, 'd'
      fresh:
      sw t2, 0(t0)
      li t0, 0x10000000
      sb t2, 0(t0)
      li t0, 0x100000
      li t1, 0x7777
      sw t1, 0(t0)
      over:
      j over
      """;

  @ParameterizedTest
  @ValueSource(strings = {"interpreter", "translator"})
  void aResetStartsItAgainFromItsImageInFreshMemory(String engine) throws Exception {
    Files.write(folder.resolve("resetter"), Assembler.assemble(RESETTER, 0x8020_0000L));
    String text =
        """
        machine: {cpus: [dedicated], memory: 16M}
        vms:
          vm:
            kernel: resetter
            memory: 16M
            engine: %s
            restart: {policy: on-reset, max: 3, backoff: 0ms}
        """
            .formatted(engine);
    try (TestSystem system = TestSystem.start(folder, text)) {
      system.awaitOver(LIMIT);
      assertThat(system.vm("vm").last()).hasValue(new Outcome.Reset());
      assertThat(system.console("vm").text()).isEqualTo("zzzz");
      VmStatistics all = system.vm("vm").statistics();
      assertThat(all.resets()).isEqualTo(3);
      assertThat(all.exits().get("mmio-write").count()).isEqualTo(8);
    }
  }

  @Test
  void whatIsStartedAgainOnlyAtAResetStaysAfterAFailure() throws Exception {
    try (TestSystem system = start(", restart: on-reset")) {
      greeted(system, "shaky");
      system.console("shaky").type("poweroff 7\r");
      assertThat(system.awaitEnd("shaky", 1, LIMIT).again()).isFalse();
    }
  }

  @Test
  void anOperatorNeedNotWaitForTheBackoff() throws Exception {
    try (TestSystem system = start(", restart: {policy: on-failure, backoff: 10m}")) {
      greeted(system, "shaky");
      system.console("shaky").type("poweroff 1\r");
      system.awaitEnd("shaky", 1, LIMIT);
      assertThat(system.vm("shaky").status()).isEqualTo(VmStatus.RESTARTING);
      VmStatus now = system.perform(new LifeAction.Start("shaky"));
      assertThat(now).isIn(VmStatus.READY, VmStatus.RUNNING);
      greeted(system, "shaky");
      assertThat(system.vm("shaky").restarts()).isZero();
    }
  }

  @Test
  void aWaitForARestartGoesOnWhileTheOthersArePaused() throws Exception {
    try (TestSystem system = start(", restart: {policy: on-failure, backoff: 1ms}")) {
      greeted(system, "steady");
      greeted(system, "shaky");
      system.perform(new LifeAction.Pause("steady"));
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
      assertThat(system.perform(new LifeAction.Stop("shaky"))).isEqualTo(VmStatus.STOPPED);
    }
  }
}
