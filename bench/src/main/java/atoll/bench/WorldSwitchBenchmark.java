package atoll.bench;

import atoll.cpu.Exit;
import atoll.host.Clock;
import atoll.kernel.MachineMemory;
import atoll.kernel.Microkernel;
import atoll.kernel.RoundRobinPolicy;
import atoll.kernel.SchedulingContext.Reservation;
import atoll.testkit.BareDomain;
import atoll.testkit.Engines;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * Guests on one physical CPU whose slice is over at each exit: one operation is one exit to an
 * empty handler and one dispatch. With one guest that is the kernel's whole path; with two, each
 * dispatch is a world switch as well, and the difference is what the switch itself costs.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class WorldSwitchBenchmark {
  private static final int EXITS = 10_000;
  private static final String EXITING = "li t0, 0x10000000\n again: sw zero, 0(t0)\n j again";

  /** The engine's name. */
  @Param("translator")
  public String engine;

  /** How many share the physical CPU. */
  @Param({"1", "2"})
  public int guests;

  private final AtomicLong exits = new AtomicLong();
  private Microkernel board;
  private List<BareDomain> domains;

  /** Lets the guests run. */
  @Setup
  public void start() {
    board =
        new Microkernel(Clock.host(), 1, () -> new RoundRobinPolicy(1), new MachineMemory(8 << 20));
    domains = new ArrayList<>(IntStream.range(0, guests).mapToObj(this::guest).toList());
    domains.forEach(BareDomain::start);
  }

  private BareDomain guest(int number) {
    return new BareDomain(
            board, Engines.shipped(engine), "guest" + number, 0, Reservation.UNLIMITED, EXITING)
        .serving(Exit.MMIO_WRITE, (vcpu, exit) -> exits.setRelease(exits.getPlain() + 1));
  }

  @TearDown
  public void stop() {
    domains.forEach(BareDomain::close);
    board.close();
  }

  /** One exit and one dispatch. */
  @Benchmark
  @OperationsPerInvocation(EXITS)
  public void exitAndDispatch() {
    long end = exits.getAcquire() + EXITS;
    while (exits.getAcquire() < end) {
      Thread.onSpinWait();
    }
  }
}
