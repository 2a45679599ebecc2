package atoll.tests;

import static atoll.testkit.Patience.LIMIT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import atoll.engine.Engine;
import atoll.host.Clock;
import atoll.kernel.MachineMemory;
import atoll.kernel.Microkernel;
import atoll.testkit.LinuxGuest;
import atoll.testkit.TestVm;
import atoll.virtio.VirtioBalloon.GuestStatistic;
import atoll.vmm.Outcome;
import atoll.vmm.VmConfig;
import java.io.IOException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Linux gives memory back by its balloon driver, and takes it again. */
@Tag("slow")
class LinuxMemoryTest {
  private static final long MIB = 1 << 20;
  private static final long ASKED = 64 * MIB;

  /** A little less than what is asked for: the system itself uses and frees some meanwhile. */
  private static final String COMMANDS =
      """
      modprobe virtio_mmio
      modprobe virtio_balloon
      # Not MemFree: it falls as well while the kernel reports free pages.
      pages() { awk "/^balloon_$1 / { print \\$2 }" /proc/vmstat; }
      echo READY
      while [ $(pages inflate) -lt 15000 ]; do usleep 50000; done
      echo INFLATED
      while [ $(pages deflate) -lt 13900 ]; do usleep 50000; done
      echo DEFLATED
      """;

  @ParameterizedTest
  @MethodSource("atoll.testkit.Engines#usual")
  void whatTheBalloonTakesIsTheHostsUntilItComesBack(Engine engine)
      throws IOException, InterruptedException {
    var found = LinuxGuest.find();
    assumeTrue(found.isPresent(), "there is no Debian kernel in the cache, nor network");
    VmConfig.Builder config =
        VmConfig.builder(engine, found.get().boot(COMMANDS))
            .memory(256 * MIB)
            .memoryPolicy(MachineMemory.Policy.PAGED);
    try (Microkernel board = Microkernel.dedicated(Clock.host(), 1);
        TestVm vm = TestVm.start(config, board)) {
      vm.console().await("READY", LIMIT);
      vm.machine().devices().balloon().orElseThrow().target(ASKED);
      vm.console().await("INFLATED", LIMIT);
      var balloon = vm.machine().devices().balloon().orElseThrow().statistics();
      assertThat(balloon.target()).isEqualTo(ASKED);
      assertThat(balloon.reclaimed()).isBetween(ASKED * 8 / 10, ASKED);
      assertThat(balloon.guest().get(GuestStatistic.TOTAL)).isBetween(128 * MIB, 256 * MIB);
      assertThat(board.memory().usage().accounts().getFirst().reclaimed())
          .isGreaterThanOrEqualTo(balloon.reclaimed());
      vm.machine().devices().balloon().orElseThrow().target(0);
      vm.console().await("DEFLATED", LIMIT);
      assertThat(vm.end(LIMIT)).isEqualTo(new Outcome.Poweroff(0));
    }
  }
}
