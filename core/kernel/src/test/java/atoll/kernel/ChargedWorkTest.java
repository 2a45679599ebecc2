package atoll.kernel;

import static atoll.kernel.Simulation.MS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.assertj.core.api.Assertions.within;

import atoll.cpu.Exit;
import atoll.kernel.Continuation.Progress;
import atoll.kernel.SchedulingContext.Reservation;
import atoll.kernel.Simulation.Turn;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Work of other threads that a vCPU pays for, and how they know which. */
class ChargedWorkTest {
  private static Vcpu vcpu(SystemCalls calls) {
    return calls.vcpu(Simulation.VCPU).orElseThrow();
  }

  @Test
  void guestWithABudgetPaysForWhatItsDiskDoes() {
    try (Simulation s = new Simulation(new PriorityPolicy())) {
      Reservation budget = new Reservation(200, 2 * MS, 10 * MS, Reservation.DEFAULT_WEIGHT);
      SystemCalls paying = s.add("paying", s.cpu().busy(), budget);
      s.add("low", s.cpu().busy(), Reservation.priority(10));
      s.time.at(5 * MS, () -> vcpu(paying).charge(3 * MS));
      List<Turn> turns = Simulation.joined(s.run(50 * MS));
      // The charge is found after the next turn, and takes what comes in the two periods after it.
      assertThat(turns)
          .filteredOn(t -> t.domain().equals("paying"))
          .extracting(t -> t.start() / MS, t -> Math.round((double) t.length() / MS))
          .containsExactly(tuple(0L, 2L), tuple(10L, 2L), tuple(30L, 1L), tuple(40L, 2L));
      assertThat(paying.domain().contexts().getFirst().elsewhere()).isEqualTo(3 * MS);
    }
  }

  @Test
  void fairShareCountsIt() {
    try (Simulation s = new Simulation(new FairPolicy(MS))) {
      SystemCalls paying = s.add("paying", s.cpu().busy());
      s.add("other", s.cpu().busy());
      s.time.at(10 * MS, () -> vcpu(paying).charge(20 * MS));
      List<Turn> turns = s.run(200 * MS);
      long difference = Simulation.time(turns, "other") - Simulation.time(turns, "paying");
      assertThat(difference).isCloseTo(20 * MS, within(3 * MS));
    }
  }

  @Test
  void vcpuWithoutAContextIsNotCharged() {
    try (Board board = new Board(new FakeCpu())) {
      Board.require(board.calls.createVcpu(1, new FakeCpu()));
      board.calls.vcpu(1).orElseThrow().charge(1);
      assertThat(board.calls.domain().contexts().getFirst().elsewhere()).isZero();
    }
  }

  @Test
  void callerIsTheVcpuWhoseExitOrRestIsServedOnThisThreadForItsOwnDomainOnly() throws Exception {
    var inExit = new CompletableFuture<Optional<Vcpu>>();
    var inRest = new CompletableFuture<Optional<Vcpu>>();
    var forAnother = new CompletableFuture<Optional<Vcpu>>();
    try (Board board = new Board(new FakeCpu().exits(Exit.HYPERCALL))) {
      SystemCalls other = board.kernel.createDomain("other", (domain, reason, cause) -> {});
      board.serving(
          Exit.HYPERCALL,
          (vcpu, exit) -> {
            inExit.complete(board.calls.caller());
            forAnother.complete(other.caller());
            vcpu.proceed(() -> {
              inRest.complete(board.calls.caller());
              return Progress.DONE;
            });
          });
      board.start(0);
      assertThat(Board.soon(inExit)).contains(board.vcpu(0));
      assertThat(Board.soon(inRest)).contains(board.vcpu(0));
      assertThat(Board.soon(forAnother)).isEmpty();
      assertThat(board.calls.caller()).isEmpty();
      Board.require(other.close());
    }
  }

  @Test
  void stoppedVcpuTakesNoWork() {
    try (Board board = new Board(new FakeCpu())) {
      assertThat(board.vcpu(0).proceed(() -> Progress.DONE)).isFalse();
      board.start(0);
      var done = new CompletableFuture<Void>();
      assertThat(
              board
                  .vcpu(0)
                  .proceed(() -> {
                    done.complete(null);
                    return Progress.DONE;
                  }))
          .isTrue();
      Board.soon(done);
    }
  }
}
