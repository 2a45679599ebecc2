package atoll.tests;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.engine.Engine;
import atoll.engine.HartGroup;
import atoll.testkit.TestVm;
import atoll.vmm.Outcome;
import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** As many harts as a board can have, each of them itself: {@code guests/crowd}. */
class CrowdTest {
  private static final Duration LIMIT = Duration.ofMinutes(3);

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
}
