package atoll.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TimeAmountTest {
  @ParameterizedTest
  @CsvSource({
    "17ns, 17",
    "500us, 500000",
    "20ms, 20000000",
    "5S, 5000000000",
    "2m, 120000000000",
    "1h, 3600000000000"
  })
  void aNumberWithAUnitIsReadAndWritten(String text, long nanos) {
    assertThat(TimeAmount.parse(text)).contains(Duration.ofNanos(nanos));
    assertThat(TimeAmount.format(Duration.ofNanos(nanos))).isEqualToIgnoringCase(text);
  }

  @ParameterizedTest
  @ValueSource(strings = {"5", "", "ms", "-1s", "1.5s", "1d", "9999999999s"})
  void whatIsNoTimeIsNot(String text) {
    assertThat(TimeAmount.parse(text)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"0, 0ms", "1500000, 1500us", "60000000000, 1m", "90000000000, 90s"})
  void theLargestUnitThatLeavesAWholeNumberIsTaken(long nanos, String text) {
    assertThat(TimeAmount.format(Duration.ofNanos(nanos))).isEqualTo(text);
  }
}
