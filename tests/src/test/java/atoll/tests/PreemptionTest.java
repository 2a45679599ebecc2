package atoll.tests;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.engine.Engine;
import atoll.host.Clock;
import atoll.kernel.CyclicPolicy;
import atoll.kernel.CyclicPolicy.Window;
import atoll.kernel.MachineMemory;
import atoll.kernel.Microkernel;
import atoll.kernel.PcpuStatistics;
import atoll.kernel.PriorityPolicy;
import atoll.kernel.RoundRobinPolicy;
import atoll.kernel.SchedulingContext.Reservation;
import atoll.kernel.SchedulingPolicy;
import atoll.kernel.Status;
import atoll.testkit.BareDomain;
import atoll.testkit.LatencyProbe;
import atoll.testkit.VirtualTime;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Real harts that share a physical CPU: who is busy is made to leave guest code. How long that
 * takes is measured by {@code bench/preemption}.
 */
@ParameterizedClass
@MethodSource("atoll.testkit.Engines#all")
class PreemptionTest {
  private static final long MS = 1_000_000;
  private static final int SAMPLES = 300;
  private static final int PAGES = 64;

  /** Goes through its pages for ever, in one long loop without an exit. */
  private static final String BUSY =
      """
      begin:
        mv t0, a1
        li t1, %d
      page:
        ld t2, 0(t0)
        addi t2, t2, 1
        sd t2, 0(t0)
        lui t3, 1
        add t0, t0, t3
        addi t1, t1, -1
        bnez t1, page
        j begin
      """
          .formatted(PAGES);

  @Parameter Engine engine;

  private static Microkernel board(SchedulingPolicy policy) {
    return new Microkernel(Clock.host(), 1, () -> policy, new MachineMemory(256L << 20));
  }

  private BareDomain busy(Microkernel board, String name, Reservation reservation) {
    return new BareDomain(board, engine, name, 0, reservation, BUSY);
  }

  /** Time stands still while the busy one executes: its turn is never over by itself. */
  @Test
  @Timeout(value = 8, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void timerOfABetterOneEndsTheTurnOfABusyOne() {
    VirtualTime time = new VirtualTime();
    try (Microkernel board =
            new Microkernel(time, 1, PriorityPolicy::new, new MachineMemory(256L << 20), time);
        BareDomain busy = busy(board, "busy", Reservation.priority(10));
        LatencyProbe probe =
            new LatencyProbe(board, engine, 0, Reservation.priority(200), SAMPLES, 1_000)) {
      busy.start();
      assertThat(probe.start().latencies(time, busy.hart()::instructions))
          .hasSize(SAMPLES)
          .containsOnly(0);
      assertThat(busy.memory().getLong(BareDomain.DATA)).isPositive();
    }
  }

  @Test
  void worldSwitchesLoseNoTranslations() {
    try (Microkernel board = board(new RoundRobinPolicy(MS / 10));
        BareDomain a = busy(board, "a", Reservation.UNLIMITED);
        BareDomain b = busy(board, "b", Reservation.UNLIMITED)) {
      a.start();
      b.start();
      PcpuStatistics pcpu;
      do {
        Thread.onSpinWait();
        pcpu = board.statistics().pcpus().getFirst();
      } while (pcpu.worldSwitches() < 200);
      stop(a);
      stop(b);
      assertThat(a.hart().mmuStatistics().lost()).isZero();
      assertThat(b.hart().mmuStatistics().lost()).isZero();
      assertThat(a.hart().mmuStatistics().fills()).isGreaterThan(PAGES);
      assertThat(a.hart().tlbFills()).isLessThan(3 * PAGES);
      assertThat(b.hart().tlbFills()).isLessThan(3 * PAGES);
    }
  }

  private static void stop(BareDomain domain) {
    try {
      domain.calls().stopAll();
      assertThat(domain.calls().awaitIdle()).isEqualTo(Status.OK);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /**
   * Only when a turn begins is up to the kernel; when it ends is up to the host's scheduler too.
   */
  @Test
  void cyclicBeginsNoTurnOutsideItsWindow() {
    long frame = 4 * MS;
    var windows = List.of(new Window("a", 0, 2 * MS), new Window("b", 2 * MS, MS));
    record Begin(String domain, long offset) {}
    var begins = new ConcurrentLinkedQueue<Begin>();
    try (Microkernel board = board(new CyclicPolicy(frame, windows));
        BareDomain a = busy(board, "a", Reservation.UNLIMITED);
        BareDomain b = busy(board, "b", Reservation.UNLIMITED)) {
      board.trace((pcpu, context, start, left, end) ->
          begins.add(new Begin(context.vcpu().domain().name(), start % frame)));
      a.start();
      b.start();
      while (begins.size() < 200) {
        Thread.onSpinWait();
      }
    }
    assertThat(begins).extracting(Begin::domain).contains("a", "b");
    assertThat(begins)
        .allMatch(begin ->
            begin.domain.equals("a")
                ? begin.offset < 2 * MS
                : begin.offset >= 2 * MS && begin.offset < 3 * MS);
  }
}
