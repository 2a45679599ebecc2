package atoll.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.cpu.Exit;
import atoll.host.Clock;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Physical CPUs that share their vCPUs. */
class CpuPoolTest {
  private static final long SLICE = 1_000_000;

  private static Microkernel pool(int pcpus) {
    SchedulingPolicy policy = FairPolicy.ofPool(SLICE);
    List<PcpuConfig> configs = Collections.nCopies(pcpus, PcpuConfig.of(policy));
    return new Microkernel(Clock.host(), configs, new MachineMemory(Long.MAX_VALUE), Idle.PARKING);
  }

  /** Gives the second vCPU its context on the first pCPU, too. */
  private static Board onTheFirst(Microkernel kernel, FakeCpu... cpus) {
    Board board = new Board(kernel);
    for (int i = 0; i < cpus.length; i++) {
      Board.require(board.calls.createVcpu(10 + i, cpus[i]));
      var unlimited = SchedulingContext.Reservation.UNLIMITED;
      Board.require(board.calls.createContext(20 + i, 10 + i, 0, unlimited));
    }
    // A pCPU has a thread from its first vCPU on.
    Board.require(board.calls.createVcpu(18, new FakeCpu()));
    Board.require(board.calls.createContext(28, 18, 1, SchedulingContext.Reservation.UNLIMITED));
    return board;
  }

  @Test
  void whoWaitsBehindOneThatNeverEndsIsExecutedByAnIdlePcpu() {
    var both = new CountDownLatch(2);
    try (Board board = onTheFirst(pool(2), meeting(both), meeting(both))) {
      board.start(0).start(1);
      assertThat(board.failure).isNotDone();
      assertThat(awaited(both)).isTrue(); // each waits inside of guest code for the other
    }
  }

  private static FakeCpu meeting(CountDownLatch both) {
    return new FakeCpu()
        .executes(() -> {
          both.countDown();
          return awaited(both) ? Exit.BUDGET : Exit.HALT;
        });
  }

  private static boolean awaited(CountDownLatch latch) {
    try {
      latch.await();
      return true;
    } catch (InterruptedException e) {
      return false;
    }
  }

  @Test
  void noVcpuIsExecutedByTwoAndEachHasItsTurns() {
    int vcpus = 5;
    var inside = new AtomicIntegerArray(vcpus);
    var wrong = new AtomicInteger();
    var turns = new CountDownLatch(vcpus * 1000);
    FakeCpu[] cpus = new FakeCpu[vcpus];
    for (int i = 0; i < vcpus; i++) {
      int n = i;
      cpus[i] = new FakeCpu();
      for (int turn = 0; turn < 1000; turn++) {
        int reason = turn % 3 == 0 ? Exit.YIELD : Exit.BUDGET;
        cpus[i].executes(() -> {
          wrong.addAndGet(inside.getAndIncrement(n));
          Thread.onSpinWait();
          inside.decrementAndGet(n);
          turns.countDown();
          return reason;
        });
      }
    }
    try (Board board = new Board(pool(2), cpus)) {
      for (int i = 0; i < vcpus; i++) {
        board.start(i);
      }
      assertThat(awaited(turns)).isTrue();
      assertThat(wrong).hasValue(0);
    }
  }

  /**
   * Each hands a token to one of the others and then waits, until it has gone round often enough.
   */
  @ParameterizedTest(name = "{0} vCPUs on {1} pCPUs")
  @CsvSource({"2, 2", "3, 2", "8, 3"})
  void noWakeUpIsLost(int vcpus, int pcpus) {
    int rounds = 5000;
    var done = new CompletableFuture<Integer>();
    var count = new AtomicInteger();
    var made = new CompletableFuture<Board>();
    FakeCpu[] cpus = new FakeCpu[vcpus];
    for (int i = 0; i < vcpus; i++) {
      int n = i;
      var random = new Random(i);
      cpus[i] =
          new FakeCpu()
              .serves(() -> {
                if (count.incrementAndGet() == rounds) {
                  done.complete(rounds);
                  return Exit.HALT;
                }
                for (int pause = random.nextInt(2000); pause > 0; pause--) {
                  Thread.onSpinWait();
                }
                int next = (n + 1 + random.nextInt(vcpus - 1)) % vcpus;
                made.join().vcpu(next).raise(9, true);
                return random.nextBoolean() ? Exit.HALT : Exit.YIELD;
              });
    }
    try (Board board = new Board(pool(pcpus), cpus)) {
      made.complete(board);
      for (int i = 0; i < vcpus; i++) {
        board.start(i);
      }
      board.vcpu(0).raise(9, true);
      assertThat(Board.soon(done)).isEqualTo(rounds);
    }
  }
}
