package atoll.kernel;

import static atoll.kernel.Simulation.MS;
import static atoll.kernel.Simulation.US;
import static org.assertj.core.api.Assertions.assertThat;

import atoll.cpu.Exit;
import atoll.kernel.Continuation.Progress;
import atoll.kernel.SchedulingContext.Reservation;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class ContinuationTest {
  @Test
  void restOfAnExitIsDoneInStepsBeforeGuestCodeGoesOn() throws Exception {
    var runsAtEachStep = new CompletableFuture<String>();
    var steps = new StringBuilder();
    FakeCpu cpu = new FakeCpu().exits(Exit.HYPERCALL).exits(Exit.MMIO_READ);
    try (Board board = new Board(cpu)) {
      board.serving(
          Exit.HYPERCALL,
          (vcpu, exit) ->
              vcpu.proceed(() -> {
                steps.append(cpu.runs.get());
                return steps.length() < 3 ? Progress.MORE : Progress.DONE;
              }));
      board.serving(Exit.MMIO_READ, (vcpu, exit) -> runsAtEachStep.complete(steps.toString()));
      board.start(0);
      assertThat(Board.soon(runsAtEachStep)).isEqualTo("111");
    }
  }

  @Test
  void waitingWorkIsAskedAgainOnlyAfterUnblock() throws Exception {
    var waits = new CompletableFuture<Vcpu>();
    var goesOn = new CompletableFuture<Integer>();
    var steps = new AtomicInteger();
    FakeCpu cpu = new FakeCpu().exits(Exit.HYPERCALL).exits(Exit.MMIO_READ);
    try (Board board = new Board(cpu)) {
      board.serving(
          Exit.HYPERCALL,
          (vcpu, exit) ->
              vcpu.proceed(() -> {
                waits.complete(vcpu);
                return steps.incrementAndGet() == 1 ? Progress.WAIT : Progress.DONE;
              }));
      board.serving(Exit.MMIO_READ, (vcpu, exit) -> goesOn.complete(steps.get()));
      board.start(0);
      Vcpu vcpu = Board.soon(waits);
      vcpu.raise(9, true); // an interrupt is no reason to go on
      vcpu.kick();
      vcpu.unblock();
      assertThat(Board.soon(goesOn)).isEqualTo(2);
    }
  }

  @Test
  void unblockThatComesBeforeTheWaitIsNotLost() throws Exception {
    var goesOn = new CompletableFuture<Integer>();
    var steps = new AtomicInteger();
    FakeCpu cpu = new FakeCpu().exits(Exit.HYPERCALL).exits(Exit.MMIO_READ);
    try (Board board = new Board(cpu)) {
      board.serving(
          Exit.HYPERCALL,
          (vcpu, exit) ->
              vcpu.proceed(() -> {
                vcpu.unblock();
                return steps.incrementAndGet() == 1 ? Progress.WAIT : Progress.DONE;
              }));
      board.serving(Exit.MMIO_READ, (vcpu, exit) -> goesOn.complete(steps.get()));
      board.start(0);
      assertThat(Board.soon(goesOn)).isEqualTo(2);
    }
  }

  @Test
  void endlessWorkCanBePausedAndStopped() throws Exception {
    var begun = new CompletableFuture<Void>();
    var steps = new AtomicInteger();
    try (Board board = new Board(new FakeCpu().exits(Exit.HYPERCALL))) {
      board.serving(
          Exit.HYPERCALL,
          (vcpu, exit) ->
              vcpu.proceed(() -> {
                steps.incrementAndGet();
                begun.complete(null);
                return Progress.MORE;
              }));
      board.start(0);
      Board.soon(begun);
      Board.require(board.calls.pause(10));
      Board.require(board.calls.awaitIdle());
      int held = steps.get();
      assertThat(board.vcpu(0).state()).isEqualTo(VcpuState.PAUSED);
      assertThat(steps.get()).isEqualTo(held);
      Board.require(board.calls.resume(10));
      Board.require(board.calls.stop(10));
      Board.require(board.calls.awaitIdle());
      assertThat(board.vcpu(0).state()).isEqualTo(VcpuState.STOPPED);
    }
  }

  @Test
  void timerOfAHigherOneComesBetweenTwoSteps() {
    try (Simulation s = new Simulation(new PriorityPolicy())) {
      TimedCpu cpu = s.cpu().works(MS, Exit.HYPERCALL).busy();
      SystemCalls low = s.add("low", cpu, Reservation.priority(10));
      Board.require(
          low.createPortal(3, "endless", (vcpu, exit) -> vcpu.proceed(() -> spendAStep(s))));
      Board.require(low.bindPortal(Exit.HYPERCALL, 3));
      TimedCpu periodic = s.cpu().periodic(MS, 100 * US).forEver();
      SystemCalls high = s.add("high", periodic, Reservation.priority(200));
      s.run(1_000 * MS);
      var latency = high.vcpu(Simulation.VCPU).orElseThrow().wakeUps();
      assertThat(latency.total()).isGreaterThanOrEqualTo(999);
      assertThat(latency.greatest()).isLessThan(Continuation.STEP_NANOS + Simulation.TOLERANCE);
      assertThat(low.vcpu(Simulation.VCPU).orElseThrow().statistics().longest(Exit.HYPERCALL))
          .isLessThan(2 * Continuation.STEP_NANOS);
    }
  }

  private static Progress spendAStep(Simulation s) {
    s.time.advance(Continuation.STEP_NANOS);
    return Progress.MORE;
  }

  @Test
  void stepsCountAsPiecesOfTheExitThatLeftThemOver() throws Exception {
    var done = new CompletableFuture<Void>();
    var steps = new AtomicInteger();
    FakeCpu cpu = new FakeCpu().exits(Exit.HYPERCALL).exits(Exit.MMIO_READ);
    try (Board board = new Board(cpu)) {
      board.serving(
          Exit.HYPERCALL,
          (vcpu, exit) ->
              vcpu.proceed(() -> steps.incrementAndGet() < 50 ? Progress.MORE : Progress.DONE));
      board.serving(Exit.MMIO_READ, (vcpu, exit) -> done.complete(null));
      board.start(0);
      Board.soon(done);
      ExitStatistics statistics = board.vcpu(0).statistics();
      assertThat(statistics.count(Exit.HYPERCALL)).isEqualTo(1);
      assertThat(statistics.longest(Exit.HYPERCALL)).isPositive();
      assertThat(statistics.longest(Exit.HYPERCALL)).isLessThan(statistics.nanos(Exit.HYPERCALL));
      assertThat(statistics.longest(Exit.HALT)).isZero();
    }
  }
}
