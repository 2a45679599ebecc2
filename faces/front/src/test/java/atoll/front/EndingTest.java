package atoll.front;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.vmm.Outcome;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class EndingTest {
  @Test
  void aGuestsOwnCodeIsPassedThrough() {
    assertThat(Ending.of(new Outcome.Poweroff(0)).code()).isZero();
    assertThat(Ending.of(new Outcome.Poweroff(0)).message()).isEmpty();
    assertThat(Ending.of(new Outcome.Poweroff(7)).code()).isEqualTo(7);
    assertThat(Ending.of(new Outcome.Poweroff(7)).message()).contains("failure code 7");
  }

  @Test
  void aCodeThatAProcessCannotEndWithIsTheLargest() {
    assertThat(Ending.of(new Outcome.Poweroff(256)).code()).isEqualTo(255);
    assertThat(Ending.of(new Outcome.Poweroff(256)).message()).contains("failure code 256");
  }

  @Test
  void resetAndPanicAreToldFromSuccess() {
    assertThat(Ending.of(new Outcome.Reset()).code()).isEqualTo(120);
    assertThat(Ending.of(new Outcome.Watchdog()).code()).isEqualTo(122);
    assertThat(Ending.of(new Outcome.Reset()).message()).contains("--reboot");
    assertThat(Ending.of(new Outcome.Panic()).code()).isEqualTo(120);
  }

  @Test
  void aMachineThatCannotGoOnSaysWhyAndWhatWasThrown() {
    Ending ending =
        Ending.of(
            new Outcome.Failed(
                "trap without handler",
                List.of(new Outcome.HartReport(0, Map.of("pc", 0x80000000L))),
                Optional.of(new IllegalStateException("a defect"))));
    assertThat(ending.code()).isEqualTo(121);
    assertThat(ending.message()).contains("trap without handler", "a defect");
  }
}
