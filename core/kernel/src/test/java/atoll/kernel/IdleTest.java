package atoll.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.cpu.Exit;
import atoll.host.Clock;
import atoll.kernel.CyclicPolicy.Window;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A physical CPU with nothing to do costs nothing: it parks without a deadline. */
class IdleTest {
  static List<SchedulingPolicy> policies() {
    return List.of(
        new DedicatedPolicy(),
        new RoundRobinPolicy(1_000_000),
        new FairPolicy(1_000_000),
        new PriorityPolicy(),
        new CyclicPolicy(1_000_000, List.of(new Window("guest", 0, 500_000))));
  }

  @ParameterizedTest
  @MethodSource("policies")
  void pcpuWhoseVcpusAllWaitParksUntilSomebodyIsWoken(SchedulingPolicy policy) {
    var waits = new ConcurrentLinkedQueue<Long>();
    var parked = new CompletableFuture<Void>();
    Idle idle =
        (clock, deadline) -> {
          waits.add(deadline);
          if (deadline == Long.MAX_VALUE && !waits.isEmpty()) {
            parked.complete(null);
            LockSupport.park(waits);
          }
        };
    var ran = new CompletableFuture<Void>();
    FakeCpu cpu = new FakeCpu().exits(Exit.HALT).exits(Exit.HYPERCALL);
    var config = List.of(PcpuConfig.of(policy));
    var kernel = new Microkernel(Clock.host(), config, new MachineMemory(Long.MAX_VALUE), idle);
    try (Board board = new Board(kernel, cpu)) {
      board.serving(Exit.HYPERCALL, (vcpu, exit) -> ran.complete(null));
      Board.soon(parked);
      int before = waits.size();
      board.start(0);
      while (board.vcpu(0).state() != VcpuState.HALTED) {
        Thread.onSpinWait();
      }
      board.vcpu(0).raise(9, true);
      Board.soon(ran);
      assertThat(waits.stream().skip(before).filter(deadline -> deadline == Long.MAX_VALUE).count())
          .isLessThan(10);
    }
  }
}
