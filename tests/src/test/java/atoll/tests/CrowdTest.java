package atoll.tests;

import static atoll.testkit.Patience.LIMIT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import atoll.engine.Engine;
import atoll.engine.HartGroup;
import atoll.engine.software.Interpreter;
import atoll.engine.software.SoftHarts;
import atoll.host.Clock;
import atoll.testkit.Engines;
import atoll.testkit.LinuxGuest;
import atoll.testkit.TestVm;
import atoll.vmm.Boot;
import atoll.vmm.Outcome;
import atoll.vmm.VmException;
import java.io.IOException;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** As many harts as a board can have, each of them itself: {@code guests/crowd}. */
@Tag("slow")
class CrowdTest {
  @ParameterizedTest
  @MethodSource("atoll.testkit.Engines#all")
  void everyHartOfTheLargestBoardCountsIsWokenAndSeesNewCode(Engine engine)
      throws InterruptedException {
    int harts = HartGroup.MOST_HARTS;
    try (TestVm vm = TestVm.guest(engine, "crowd", harts, "")) {
      Outcome outcome = vm.end(LIMIT);
      assertThat(vm.console().text()).contains(harts + " harts: PASS").doesNotContain("FAIL");
      assertThat(outcome).isEqualTo(new Outcome.Poweroff(0));
      assertThat(vm.machine().vcpus()).hasSize(harts);
    }
  }

  @Test
  void moreHartsThanThatAreRefused() {
    int harts = HartGroup.MOST_HARTS + 1;
    assertThatThrownBy(() -> SoftHarts.make(null, Clock.host(), harts, new Interpreter()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("1 to 32 harts, not 33");
    assertThatThrownBy(() -> TestVm.guest(new Interpreter(), "crowd", harts, ""))
        .isInstanceOf(VmException.class)
        .hasMessageContaining("1 to 32 CPUs, not 33");
  }

  /** By the kernel's own count, and by work that each of them alone can do. */
  @Test
  void debianRunsOnEveryHartOfTheLargestBoard() throws IOException, InterruptedException {
    Optional<LinuxGuest> linux = LinuxGuest.find();
    assumeTrue(linux.isPresent(), "there is no Debian kernel in the cache, nor network");
    int harts = HartGroup.MOST_HARTS;
    String each =
        "for c in $(seq 0 %d); do taskset -c $c sh -c 'echo hart '$c' done' & done; wait; nproc"
            .formatted(harts - 1);
    Boot boot = linux.get().boot(each);
    try (TestVm vm =
        TestVm.start(Engines.shipped().getLast(), boot, harts, 512, config -> config)) {
      vm.console().await(LinuxGuest.BOOTED, LIMIT);
      assertThat(vm.end(LIMIT)).isEqualTo(new Outcome.Poweroff(0));
      String text = vm.console().text();
      assertThat(text).contains("\n" + harts + "\r").doesNotContain("Kernel panic", "Oops");
      for (int hart = 0; hart < harts; hart++) {
        assertThat(text).contains("hart " + hart + " done");
      }
    }
  }
}
