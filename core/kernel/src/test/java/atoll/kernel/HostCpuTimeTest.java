package atoll.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.cpu.Exit;
import atoll.host.Clock;
import atoll.host.ThreadTime;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

@EnabledOnOs(OS.LINUX)
class HostCpuTimeTest {
  private static final long WORK = 50_000_000;

  private static void work() {
    ThreadTime time = ThreadTime.ofCaller();
    long end = time.nanos() + WORK;
    while (time.nanos() < end) {
      Thread.onSpinWait();
    }
  }

  private static Microkernel shared() {
    return new Microkernel(
        Clock.host(),
        List.of(PcpuConfig.of(new RoundRobinPolicy(1_000_000))),
        new MachineMemory(1 << 20),
        Idle.PARKING);
  }

  /** Two vCPUs of one pCPU: one works, and one has the pCPU and gets nothing from the host. */
  @Test
  void itIsChargedToWhomTheHostHasExecutedAndElapsedTimeToWhoHadThePcpu()
      throws InterruptedException {
    CountDownLatch workDone = new CountDownLatch(1);
    CountDownLatch holding = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    FakeCpu worker =
        new FakeCpu()
            .executes(() -> {
              work();
              workDone.countDown();
              return Exit.HALT;
            });
    FakeCpu holder =
        new FakeCpu()
            .executes(() -> {
              holding.countDown();
              await(go);
              return Exit.HALT;
            });
    try (Board board = new Board(shared(), worker, holder)) {
      board.start(0);
      workDone.await();
      board.start(1);
      holding.await();
      work();
      SchedulingContext held = board.calls.domain().contexts().get(1);
      SchedulingContext worked = board.calls.domain().contexts().get(0);
      long now = board.kernel.clock().nanos();
      assertThat(worked.executed()).isGreaterThanOrEqualTo(WORK);
      assertThat(held.consumed(now)).isGreaterThanOrEqualTo(WORK);
      assertThat(held.executed()).isLessThan(WORK / 2);
      PcpuStatistics all = board.kernel.statistics().pcpus().getFirst();
      assertThat(all.executed()).isGreaterThanOrEqualTo(WORK);
      go.countDown();
    }
  }

  @Test
  void whatWasChargedStaysWhenAVcpuIsGone() throws InterruptedException {
    CountDownLatch done = new CountDownLatch(1);
    FakeCpu worker =
        new FakeCpu()
            .executes(() -> {
              work();
              done.countDown();
              return Exit.HALT;
            });
    Board board = new Board(shared(), worker);
    SchedulingContext context = board.calls.domain().contexts().get(0);
    board.start(0);
    done.await();
    board.close();
    assertThat(context.executed()).isGreaterThanOrEqualTo(WORK);
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
