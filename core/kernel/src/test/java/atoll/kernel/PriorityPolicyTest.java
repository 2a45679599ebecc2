package atoll.kernel;

import static atoll.kernel.Simulation.MS;
import static atoll.kernel.Simulation.TOLERANCE;
import static atoll.kernel.Simulation.US;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.data.Percentage.withPercentage;

import atoll.cpu.Exit;
import atoll.kernel.SchedulingContext.Reservation;
import atoll.kernel.Simulation.Turn;
import java.util.List;
import org.junit.jupiter.api.Test;

class PriorityPolicyTest {
  private static final Reservation HIGH = Reservation.priority(200);
  private static final Reservation LOW = Reservation.priority(10);

  private static Reservation budget(int priority, long budget, long period) {
    return new Reservation(priority, budget, period, Reservation.DEFAULT_WEIGHT);
  }

  @Test
  void timerOfAHigherOnePreemptsAtOnce() {
    try (Simulation s = new Simulation(new PriorityPolicy())) {
      s.add("low", s.cpu().busy(), LOW);
      SystemCalls high = s.add("high", s.cpu().periodic(MS, 100 * US).forEver(), HIGH);
      List<Turn> turns = s.run(1_000 * MS);
      var latency = high.vcpu(Simulation.VCPU).orElseThrow().wakeUps();
      assertThat(latency.total()).isGreaterThanOrEqualTo(999);
      assertThat(latency.greatest()).isLessThan(TOLERANCE);
      assertThat(Simulation.time(turns, "high")).isCloseTo(100 * MS, withPercentage(1));
    }
  }

  @Test
  void interruptForAHigherOnePreemptsAtOnceAndForALowerOneDoesNot() {
    try (Simulation s = new Simulation(new PriorityPolicy())) {
      SystemCalls high = s.add("high", s.cpu().works(3 * MS, Exit.HALT).forEver(), HIGH);
      s.add("middle", s.cpu().busy(), Reservation.priority(100));
      SystemCalls low = s.add("low", s.cpu().works(MS, Exit.HALT).forEver(), LOW);
      s.time.at(7 * MS, () -> Board.require(low.raise(Simulation.VCPU, 9, true)));
      s.time.at(8 * MS, () -> Board.require(high.raise(Simulation.VCPU, 9, true)));
      List<Turn> turns = Simulation.joined(s.run(20 * MS));
      assertThat(turns)
          .containsExactly(
              new Turn("high", 0, 3 * MS),
              new Turn("middle", 3 * MS, 8 * MS),
              new Turn("high", 8 * MS, 11 * MS),
              new Turn("middle", 11 * MS, 20 * MS));
    }
  }

  @Test
  void budgetIsAllThatABusyOneGetsInEachPeriod() {
    try (Simulation s = new Simulation(new PriorityPolicy())) {
      s.add("high", s.cpu().busy(), budget(200, 2 * MS, 10 * MS));
      s.add("low", s.cpu().busy(), LOW);
      List<Turn> turns = Simulation.joined(s.run(1_000 * MS));
      assertThat(Simulation.time(turns, "high")).isCloseTo(200 * MS, withPercentage(0.1));
      assertThat(turns)
          .filteredOn(t -> t.domain().equals("high"))
          .hasSize(100)
          .allSatisfy(t -> assertThat(t.start() % (10 * MS)).isLessThan(TOLERANCE))
          .allSatisfy(t -> assertThat(t.length()).isCloseTo(2 * MS, within(TOLERANCE)));
    }
  }

  @Test
  void unusedBudgetIsNotSavedForTheNextPeriod() {
    try (Simulation s = new Simulation(new PriorityPolicy())) {
      s.add("high", s.cpu().sleepsUntil(95 * MS).busy(), budget(200, 2 * MS, 10 * MS));
      s.add("low", s.cpu().busy(), LOW);
      List<Turn> turns = Simulation.joined(s.run(110 * MS));
      assertThat(turns)
          .filteredOn(t -> t.domain().equals("high"))
          .extracting(t -> Math.round((double) t.length() / MS))
          .containsExactly(2L, 2L);
    }
  }

  @Test
  void overrunIsTakenFromTheNextPeriod() {
    try (Simulation s = new Simulation(new PriorityPolicy())) {
      TimedCpu cpu = s.cpu().works(MS, Exit.HYPERCALL).busy();
      SystemCalls high = s.add("high", cpu, budget(200, 2 * MS, 10 * MS));
      Board.require(high.createPortal(3, "slow", (vcpu, exit) -> spend(s, 4 * MS)));
      Board.require(high.bindPortal(Exit.HYPERCALL, 3));
      s.add("low", s.cpu().busy(), LOW);
      List<Turn> turns = Simulation.joined(s.run(40 * MS));
      assertThat(turns)
          .filteredOn(t -> t.domain().equals("high"))
          .extracting(t -> t.start() / MS, t -> Math.round((double) t.length() / MS))
          .containsExactly(tuple(0L, 5L), tuple(20L, 1L), tuple(30L, 2L));
    }
  }

  private static void spend(Simulation s, long nanos) {
    assertThat(s.time.advance(nanos)).isEqualTo(nanos);
  }

  @Test
  void equalPrioritiesTakeTurns() {
    try (Simulation s = new Simulation(new PriorityPolicy())) {
      s.add("a", s.cpu().busy(), LOW);
      s.add("b", s.cpu().busy(), LOW);
      s.add("high", s.cpu().periodic(3 * MS, 100 * US).forEver(), HIGH);
      List<Turn> turns = s.run(1_000 * MS);
      long a = Simulation.time(turns, "a");
      assertThat(Simulation.time(turns, "b")).isCloseTo(a, within(PriorityPolicy.TURN));
      assertThat(turns).extracting(Turn::domain).startsWith("high", "a", "high", "a", "high", "a");
    }
  }

  @Test
  void reservationsOfTheWholeCpuAreAdmittedHoweverTheirSumIsRounded() throws Exception {
    try (Simulation s = new Simulation(new PriorityPolicy())) {
      s.add("a", s.cpu().busy(), budget(10, 17 * MS, 50 * MS));
      s.add("b", s.cpu().busy(), budget(20, 5 * MS, 50 * MS));
      s.add("c", s.cpu().busy(), budget(30, 28 * MS, 50 * MS));
    }
  }

  @Test
  void reservationsBeyondTheWholeCpuAreNotAdmitted() throws Exception {
    try (Simulation s = new Simulation(new PriorityPolicy())) {
      s.add("a", s.cpu().busy(), budget(10, 6 * MS, 10 * MS));
      s.add("b", s.cpu().busy(), budget(20, 4 * MS, 10 * MS));
      s.add("unlimited", s.cpu().busy(), LOW);
      SystemCalls c = s.domain("c");
      Board.require(c.createVcpu(1, s.cpu()));
      assertThat(c.createContext(2, 1, 0, budget(5, 1, 1_000))).isEqualTo(Status.OVERCOMMITTED);
      Board.require(c.createContext(2, 1, 0, LOW));
      s.run(MS);
    }
  }
}
