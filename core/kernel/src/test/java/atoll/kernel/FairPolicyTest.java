package atoll.kernel;

import static atoll.kernel.Simulation.MS;
import static atoll.kernel.Simulation.TOLERANCE;
import static atoll.kernel.Simulation.US;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.data.Percentage.withPercentage;

import atoll.kernel.SchedulingContext.Reservation;
import atoll.kernel.Simulation.Turn;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class FairPolicyTest {
  private static final long SLICE = 5 * MS;
  private static final long SECOND = 1_000 * MS;

  private static Reservation weight(int weight) {
    return new Reservation(128, Long.MAX_VALUE, Long.MAX_VALUE, weight);
  }

  @Test
  void busyOnesShareByWeight() {
    Map<String, Integer> weights = Map.of("a", 50, "b", 100, "c", 250);
    try (Simulation s = new Simulation(new FairPolicy(SLICE))) {
      weights.forEach((name, weight) -> s.add(name, s.cpu().busy(), weight(weight)));
      List<Turn> turns = s.run(20 * SECOND);
      weights.forEach((name, weight) ->
          assertThat(Simulation.time(turns, name))
              .isCloseTo(20 * SECOND * weight / 400, withPercentage(1)));
    }
  }

  @Test
  void nobodySavesUpTheTimeThatHeSleeps() {
    try (Simulation s = new Simulation(new FairPolicy(SLICE))) {
      s.add("busy", s.cpu().busy());
      s.add("late", s.cpu().sleepsUntil(10 * SECOND).busy());
      List<Turn> turns = s.run(12 * SECOND);
      assertThat(Simulation.time(turns, "late")).isCloseTo(SECOND, withPercentage(2));
    }
  }

  @Test
  void whoSleepsMuchAndWorksLittleRunsAtOnce() {
    try (Simulation s = new Simulation(new FairPolicy(SLICE))) {
      s.add("busy", s.cpu().busy());
      SystemCalls probe = s.add("probe", s.cpu().periodic(10 * MS, 200 * US).forEver());
      List<Turn> turns = s.run(SECOND);
      var latency = probe.vcpu(Simulation.VCPU).orElseThrow().wakeUps();
      assertThat(latency.total()).isGreaterThanOrEqualTo(99);
      assertThat(latency.greatest()).isLessThan(TOLERANCE);
      assertThat(Simulation.time(turns, "probe")).isCloseTo(20 * MS, withPercentage(2));
    }
  }

  @Test
  void wakingOftenGivesNobodyMoreThanItsShare() {
    try (Simulation s = new Simulation(new FairPolicy(SLICE))) {
      s.add("busy", s.cpu().busy());
      s.add("greedy", s.cpu().periodic(MS, 900 * US).forEver());
      List<Turn> turns = s.run(10 * SECOND);
      assertThat(Simulation.time(turns, "greedy")).isLessThan(5_100 * MS);
      assertThat(Simulation.time(turns, "busy")).isGreaterThan(4_900 * MS);
    }
  }

  @Test
  void equalOnesAlternateInSteps() {
    try (Simulation s = new Simulation(new FairPolicy(SLICE))) {
      s.add("a", s.cpu().busy());
      s.add("b", s.cpu().busy());
      List<Turn> turns = Simulation.joined(s.run(SECOND));
      assertThat(turns.subList(3, turns.size() - 1))
          .hasSizeGreaterThan(90)
          .allSatisfy(t -> assertThat(t.length()).isCloseTo(2 * SLICE, within(10 * TOLERANCE)));
    }
  }
}
