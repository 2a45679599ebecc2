package atoll.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.cpu.Exit;
import atoll.host.Clock;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Handlers in code that may not come back. */
class OutsideTest {
  private static final long SLICE = 1_000_000;

  private final CompletableFuture<Thread> gone = new CompletableFuture<>();
  private final CountDownLatch back = new CountDownLatch(1);

  private static Board board(FakeCpu... cpus) {
    return new Board(
        new Microkernel(
            Clock.host(), 1, () -> new RoundRobinPolicy(SLICE), new MachineMemory(Long.MAX_VALUE)),
        cpus);
  }

  /** Comes back when the test says so. */
  private void outside(Vcpu vcpu, Exit exit) {
    vcpu.beginOutside();
    try {
      gone.complete(Thread.currentThread());
      back.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    } finally {
      vcpu.endOutside();
    }
  }

  @Test
  void othersHaveThePhysicalCpuMeanwhileAndTheVcpuGoesOnOnceItIsBack() throws Exception {
    var other = new CompletableFuture<Thread>();
    var goesOn = new CompletableFuture<Thread>();
    FakeCpu cpu = new FakeCpu().exits(Exit.MMIO_READ).exits(Exit.MMIO_WRITE);
    try (Board board = board(cpu, new FakeCpu().exits(Exit.HYPERCALL))) {
      board.serving(Exit.MMIO_READ, this::outside);
      board.serving(Exit.MMIO_WRITE, (vcpu, exit) -> goesOn.complete(Thread.currentThread()));
      board.serving(Exit.HYPERCALL, (vcpu, exit) -> other.complete(Thread.currentThread()));
      board.start(0);
      Thread first = Board.soon(gone);
      board.start(1);
      assertThat(board.calls.goOnWithout(10)).isEqualTo(Status.OK);
      Thread second = Board.soon(other);
      assertThat(second).isNotSameAs(first);
      assertThat(board.calls.goOnWithout(10)).as("once more").isEqualTo(Status.BAD_STATE);
      assertThat(board.vcpu(0).state()).isEqualTo(VcpuState.RUNNING);
      assertThat(board.vcpu(0).ready(Long.MAX_VALUE)).isFalse();
      board.vcpu(0).unblock(); // is about something else
      assertThat(goesOn).isNotDone();
      back.countDown();
      assertThat(Board.soon(goesOn)).isSameAs(second);
      first.join();
      assertThat(board.failure).isNotDone();
    }
  }

  @Test
  void aPauseWaitsForOneThatIsAway() throws Exception {
    FakeCpu cpu = new FakeCpu().exits(Exit.MMIO_READ).spins();
    try (Board board = board(cpu)) {
      board.serving(Exit.MMIO_READ, this::outside);
      board.start(0);
      Thread ignored = Board.soon(gone);
      Board.require(board.calls.goOnWithout(10));
      Board.require(board.calls.pause(10));
      assertThat(board.calls.state(10)).as("still in its exit").isEmpty();
      back.countDown();
      Board.require(board.calls.awaitIdle());
      assertThat(board.vcpu(0).state()).isEqualTo(VcpuState.PAUSED);
      assertThat(board.calls.state(10)).isPresent();
    }
  }

  @Test
  void oneThatNeverComesBackIsLeftBehind() throws Exception {
    Thread left;
    var touched = new CompletableFuture<Void>();
    try (Board board = board(new FakeCpu().exits(Exit.MMIO_READ), new FakeCpu())) {
      board.serving(
          Exit.MMIO_READ,
          (vcpu, exit) -> {
            outside(vcpu, exit);
            touched.complete(null);
          });
      board.start(0);
      left = Board.soon(gone);
      assertThat(board.calls.abandon(10)).as("not left yet").isEqualTo(Status.BAD_STATE);
      Board.require(board.calls.goOnWithout(10));
      Board.require(board.calls.abandon(10));
      Board.require(board.calls.awaitIdle());
      assertThat(board.vcpu(0).state()).isEqualTo(VcpuState.STOPPED);
      assertThat(board.calls.start(10, () -> {})).isEqualTo(Status.BAD_STATE);
    }
    back.countDown();
    left.join();
    assertThat(touched).isNotDone();
  }

  @Test
  void oneThatIsNotOutsideKeepsItsPhysicalCpu() throws Exception {
    var serving = new CompletableFuture<Status>();
    try (Board board = board(new FakeCpu().exits(Exit.MMIO_READ))) {
      board.serving(
          Exit.MMIO_READ,
          (vcpu, exit) -> {
            vcpu.beginOutside();
            vcpu.endOutside();
            serving.complete(board.calls.goOnWithout(10));
          });
      board.start(0);
      assertThat(Board.soon(serving)).isEqualTo(Status.BAD_STATE);
    }
  }

  @Test
  void noneIsLostHoweverOftenItsThreadIsTakenAway() throws Exception {
    int exits = 20_000;
    FakeCpu cpu = new FakeCpu();
    for (int n = 0; n < exits; n++) {
      cpu.exits(Exit.MMIO_READ);
    }
    cpu.exits(Exit.HYPERCALL);
    var served = new AtomicInteger();
    var done = new CompletableFuture<Integer>();
    try (Board board = board(cpu)) {
      board.serving(
          Exit.MMIO_READ,
          (vcpu, exit) -> {
            vcpu.beginOutside();
            served.incrementAndGet();
            vcpu.endOutside();
          });
      board.serving(Exit.HYPERCALL, (vcpu, exit) -> done.complete(served.get()));
      board.start(0);
      int taken = 0;
      while (!done.isDone()) {
        taken += board.calls.goOnWithout(10) == Status.OK ? 1 : 0;
      }
      assertThat(Board.soon(done)).as("taken away %d times", taken).isEqualTo(exits);
    }
  }
}
