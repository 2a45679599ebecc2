package atoll.kernel;

import static atoll.kernel.Simulation.MS;
import static atoll.kernel.Simulation.TOLERANCE;
import static atoll.kernel.Simulation.US;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import atoll.kernel.CyclicPolicy.Window;
import atoll.kernel.SchedulingContext.Reservation;
import atoll.kernel.Simulation.Turn;
import java.util.List;
import org.junit.jupiter.api.Test;

class CyclicPolicyTest {
  private static final List<Window> WINDOWS =
      List.of(
          new Window("a", 0, 4 * MS),
          new Window("b", 4 * MS, 2 * MS),
          new Window("a", 7 * MS, MS)); // 6 to 7 and 8 to 10 are nobody's

  private static Simulation simulation() {
    return new Simulation(new CyclicPolicy(10 * MS, WINDOWS));
  }

  private static boolean inside(Turn turn) {
    long start = turn.start() % (10 * MS);
    return WINDOWS.stream()
        .anyMatch(w ->
            w.domain().equals(turn.domain())
                && w.offset() <= start
                && start + turn.length() <= w.offset() + w.duration());
  }

  @Test
  void busyOnesRunInTheirWindowsAndAtNoOtherTime() {
    try (Simulation s = simulation()) {
      s.add("b", s.cpu().busy());
      s.add("a", s.cpu().busy());
      List<Turn> turns = Simulation.joined(s.run(500 * MS));
      assertThat(turns).hasSize(150).allMatch(CyclicPolicyTest::inside);
      assertThat(Simulation.time(turns, "a")).isCloseTo(250 * MS, within(5 * MS));
      assertThat(Simulation.time(turns, "b")).isCloseTo(100 * MS, within(3 * MS));
    }
  }

  /** What was learned of its speed is wrong by a factor of 2,000, again and again. */
  @Test
  void guestThatBecomesSlowSinceItKeepsTheEngineBusyEndsInItsWindow() {
    try (Simulation s = simulation()) {
      s.add("a", s.cpu().busy().speed(now -> now / (3 * MS) % 2 == 0 ? 4 : 0.002, 10));
      s.add("b", s.cpu().busy());
      List<Turn> turns = s.run(500 * MS);
      assertThat(turns).allMatch(CyclicPolicyTest::inside);
      assertThat(Simulation.time(turns, "a")).isGreaterThan(240 * MS);
    }
  }

  /** Code at full speed does not look at the clock, and may be as slow as is counted on. */
  @Test
  void guestThatBecomesSlowWithoutALookAtTheClockEndsInItsWindow() {
    try (Simulation s = simulation()) {
      s.add(
          "a",
          s.cpu().busy().speed(now -> now / (3 * MS) % 2 == 0 ? 4 : Pace.CERTAIN, Long.MAX_VALUE));
      s.add("b", s.cpu().busy());
      assertThat(s.run(500 * MS)).allMatch(CyclicPolicyTest::inside);
    }
  }

  @Test
  void wakeUpOutsideTheWindowWaitsForIt() {
    try (Simulation s = simulation()) {
      s.add("a", s.cpu().busy());
      SystemCalls b = s.add("b", s.cpu().periodic(50 * MS, 100 * US).forEver());
      List<Turn> turns = Simulation.joined(s.run(200 * MS));
      assertThat(turns).allMatch(CyclicPolicyTest::inside);
      assertThat(turns)
          .filteredOn(t -> t.domain().equals("b"))
          .extracting(Turn::start)
          .containsExactly(4 * MS, 54 * MS, 104 * MS, 154 * MS);
      assertThat(b.vcpu(Simulation.VCPU).orElseThrow().wakeUps().greatest()).isEqualTo(4 * MS);
    }
  }

  @Test
  void timeThatAnOwnerLeavesUnusedIsGivenToNobody() {
    try (Simulation s = simulation()) {
      s.add("a", s.cpu().periodic(10 * MS, 100 * US).forEver());
      s.add("b", s.cpu().busy());
      List<Turn> turns = Simulation.joined(s.run(100 * MS));
      assertThat(turns).allMatch(CyclicPolicyTest::inside);
      assertThat(Simulation.time(turns, "b")).isLessThanOrEqualTo(20 * MS);
    }
  }

  @Test
  void vcpusOfOneDomainShareItsWindows() {
    try (Simulation s = simulation()) {
      SystemCalls a = s.add("a", s.cpu().busy());
      Board.require(a.createVcpu(5, s.cpu().busy()));
      Board.require(a.createContext(6, 5, 0, Reservation.UNLIMITED));
      List<Turn> turns = s.run(400 * MS);
      assertThat(turns).allMatch(CyclicPolicyTest::inside);
      long now = s.time.nanos();
      List<SchedulingContext> contexts = a.domain().contexts();
      assertThat(contexts.get(0).consumed(now))
          .isCloseTo(contexts.get(1).consumed(now), within(10 * MS));
    }
  }

  @Test
  void whoHasNoWindowIsNotAdmitted() {
    try (Simulation s = simulation()) {
      SystemCalls c = s.domain("c");
      Board.require(c.createVcpu(1, s.cpu().busy()));
      assertThat(c.createContext(2, 1, 0, Reservation.UNLIMITED)).isEqualTo(Status.OVERCOMMITTED);
    }
  }

  @Test
  void timetablesThatOverlapOrLeaveTheFrameAreRefused() {
    Window first = new Window("a", 0, 4 * MS);
    assertThatThrownBy(() -> new CyclicPolicy(10 * MS, List.of(first, new Window("b", MS, MS))))
        .hasMessageContaining("window of b at 1000000+1000000");
    assertThatThrownBy(() -> new CyclicPolicy(3 * MS, List.of(first)))
        .hasMessageContaining("end at 3000000");
    assertThatThrownBy(() -> new Window("a", -1, MS)).hasMessageContaining("window of a");
    assertThatThrownBy(() -> new Window("a", 0, TOLERANCE)).hasMessageContaining("longer than");
  }
}
