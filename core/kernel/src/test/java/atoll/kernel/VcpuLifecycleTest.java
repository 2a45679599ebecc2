package atoll.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.cpu.Exit;
import atoll.host.Clock;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class VcpuLifecycleTest {
  @Test
  void spinningGuestIsStoppedAndStartedAnew() throws Exception {
    var second = new CompletableFuture<Void>();
    FakeCpu cpu = new FakeCpu().spins();
    try (Board board = new Board(cpu)) {
      board.start(0);
      Board.require(board.calls.stop(10));
      Board.require(board.calls.awaitIdle());
      assertThat(board.vcpu(0).state()).isEqualTo(VcpuState.STOPPED);
      Board.require(board.calls.start(10, () -> second.complete(null)));
      Board.soon(second);
    }
  }

  @Test
  void startedVcpuCannotBeStartedTwice() throws Exception {
    try (Board board = new Board(new FakeCpu().spins())) {
      board.start(0);
      assertThat(board.calls.start(10, () -> {})).isEqualTo(Status.BAD_STATE);
    }
  }

  @Test
  void pausedVcpuExecutesNothingUntilResumed() throws Exception {
    var ran = new CompletableFuture<Void>();
    FakeCpu cpu =
        new FakeCpu()
            .executes(() -> {
              ran.complete(null);
              return Exit.HALT;
            });
    try (Board board = new Board(cpu)) {
      Board.require(board.calls.pause(10));
      board.start(0);
      Board.require(board.calls.awaitIdle());
      assertThat(board.vcpu(0).state()).isEqualTo(VcpuState.PAUSED);
      assertThat(cpu.runs.get()).isZero();
      Board.require(board.calls.resume(10));
      Board.soon(ran);
    }
  }

  @Test
  void vcpuStoppedByItsOwnHandlerIsStartedByAnother() throws Exception {
    var again = new CompletableFuture<Void>();
    FakeCpu first = new FakeCpu().exits(Exit.HYPERCALL);
    FakeCpu second = new FakeCpu().exits(Exit.MMIO_WRITE);
    try (Board board = new Board(first, second)) {
      board.serving(
          Exit.HYPERCALL,
          (vcpu, exit) -> {
            Board.require(board.calls.stop(10));
            board.start(1);
          });
      board.serving(
          Exit.MMIO_WRITE,
          (vcpu, exit) -> Board.require(board.calls.start(10, () -> again.complete(null))));
      board.start(0);
      Board.soon(again);
    }
  }

  @Test
  void awaitingIdleOnTheVcpusOwnThreadIsRefused() throws Exception {
    var status = new CompletableFuture<Status>();
    try (Board board = new Board(new FakeCpu().exits(Exit.HYPERCALL))) {
      board.serving(
          Exit.HYPERCALL,
          (vcpu, exit) -> {
            try {
              status.complete(board.calls.awaitIdle());
            } catch (InterruptedException e) {
              status.completeExceptionally(e);
            }
          });
      board.start(0);
      assertThat(Board.soon(status)).isEqualTo(Status.BAD_STATE);
    }
  }

  @Test
  void nothingStartsBetweenStopAllAndTheDroppingOfVcpus() throws Exception {
    try (Board board = new Board(new FakeCpu(), new FakeCpu())) {
      board.start(0);
      board.calls.stopAll();
      assertThat(board.calls.start(11, () -> {})).isEqualTo(Status.BAD_STATE);
      Board.require(board.calls.dropVcpus());
      assertThat(board.calls.vcpu(10)).isEmpty();
      Board.require(board.calls.createVcpu(10, new FakeCpu()));
      Board.require(board.calls.createContext(20, 10, 0, SchedulingContext.Reservation.UNLIMITED));
      board.start(0);
    }
  }

  @Test
  void dedicatedPcpuAdmitsOneContext() throws Exception {
    try (Board board = new Board(new FakeCpu())) {
      Board.require(board.calls.createVcpu(11, new FakeCpu()));
      assertThat(board.calls.createContext(21, 11, 0, SchedulingContext.Reservation.UNLIMITED))
          .isEqualTo(Status.OVERCOMMITTED);
    }
  }

  /** A policy of the kind that later schedulers are: turns of a fixed length. */
  private static final class Turns implements SchedulingPolicy {
    private int last = -1;

    @Override
    public String name() {
      return "turns";
    }

    @Override
    public Status admit(List<SchedulingContext> present, SchedulingContext candidate) {
      return Status.OK;
    }

    @Override
    public SchedulingContext pick(List<SchedulingContext> contexts, long now) {
      for (int i = 1; i <= contexts.size(); i++) {
        int next = (last + i) % contexts.size();
        if (contexts.get(next).ready(now)) {
          last = next;
          return contexts.get(next);
        }
      }
      return null;
    }

    @Override
    public long slice(SchedulingContext chosen, long now) {
      return 1_000;
    }
  }

  @Test
  void policyWithSlicesSharesOnePcpuBetweenBusyVcpus() throws Exception {
    var done = new CompletableFuture<Void>();
    FakeCpu busy = new FakeCpu();
    for (int i = 0; i < 10_000; i++) {
      busy.exits(Exit.BUDGET);
    }
    FakeCpu late = new FakeCpu().exits(Exit.HYPERCALL);
    var kernel = new Microkernel(Clock.host(), 1, Turns::new, new MachineMemory(Long.MAX_VALUE));
    try (Board board = new Board(kernel, busy, late)) {
      board.serving(Exit.HYPERCALL, (vcpu, exit) -> done.complete(null));
      board.start(0).start(1);
      Board.soon(done);
      assertThat(board.calls.domain().contexts().getFirst().consumed(0)).isPositive();
    }
  }

  /** The thread of a pCPU outlives the domains on it, also if one goes while it decides. */
  @Test
  void pcpuServesOneDomainAfterTheOther() throws Exception {
    var kernel = Microkernel.dedicated(Clock.host(), 1);
    try (Board last = new Board(kernel)) {
      for (int i = 0; i < 5_000; i++) {
        SystemCalls calls = kernel.createDomain("short", (domain, reason, cause) -> {});
        var ran = new CompletableFuture<Void>();
        Board.require(calls.createVcpu(1, new FakeCpu()));
        Board.require(calls.createContext(2, 1, 0, SchedulingContext.Reservation.UNLIMITED));
        Board.require(calls.start(1, () -> ran.complete(null)));
        Board.soon(ran);
        Board.require(calls.close());
      }
      assertThat(last.calls.domain().state()).isEqualTo(ProtectionDomain.State.ACTIVE);
    }
  }
}
