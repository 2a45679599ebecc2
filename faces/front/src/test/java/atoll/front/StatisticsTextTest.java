package atoll.front;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.vmm.VmStatistics;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StatisticsTextTest {
  private static String text(long vcpuMillis, long hostMillis) {
    return text(vcpuMillis, hostMillis, 0);
  }

  private static String text(long vcpuMillis, long hostMillis, long chargedMillis) {
    VmStatistics none = VmStatistics.NONE;
    VmStatistics statistics =
        new VmStatistics(
            0,
            vcpuMillis * 1_000_000,
            hostMillis * 1_000_000,
            chargedMillis * 1_000_000,
            0,
            Map.of(),
            Map.of(),
            Map.of(),
            0,
            0,
            0,
            none.mmu(),
            none.translation(),
            Map.of(),
            List.of(),
            List.of(),
            List.of(),
            List.of(),
            0,
            "");
    return StatisticsText.of(statistics, Duration.ofSeconds(1));
  }

  @Test
  void theTimeOfVirtualCpusIsNotTheHostsCpuTime() {
    String text = text(50_000, 11_000);
    assertThat(text)
        .containsPattern("time on virtual CPUs, ms +50,000\n")
        .containsPattern(
            "host's CPU time, ms +11,000  only 22 % of it: the host ran other programs");
  }

  /** Some time in exits is waiting, and waiting itself takes some. */
  @ParameterizedTest
  @CsvSource({"50000, 49000", "50000, 52000", "5, 1"})
  void aLittleLessIsNotWorthAWord(long vcpu, long host) {
    assertThat(text(vcpu, host)).contains("host's CPU time").doesNotContain("only");
  }

  @Test
  void whatADisksThreadHasUsedIsALineOfItsOwn() {
    assertThat(text(50_000, 49_000, 1_234))
        .containsPattern("CPU time of device threads, ms +1,234  paid for by the virtual CPUs\n");
    assertThat(text(50_000, 49_000, 0)).doesNotContain("device threads");
  }

  @Test
  void aHostThatDoesNotTellIsNotShown() {
    assertThat(text(50_000, 0)).contains("time on virtual CPUs").doesNotContain("host's");
  }
}
