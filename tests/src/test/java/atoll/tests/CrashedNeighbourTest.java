package atoll.tests;

import static atoll.testkit.Patience.LIMIT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import atoll.manager.VmStatus;
import atoll.testkit.LinuxGuest;
import atoll.testkit.ScriptedConsole;
import atoll.testkit.TestSystem;
import atoll.vmm.Outcome;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real-time guest beside others that crash, loop or attack: it goes on as if it were alone. */
@Tag("slow")
class CrashedNeighbourTest {
  private static final String LOOP = "1000 us control loop";

  @TempDir private Path folder;

  @BeforeEach
  void findTheKernel() {
    assumeTrue(
        LinuxGuest.find().isPresent(), "there is no Debian kernel in the cache, nor network");
  }

  private TestSystem start(String neighbour) throws IOException {
    return TestSystem.start(
        folder,
        """
        name: neighbours
        machine: {cpus: [priority, priority], memory: 512M}
        vms:
          cluster:
            builtin: cluster
            memory: 16M
            affinity: 0
            service: true
            schedule: {budget: 3ms, period: 10ms}
          neighbour: %s
        channels:
          vehicle: {size: 4K, between: {cluster: read-write, neighbour: read-only}}
        """
            .formatted(neighbour));
  }

  /** How many times the cluster has been through its loop since its start, when it says so next. */
  private static long loops(TestSystem system) throws InterruptedException {
    String line = system.console("cluster").await(" loops", LIMIT);
    return Long.parseLong(line.replaceFirst("(?s).* (\\d+) loops$", "$1"));
  }

  /** The cluster has never begun again, and its loop goes on. */
  private static void unmoved(TestSystem system, long before) throws InterruptedException {
    long now = loops(system);
    assertThat(now).isGreaterThan(before);
    assertThat(system.console("cluster").text()).containsOnlyOnce(LOOP);
    assertThat(system.vm("cluster").status()).isEqualTo(VmStatus.RUNNING);
  }

  private static void atItsPrompt(ScriptedConsole linux) throws InterruptedException {
    linux.await("BusyBox", LIMIT);
    linux.await("atoll:~# ", LIMIT);
  }

  @Test
  void linuxCrashesAndBeginsAgainAndTheClustersLoopGoesOn() throws Exception {
    try (TestSystem system =
        start(
            "{builtin: linux, memory: 256M, affinity: [1, 0],"
                + " restart: {policy: on-failure, backoff: 1s}}")) {
      ScriptedConsole linux = system.console("neighbour");
      atItsPrompt(linux);
      long before = loops(system);
      linux.type("echo c > /proc/sysrq-trigger\n");
      linux.await("Kernel panic", LIMIT);
      assertThat(system.awaitEnd("neighbour", 1, LIMIT))
          .isEqualTo(new TestSystem.End("neighbour", new Outcome.Reset(), true));
      system.console("cluster").await("a reader has gone", LIMIT);
      system.console("cluster").await("a reader has come", LIMIT);
      atItsPrompt(linux);
      unmoved(system, before);
      assertThat(system.vm("neighbour").restarts()).isEqualTo(1);
    }
  }

  @Test
  void aNeighbourThatNeverWaitsOnTheSameCpuDoesNotStopIt() throws Exception {
    try (TestSystem system =
        start("{builtin: linux, memory: 256M, affinity: [0], restart: on-failure}")) {
      ScriptedConsole linux = system.console("neighbour");
      atItsPrompt(linux);
      linux.type("while :; do :; done\n");
      long before = loops(system);
      unmoved(system, loops(system));
      assertThat(system.vm("neighbour").status()).isEqualTo(VmStatus.RUNNING);
      assertThat(loops(system)).isGreaterThan(before);
    }
  }

  @Test
  void aHostileNeighbourOnTheSameCpuHarmsOnlyItself() throws Exception {
    try (TestSystem system = start("{builtin: hostile, memory: 64M, affinity: [0]}")) {
      long before = loops(system);
      system.console("neighbour").await("round 2", LIMIT);
      unmoved(system, before);
    }
  }
}
