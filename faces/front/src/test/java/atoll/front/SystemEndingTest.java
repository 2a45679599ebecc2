package atoll.front;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.manager.VmReport;
import atoll.manager.VmStatus;
import atoll.vmm.Outcome;
import atoll.vmm.VmStatistics;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SystemEndingTest {
  private static VmReport vm(String name, Outcome last) {
    return new VmReport(
        name,
        VmStatus.ENDED,
        0,
        Optional.ofNullable(last),
        0,
        List.of(),
        List.of(),
        VmStatistics.NONE);
  }

  @Test
  void allThatSwitchedThemselvesOffAreASuccess() {
    assertThat(SystemEnding.of(List.of(vm("a", new Outcome.Poweroff(0)), vm("b", null)), true))
        .isEqualTo(new Ending("poweroff", 0, ""));
  }

  @Test
  void theFirstFailureCounts() {
    assertThat(
            SystemEnding.of(
                List.of(
                    vm("a", new Outcome.Poweroff(0)),
                    vm("b", new Outcome.Poweroff(7)),
                    vm("c", new Outcome.Panic())),
                true))
        .isEqualTo(new Ending("poweroff", 7, ""));
  }

  @Test
  void aDefectIsReportedInFullWithItsMachine() {
    Outcome failed =
        new Outcome.Failed(
            "b/cpu0 stopped", List.of(), Optional.of(new IllegalStateException("a defect")));
    assertThat(SystemEnding.of(List.of(vm("b", failed)), true))
        .satisfies(ending -> {
          assertThat(ending.code()).isEqualTo(ExitCode.FAILED);
          assertThat(ending.message())
              .startsWith("b: the VM cannot go on: b/cpu0 stopped")
              .contains("IllegalStateException: a defect");
        });
  }

  @Test
  void theEndOfASingleVmIsTold() {
    assertThat(SystemEnding.of(List.of(vm("vm", new Outcome.Reset())), false))
        .isEqualTo(Ending.of(new Outcome.Reset()));
  }
}
