package atoll.front;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.engine.MmuKind;
import atoll.engine.MmuStatistics;
import atoll.manager.MmuComparison;
import atoll.manager.MmuWorkload;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class MmuReportTest {
  private static final MmuComparison COMPARISON =
      new MmuComparison(
          "translator",
          List.of(
              trial("folded", MmuKind.FOLDED, 200, Map.of("miss", 0L), 0),
              trial("vtlb", MmuKind.VTLB, 500, Map.of("miss", 1234L), 8192)));

  @Test
  void aBarThatIsMuchLongerThanTheOthersIsCutAndSaysSo() {
    MmuComparison uneven =
        new MmuComparison(
            "interpreter",
            List.of(
                trial("folded", MmuKind.FOLDED, 10, Map.of(), 0),
                trial("vtlb", MmuKind.VTLB, 300, Map.of(), 0)));
    assertThat(MmuReportChart.of(uneven)).contains("width=\"118\"", "… vtlb 30.00");
  }

  private static MmuComparison.Trial trial(
      String name, MmuKind kind, long millis, Map<String, Long> exits, long tables) {
    MmuStatistics mmu =
        new MmuStatistics(Optional.of(kind), 2000, 1900, 1950, 4000, 0, 0, exits, 7, 0, tables);
    return new MmuComparison.Trial(
        MmuWorkload.FORK, name, Duration.ofMillis(millis), 1_000_000, mmu);
  }

  @Test
  void theTableLinesUpAndComparesWithTheFirstTechnique() {
    List<String> lines = MmuReportText.of(COMPARISON).lines().toList();
    List<String> table = lines.stream().filter(line -> line.startsWith("|")).toList();
    assertThat(table).hasSize(4);
    assertThat(table).extracting(String::length).containsOnly(table.getFirst().length());
    assertThat(table.get(2)).contains("fork, copy on write", "| folded ", " 200 |", " 1.00 |");
    assertThat(table.get(3)).contains("| vtlb ", " 2.50 |", " 1,234 |", " 2.00 |", " 8 |");
    assertThat(lines).last().isEqualTo("- fork, copy on write, vtlb: 1,234 for miss");
  }

  @Test
  void whatCannotBeComparedIsSaid() {
    MmuStatistics mmu = COMPARISON.trials().getFirst().mmu();
    MmuComparison.Trial boot =
        new MmuComparison.Trial(MmuWorkload.BOOT, "folded", Duration.ofSeconds(1), 1, mmu);
    assertThat(MmuReportText.of(new MmuComparison("translator", List.of(boot))))
        .endsWith(
            "- boot of Linux, direct: not run, since its kernel does not register its page"
                + " tables\n");
  }

  @Test
  void jsonHasEveryCounterOfEveryTrial() {
    String json = MmuReportJson.of(COMPARISON);
    assertThat(json)
        .contains(
            "\"engine\" : \"translator\"",
            "\"workload\" : \"fork\"",
            "\"technique\" : \"vtlb\"",
            "\"nanos\" : 500000000",
            "\"tableBytes\" : 8192",
            "\"miss\" : 1234");
  }

  @Test
  void theChartHasABarForEachTrialAsLongAsItTook() {
    String svg = MmuReportChart.of(COMPARISON);
    assertThat(svg).startsWith("<svg ").endsWith("</svg>\n").contains("vtlb 2.50", "folded 1.00");
    assertThat(svg.split("<rect ", -1)).hasSize(3);
    assertThat(svg).contains("width=\"470\"", "width=\"188\"");
  }
}
