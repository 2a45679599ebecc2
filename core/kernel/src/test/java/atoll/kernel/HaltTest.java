package atoll.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.cpu.Exit;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class HaltTest {
  @Test
  void haltedCpuRunsAgainAtItsDeadlineAndTheWaitIsCounted() throws Exception {
    var time = new VirtualTime();
    var wokenAt = new CompletableFuture<Long>();
    FakeCpu cpu = new FakeCpu();
    cpu.exits(Exit.HALT)
        .executes(() -> {
          cpu.deadline = Long.MAX_VALUE;
          wokenAt.complete(time.nanos());
          return Exit.HALT;
        });
    cpu.deadline = 5_000_000;
    var kernel =
        new Microkernel(time, 1, DedicatedPolicy::new, new MachineMemory(Long.MAX_VALUE), time);
    try (Board board = new Board(kernel, cpu)) {
      board.start(0);
      time.flow();
      assertThat(Board.soon(wokenAt)).isEqualTo(5_000_000);
      assertThat(board.vcpu(0).statistics().nanos(Exit.HALT)).isEqualTo(5_000_000);
    }
  }

  @Test
  void cpuThatIsAwakeDoesNotWait() throws Exception {
    var done = new CompletableFuture<Void>();
    FakeCpu cpu = new FakeCpu();
    cpu.raise(9, true);
    cpu.exits(Exit.HALT).exits(Exit.HYPERCALL);
    try (Board board = new Board(cpu)) {
      board.serving(Exit.HYPERCALL, (vcpu, exit) -> done.complete(null));
      board.start(0);
      Board.soon(done);
    }
  }

  /** Two CPUs wake each other in turn, always just as the other goes to sleep. */
  @Test
  void noWakeUpIsLost() throws Exception {
    int rounds = 40_000;
    var done = new CompletableFuture<Void>();
    var turns = new AtomicInteger();
    var cpus = new FakeCpu[] {new FakeCpu(), new FakeCpu()};
    try (Board board = new Board(cpus)) {
      for (int me = 0; me < 2; me++) {
        FakeCpu own = cpus[me];
        Vcpu other = board.vcpu(1 - me);
        for (int round = 0; round < rounds; round++) {
          own.executes(() -> {
            own.raise(9, false);
            if (turns.incrementAndGet() == rounds) {
              done.complete(null);
            }
            other.raise(9, true);
            return Exit.HALT;
          });
        }
      }
      board.start(0);
      board.start(1);
      Board.soon(done);
    }
  }

  @Test
  void suspendInAHandlerWaitsAndThenRunsTheResumeAction() throws Exception {
    var suspended = new CompletableFuture<Void>();
    var resumed = new CompletableFuture<Integer>();
    FakeCpu cpu = new FakeCpu().exits(Exit.HYPERCALL);
    try (Board board = new Board(cpu)) {
      board.serving(
          Exit.HYPERCALL,
          (vcpu, exit) -> {
            vcpu.suspend(() -> resumed.complete(cpu.runs.get()));
            suspended.complete(null);
          });
      board.start(0);
      Board.soon(suspended);
      assertThat(resumed).isNotDone();
      board.vcpu(0).raise(9, true);
      assertThat(Board.soon(resumed)).isEqualTo(1);
    }
  }

  @Test
  void stopEndsAWaitWithoutDeadline() throws Exception {
    FakeCpu cpu = new FakeCpu();
    var barrier = new CyclicBarrier(2);
    cpu.executes(() -> {
      try {
        barrier.await();
      } catch (Exception e) {
        throw new AssertionError(e);
      }
      return Exit.HALT;
    });
    try (Board board = new Board(cpu)) {
      board.start(0);
      barrier.await();
      Board.require(board.calls.stop(10));
      Board.require(board.calls.awaitIdle());
      assertThat(board.vcpu(0).state()).isEqualTo(VcpuState.STOPPED);
    }
  }
}
