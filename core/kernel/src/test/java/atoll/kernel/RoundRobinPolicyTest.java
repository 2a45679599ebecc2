package atoll.kernel;

import static atoll.kernel.Simulation.MS;
import static atoll.kernel.Simulation.TOLERANCE;
import static atoll.kernel.Simulation.US;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import atoll.cpu.Exit;
import atoll.kernel.Simulation.Turn;
import java.util.List;
import org.junit.jupiter.api.Test;

class RoundRobinPolicyTest {
  @Test
  void busyOnesTakeTurnsOfASlice() {
    try (Simulation s = new Simulation(new RoundRobinPolicy(5 * MS))) {
      for (String name : List.of("a", "b", "c")) {
        s.add(name, s.cpu().busy());
      }
      List<Turn> turns = s.run(90 * MS);
      assertThat(turns).extracting(Turn::domain).startsWith("a", "b", "c", "a", "b", "c", "a");
      assertThat(turns)
          .filteredOn(t -> t.end() < 90 * MS)
          .hasSizeGreaterThan(15)
          .allSatisfy(t -> assertThat(t.length()).isCloseTo(5 * MS, within(TOLERANCE)));
    }
  }

  @Test
  void whoHasNothingToDoIsSkippedAndAWakeUpWaitsForItsTurn() {
    try (Simulation s = new Simulation(new RoundRobinPolicy(5 * MS))) {
      s.add("busy", s.cpu().busy());
      SystemCalls sleeper = s.add("sleeper", s.cpu().works(MS, Exit.HALT).forEver());
      s.time.at(22 * MS, () -> Board.require(sleeper.raise(Simulation.VCPU, 9, true)));
      List<Turn> turns = Simulation.joined(s.run(40 * MS));
      assertThat(turns)
          .extracting(Turn::domain)
          .containsExactly("busy", "sleeper", "busy", "sleeper", "busy");
      assertThat(turns.get(3).start()).isCloseTo(26 * MS, within(10 * TOLERANCE));
    }
  }

  @Test
  void waitOfAWokenVcpuIsInItsHistogram() {
    try (Simulation s = new Simulation(new RoundRobinPolicy(5 * MS))) {
      s.add("busy", s.cpu().busy());
      SystemCalls sleeper = s.add("sleeper", s.cpu().periodic(20 * MS, 100 * US).forEver());
      s.run(200 * MS);
      var histogram = sleeper.vcpu(Simulation.VCPU).orElseThrow().wakeUps();
      assertThat(histogram.total()).isEqualTo(9);
      assertThat(histogram.greatest()).isBetween(0L, 5 * MS + TOLERANCE);
      assertThat(histogram.percentile(0.5)).isPositive();
    }
  }

  @Test
  void sliceMustBePositive() {
    assertThatThrownBy(() -> new RoundRobinPolicy(0)).hasMessageContaining("positive: 0");
  }
}
