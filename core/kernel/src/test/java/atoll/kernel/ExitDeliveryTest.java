package atoll.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.cpu.Exit;
import atoll.host.Clock;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ExitDeliveryTest {
  @Test
  void exitReachesThePortalOfItsReasonOnThePcpusThread() throws Exception {
    var thread = new CompletableFuture<String>();
    FakeCpu cpu = new FakeCpu().exits(Exit.HYPERCALL);
    try (Board board = new Board(cpu)) {
      board.serving(
          Exit.HYPERCALL, (vcpu, exit) -> thread.complete(Thread.currentThread().getName()));
      board.start(0);
      assertThat(Board.soon(thread)).isEqualTo("pcpu0");
    }
  }

  @Test
  void entryActionRunsBeforeTheFirstGuestInstruction() throws Exception {
    var runsAtEntry = new CompletableFuture<Integer>();
    FakeCpu cpu = new FakeCpu();
    try (Board board = new Board(cpu)) {
      Board.require(board.calls.start(10, () -> runsAtEntry.complete(cpu.runs.get())));
      assertThat(Board.soon(runsAtEntry)).isZero();
    }
  }

  @Test
  void exitsAreCountedByReasonAndTheirTimeIsAdded() throws Exception {
    var done = new CompletableFuture<Void>();
    FakeCpu cpu =
        new FakeCpu()
            .exits(Exit.MMIO_READ)
            .exits(Exit.MMIO_READ)
            .exits(Exit.BUDGET)
            .exits(Exit.HYPERCALL);
    try (Board board = new Board(cpu)) {
      board.serving(Exit.MMIO_READ, (vcpu, exit) -> {});
      board.serving(Exit.HYPERCALL, (vcpu, exit) -> done.complete(null));
      board.start(0);
      Board.soon(done);
      ExitStatistics statistics = board.vcpu(0).statistics();
      assertThat(statistics.count(Exit.MMIO_READ)).isEqualTo(2);
      assertThat(statistics.count(Exit.BUDGET)).isEqualTo(1);
      assertThat(statistics.nanos(Exit.MMIO_READ)).isPositive();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {Exit.PORT_READ, Exit.PORT_WRITE, Exit.BREAK, Exit.SHUTDOWN, Exit.FAULT})
  void exitsThatOnlySomeCpusMakeReachTheirPortals(int reason) throws Exception {
    var served = new CompletableFuture<Integer>();
    try (Board board = new Board(new FakeCpu().exits(reason))) {
      board.serving(reason, (vcpu, exit) -> served.complete(reason));
      board.start(0);
      assertThat(Board.soon(served)).isEqualTo(reason);
    }
  }

  @Test
  void monitorThatThrowsLosesItsOwnDomainOnly() throws Exception {
    var survived = new CompletableFuture<Void>();
    var kernel = Microkernel.dedicated(Clock.host(), 2);
    FakeCpu bad = new FakeCpu().exits(Exit.HYPERCALL);
    FakeCpu good = new FakeCpu().exits(Exit.HALT).exits(Exit.HYPERCALL);
    try (Board first = new Board(kernel, bad)) {
      first.serving(
          Exit.HYPERCALL,
          (vcpu, exit) -> {
            throw new StackOverflowError("deep");
          });
      SystemCalls second =
          kernel.createDomain("other", (domain, reason, cause) -> survived.cancel(true));
      Board.require(second.createVcpu(1, good));
      Board.require(second.createContext(2, 1, 1, SchedulingContext.Reservation.UNLIMITED));
      Board.require(second.createPortal(3, "calls", (vcpu, exit) -> survived.complete(null)));
      Board.require(second.bindPortal(Exit.HYPERCALL, 3));
      Board.require(second.start(1, () -> {}));
      first.start(0);

      assertThat(Board.soon(first.failure)).contains("guest/cpu0", "StackOverflowError", "deep");
      assertThat(first.calls.domain().state()).isEqualTo(ProtectionDomain.State.FAILED);
      assertThat(first.vcpu(0).state()).isEqualTo(VcpuState.STOPPED);
      assertThat(first.calls.start(10, () -> {})).isEqualTo(Status.BAD_STATE);
      Board.require(second.raise(1, 9, true));
      Board.soon(survived);
      assertThat(second.domain().state()).isEqualTo(ProtectionDomain.State.ACTIVE);
      Board.require(second.close());
    }
  }

  @Test
  void exitWithoutPortalFailsTheDomainWithTheReasonNamed() throws Exception {
    FakeCpu cpu = new FakeCpu().exits(Exit.FAULT);
    try (Board board = new Board(cpu)) {
      board.start(0);
      assertThat(Board.soon(board.failure)).contains("no portal", "fault");
    }
  }
}
