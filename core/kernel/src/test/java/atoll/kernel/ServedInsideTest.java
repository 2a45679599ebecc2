package atoll.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.cpu.Exit;
import atoll.cpu.ExitServer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** Accesses that are served while their vCPU stays in guest code (ADR 179). */
class ServedInsideTest {
  /** A device that answers with what it was asked for, plus one. */
  private record Device(boolean inside, Consumer<Vcpu> also) implements Portal.Handler {
    @Override
    public void handle(Vcpu vcpu, Exit exit) {
      exit.value = exit.address + 1;
    }

    @Override
    public boolean handleInside(Vcpu vcpu, Exit exit) {
      if (inside) {
        also.accept(vcpu);
        handle(vcpu, exit);
      }
      return inside;
    }
  }

  /** What a CPU is told of two accesses in one run. */
  private record Told(int first, int second, long value, long reads, boolean timed) {}

  private static Told tell(Device device) throws Exception {
    var told = new CompletableFuture<Told>();
    FakeCpu cpu = new FakeCpu();
    try (Board board = new Board(cpu)) {
      board.serving(Exit.MMIO_READ, device).serving(Exit.HYPERCALL, (vcpu, exit) -> {});
      cpu.executes(() -> {
        Exit exit = cpu.exit();
        exit.address = 41;
        long before = board.kernel.clock().nanos();
        int first = exit.server.serve(Exit.MMIO_READ);
        boolean timed = exit.nanos >= before;
        int second = exit.server.serve(Exit.MMIO_READ);
        long reads = board.vcpu(0).statistics().count(Exit.MMIO_READ);
        told.complete(new Told(first, second, exit.value, reads, timed));
        return Exit.HYPERCALL;
      });
      board.start(0);
      return Board.soon(told);
    }
  }

  @Test
  void anAccessIsServedAndCountedAndTheGuestGoesOn() throws Exception {
    assertThat(tell(new Device(true, vcpu -> {})))
        .isEqualTo(new Told(ExitServer.SERVED, ExitServer.SERVED, 42, 2, true));
  }

  @Test
  void whatAMonitorDoesNotServeInsideIsNeitherDoneNorCounted() throws Exception {
    Told told = tell(new Device(false, vcpu -> {}));
    assertThat(List.of(told.first, told.second))
        .containsExactly(ExitServer.DECLINED, ExitServer.DECLINED);
    assertThat(told.value).isZero();
    assertThat(told.reads).isZero();
  }

  @Test
  void aHandlerWithoutSuchAWayServesAfterTheExit() throws Exception {
    var served = new CompletableFuture<Integer>();
    FakeCpu cpu = new FakeCpu();
    try (Board board = new Board(cpu)) {
      board.serving(Exit.MMIO_READ, (vcpu, exit) -> exit.value = 1);
      cpu.executes(() -> {
        served.complete(cpu.exit().server.serve(Exit.MMIO_READ));
        return Exit.HALT;
      });
      board.start(0);
      assertThat(Board.soon(served)).isEqualTo(ExitServer.DECLINED);
    }
  }

  @Test
  void aVcpuThatIsToDoSomethingElseFirstLeavesGuestCode() throws Exception {
    assertThat(tell(new Device(true, vcpu -> vcpu.proceed(() -> Continuation.Progress.DONE))).first)
        .isEqualTo(ExitServer.LEAVE);
    assertThat(tell(new Device(true, vcpu -> vcpu.suspend(() -> {}))).first)
        .isEqualTo(ExitServer.LEAVE);
    assertThat(tell(new Device(true, Vcpu::stop)).first).isEqualTo(ExitServer.LEAVE);
    assertThat(tell(new Device(true, vcpu -> vcpu.pause(true))).first).isEqualTo(ExitServer.LEAVE);
  }

  @Test
  void aWaitThatAHandlerAsksForBeginsWhenGuestCodeIsLeft() throws Exception {
    var resumed = new CompletableFuture<Integer>();
    FakeCpu cpu = new FakeCpu();
    try (Board board = new Board(cpu)) {
      board.serving(
          Exit.MMIO_READ,
          new Device(true, vcpu -> vcpu.suspend(() -> resumed.complete(cpu.runs.get()))));
      var left = new CompletableFuture<Integer>();
      cpu.executes(() -> {
        left.complete(cpu.exit().server.serve(Exit.MMIO_READ));
        return Exit.BUDGET;
      });
      board.start(0);
      assertThat(Board.soon(left)).isEqualTo(ExitServer.LEAVE);
      Board.require(board.calls.raise(10, 9, true));
      assertThat(Board.soon(resumed)).isEqualTo(1);
    }
  }

  @Test
  void whatAnAccessLeavesOverCountsForIt() throws Exception {
    var counted = new CompletableFuture<List<Boolean>>();
    FakeCpu cpu = new FakeCpu();
    try (Board board = new Board(cpu)) {
      board
          .serving(
              Exit.MMIO_READ,
              new Device(true, vcpu -> vcpu.proceed(() -> Continuation.Progress.DONE)))
          .serving(
              Exit.HYPERCALL,
              (vcpu, exit) -> {
                ExitStatistics exits = vcpu.statistics();
                counted.complete(
                    List.of(
                        exits.count(Exit.MMIO_READ) == 1,
                        exits.nanos(Exit.MMIO_READ) > 0,
                        exits.count(Exit.BUDGET) == 0,
                        exits.nanos(Exit.BUDGET) == 0));
              });
      cpu.executes(() -> {
        int left = cpu.exit().server.serve(Exit.MMIO_READ);
        return left == ExitServer.LEAVE ? Exit.BUDGET : Exit.FAULT;
      });
      cpu.exits(Exit.HYPERCALL);
      board.start(0);
      assertThat(Board.soon(counted)).containsOnly(true);
    }
  }

  @Test
  void anExitSoonAfterAnAccessBeginsWhereThatHasEnded() throws Exception {
    var end = new CompletableFuture<Long>();
    var next = new CompletableFuture<Long>();
    FakeCpu cpu = new FakeCpu();
    try (Board board = new Board(cpu)) {
      board
          .serving(Exit.MMIO_READ, new Device(true, vcpu -> {}))
          .serving(Exit.HYPERCALL, (vcpu, exit) -> next.complete(exit.nanos));
      cpu.executes(() -> {
        int ignored = cpu.exit().server.serve(Exit.MMIO_READ);
        end.complete(cpu.exit().nanos);
        return Exit.HYPERCALL;
      });
      board.start(0);
      assertThat(Board.soon(next)).isEqualTo(Board.soon(end));
    }
  }

  @Test
  void aMonitorThatThrowsInsideLosesItsDomain() throws Exception {
    FakeCpu cpu = new FakeCpu();
    try (Board board = new Board(cpu)) {
      board.serving(
          Exit.MMIO_READ,
          new Device(
              true,
              vcpu -> {
                throw new IllegalStateException("deep");
              }));
      cpu.executes(() -> cpu.exit().server.serve(Exit.MMIO_READ));
      board.start(0);
      assertThat(Board.soon(board.failure)).contains("guest/cpu0", "deep");
    }
  }
}
