package atoll.tests;

import static atoll.testkit.Patience.LIMIT;
import static org.assertj.core.api.Assertions.assertThat;

import atoll.engine.Engine;
import atoll.testkit.TestVm;
import atoll.vmm.Outcome;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The memory model between two harts on two threads: {@code guests/litmus}. */
class LitmusTest {
  @ParameterizedTest
  @MethodSource("atoll.testkit.Engines#besides")
  void nothingForbiddenIsSeenBetweenTwoHarts(Engine engine) throws InterruptedException {
    try (TestVm vm = TestVm.guest(engine, "litmus", 2, "rounds=20000")) {
      Outcome outcome = vm.end(LIMIT);
      assertThat(vm.console().text()).contains("verdict: PASS").doesNotContain("FAIL");
      assertThat(outcome).isEqualTo(new Outcome.Poweroff(0));
    }
  }

  @ParameterizedTest
  @MethodSource("atoll.testkit.Engines#all")
  void withOneHartItSaysWhatItNeeds(Engine engine) throws InterruptedException {
    try (TestVm vm = TestVm.guest(engine, "litmus", 1, "")) {
      assertThat(vm.end(LIMIT)).isEqualTo(new Outcome.Poweroff(2));
      assertThat(vm.console().text()).contains("needs two harts");
    }
  }
}
