package atoll.bench;

import atoll.engine.Engine;
import atoll.host.Clock;
import atoll.kernel.CyclicPolicy;
import atoll.kernel.CyclicPolicy.Window;
import atoll.kernel.FairPolicy;
import atoll.kernel.MachineMemory;
import atoll.kernel.Microkernel;
import atoll.kernel.PcpuStatistics;
import atoll.kernel.PriorityPolicy;
import atoll.kernel.RoundRobinPolicy;
import atoll.kernel.SchedulingContext.Reservation;
import atoll.kernel.SchedulingPolicy;
import atoll.testkit.BareDomain;
import atoll.testkit.Engines;
import atoll.testkit.LatencyProbe;
import java.util.List;

/**
 * How late a guest's 1 ms timer is served, alone and beside a busy guest on the same physical CPU,
 * by each scheduling policy: the kernel's part of real-time latency, without any device.
 */
public final class Preemption {
  private static final long MS = 1_000_000;
  private static final int WARM_UP = 3_000;
  private static final int SAMPLES = 10_000;

  private static final String BUSY = "begin: addi t0, t0, 1\n mul t1, t0, t0\n j begin";

  private Preemption() {}

  /** Prints a table; takes the name of an engine, otherwise the translator. */
  public static void main(String[] args) {
    Engine engine = Engines.shipped(args.length > 0 ? args[0] : "translator");
    System.out.printf(
        "%-22s %8s %8s %8s %8s %9s %6s%n",
        "us late, " + engine.name(), "p50", "p99", "p99.9", "max", "switches", "lost");
    measure("alone", new PriorityPolicy(), engine, false);
    System.out.println("beside a busy one:");
    measure("  priority", new PriorityPolicy(), engine, true);
    measure("  fair, 5 ms", new FairPolicy(5 * MS), engine, true);
    measure("  round-robin, 1 ms", new RoundRobinPolicy(MS), engine, true);
    var windows = List.of(new Window("probe", 0, MS / 2), new Window("busy", MS / 2, MS / 2));
    measure("  cyclic, 0.5 of 1 ms", new CyclicPolicy(MS, windows), engine, true);
  }

  private static void measure(
      String name, SchedulingPolicy policy, Engine engine, boolean busyToo) {
    try (Microkernel board =
            new Microkernel(Clock.host(), 1, () -> policy, new MachineMemory(64 << 20));
        BareDomain busy = new BareDomain(board, engine, "busy", 0, Reservation.priority(10), BUSY);
        LatencyProbe warm = probe(board, engine, WARM_UP)) {
      if (busyToo) {
        busy.start();
      }
      warm.start().latencies();
      try (LatencyProbe probe = probe(board, engine, SAMPLES)) {
        long[] late = probe.start().latencies();
        PcpuStatistics pcpu = board.statistics().pcpus().getFirst();
        System.out.printf(
            "%-22s %8.1f %8.1f %8.1f %8.1f %9d%n",
            name,
            at(late, 0.5),
            at(late, 0.99),
            at(late, 0.999),
            at(late, 1),
            pcpu.worldSwitches());
      }
    }
  }

  private static LatencyProbe probe(Microkernel board, Engine engine, int samples) {
    return new LatencyProbe(board, engine, 0, Reservation.priority(200), samples, 1_000);
  }

  private static double at(long[] sorted, double share) {
    return sorted[(int) Math.ceil(share * sorted.length) - 1] / 1e3;
  }
}
