package atoll.kernel;

import static atoll.kernel.Simulation.MS;
import static org.assertj.core.api.Assertions.assertThat;

import atoll.cpu.Exit;
import atoll.kernel.SchedulingContext.Reservation;
import atoll.kernel.Simulation.Turn;
import java.util.List;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Test;

/** A client of high priority, its service of low priority, and a busy one between the two. */
class PriorityInheritanceTest {
  private static final int BELL = 8;

  private SystemCalls service;

  private List<Turn> run(Simulation s, int clientsPermissions) {
    return run(
        s,
        3 * MS,
        clientsPermissions,
        () -> Board.require(service.raise(Simulation.VCPU, 9, true)),
        (client, vcpu) -> Board.require(client.up(BELL)));
  }

  private List<Turn> run(
      Simulation s,
      long work,
      int clientsPermissions,
      Runnable handler,
      BiConsumer<SystemCalls, Vcpu> call) {
    service = s.add("service", s.cpu().works(work, Exit.HALT).forEver(), Reservation.priority(10));
    s.add("busy", s.cpu().sleepsUntil(4 * MS).busy(), Reservation.priority(100));
    TimedCpu asking = s.cpu().sleepsUntil(10 * MS).works(MS, Exit.HYPERCALL).works(0, Exit.HALT);
    SystemCalls client = s.add("client", asking, Reservation.priority(200));
    Semaphore bell = s.kernel.createSemaphore("requests");
    Board.require(s.kernel.grant(bell, service, BELL, Permission.BIND));
    Board.require(s.kernel.grant(bell, client, BELL, clientsPermissions));
    Board.require(service.bindSemaphore(BELL, handler));
    Board.require(client.createPortal(3, "call", (vcpu, exit) -> call.accept(client, vcpu)));
    Board.require(client.bindPortal(Exit.HYPERCALL, 3));
    return Simulation.joined(s.run(20 * MS));
  }

  @Test
  void serviceInheritsTheClientsPriorityUntilItWaitsAgain() {
    try (Simulation s = new Simulation(new PriorityPolicy())) {
      List<Turn> turns = run(s, Permission.SIGNAL | Permission.DONATE);
      assertThat(turns)
          .containsExactly(
              new Turn("service", 0, 3 * MS),
              new Turn("busy", 4 * MS, 10 * MS),
              new Turn("client", 10 * MS, 11 * MS),
              new Turn("service", 11 * MS, 14 * MS),
              new Turn("busy", 14 * MS, 20 * MS));
      assertThat(service.domain().contexts().getFirst().priority()).isEqualTo(10);
    }
  }

  @Test
  void aServiceThatIsAwakeInheritsThoughNothingIsRaised() {
    try (Simulation s = new Simulation(new PriorityPolicy())) {
      int permissions = Permission.SIGNAL | Permission.DONATE;
      List<Turn> turns =
          run(s, 6 * MS, permissions, () -> {}, (client, vcpu) -> Board.require(client.up(BELL)));
      assertThat(turns)
          .containsExactly(
              new Turn("service", 0, 4 * MS),
              new Turn("busy", 4 * MS, 10 * MS),
              new Turn("client", 10 * MS, 11 * MS),
              new Turn("service", 11 * MS, 13 * MS),
              new Turn("busy", 13 * MS, 20 * MS));
      assertThat(service.domain().contexts().getFirst().priority()).isEqualTo(10);
    }
  }

  @Test
  void whoIsWokenByADonorInheritsItsPriority() {
    try (Simulation s = new Simulation(new PriorityPolicy())) {
      Runnable wake = () -> Board.require(service.raise(Simulation.VCPU, 9, true));
      List<Turn> turns =
          run(s, 3 * MS, Permission.SIGNAL, () -> {}, (client, vcpu) -> Donor.of(vcpu).run(wake));
      assertThat(turns)
          .contains(new Turn("client", 10 * MS, 11 * MS), new Turn("service", 11 * MS, 14 * MS));
    }
  }

  @Test
  void withoutThePermissionNothingIsInherited() {
    try (Simulation s = new Simulation(new PriorityPolicy())) {
      List<Turn> turns = run(s, Permission.SIGNAL);
      assertThat(turns)
          .containsExactly(
              new Turn("service", 0, 3 * MS),
              new Turn("busy", 4 * MS, 10 * MS),
              new Turn("client", 10 * MS, 11 * MS),
              new Turn("busy", 11 * MS, 20 * MS));
    }
  }

  @Test
  void lowerClientDoesNotLowerItsService() {
    try (Simulation s = new Simulation(new PriorityPolicy())) {
      SystemCalls high = s.add("high", s.cpu().busy(), Reservation.priority(200));
      SchedulingContext context = high.domain().contexts().getFirst();
      context.lend(50);
      context.lend(200);
      assertThat(context.priority()).isEqualTo(200);
      assertThat(context.state().lent()).isEqualTo(-1);
      s.run(MS);
    }
  }
}
