package atoll.kernel;

import static atoll.kernel.Simulation.MS;
import static atoll.kernel.Simulation.US;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import atoll.cpu.Exit;
import atoll.kernel.SchedulingContext.Reservation;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A vCPU that waits for another one of its machine, in a loop, gives that one its turn. */
class GivingWayTest {
  /** After so long a CPU has looked often enough for what another one is to do. */
  private static final long LOOK = 3 * US;

  private static final long END = 200 * MS;

  static Stream<SchedulingPolicy> sharing() {
    return Stream.of(new FairPolicy(4 * MS), new RoundRobinPolicy(4 * MS), new PriorityPolicy());
  }

  private static TimedCpu waiting(Simulation s) {
    return s.cpu().works(LOOK, Exit.YIELD).forEver();
  }

  /** Adds a machine with several vCPUs on the one pCPU. */
  private static SystemCalls machine(Simulation s, String name, int priority, TimedCpu... cpus) {
    SystemCalls calls = s.domain(name);
    for (int i = 0; i < cpus.length; i++) {
      Board.require(calls.createVcpu(10 + i, cpus[i]));
      Board.require(calls.createContext(20 + i, 10 + i, 0, Reservation.priority(priority)));
    }
    return calls;
  }

  /** Nanoseconds that each of a machine's vCPUs has had. */
  private static List<Long> times(Simulation s, SystemCalls machine) {
    return machine.domain().contexts().stream().map(c -> c.consumed(s.time.nanos())).toList();
  }

  @ParameterizedTest
  @MethodSource("sharing")
  void whoCanHelpHasNearlyAllOfTheTime(SchedulingPolicy policy) {
    try (Simulation s = new Simulation(policy)) {
      SystemCalls machine = machine(s, "a", 1, waiting(s), s.cpu().busy(), waiting(s));
      s.run(END);
      List<Long> times = times(s, machine);
      assertThat(times.get(1)).isGreaterThan(9 * (times.get(0) + times.get(2)));
    }
  }

  @ParameterizedTest
  @MethodSource("sharing")
  void whoWaitsLooksAgainBeforeLong(SchedulingPolicy policy) {
    try (Simulation s = new Simulation(policy)) {
      SystemCalls machine = machine(s, "a", 1, waiting(s), s.cpu().busy());
      s.run(END);
      long looks = machine.vcpu(10).orElseThrow().statistics().count(Exit.YIELD);
      assertThat(looks).isGreaterThan(END / (10 * MS));
    }
  }

  @Test
  void aMachineGetsNoMoreByItThanByWorkingItself() {
    try (Simulation s = new Simulation(new FairPolicy(4 * MS))) {
      machine(s, "waits", 1, waiting(s), s.cpu().busy());
      machine(s, "works", 1, s.cpu().busy());
      List<Simulation.Turn> turns = s.run(END);
      assertThat(Simulation.time(turns, "works")).isCloseTo(END / 3, within(8 * MS));
    }
  }

  @Test
  void nobodyOfAnotherMachineGetsATurnThatIsGivenAway() {
    try (Simulation s = new Simulation(new PriorityPolicy())) {
      machine(s, "waits", 9, waiting(s), s.cpu());
      machine(s, "works", 8, s.cpu().busy());
      assertThat(Simulation.time(s.run(END), "works")).isZero();
    }
  }

  @Test
  void allThatWaitForTheLastHaveTheirLooksInTurn() {
    TimedCpu[] cpus = new TimedCpu[8];
    try (Simulation s = new Simulation(new FairPolicy(4 * MS))) {
      for (int i = 0; i < cpus.length; i++) {
        cpus[i] = waiting(s);
      }
      SystemCalls machine = machine(s, "a", 1, cpus);
      s.run(END);
      assertThat(times(s, machine)).allSatisfy(t -> assertThat(t).isGreaterThan(END / 16));
    }
  }
}
