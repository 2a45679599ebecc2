package atoll.kernel;

import atoll.kernel.SchedulingContext.Reservation;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;

/**
 * One pCPU in virtual time, with a domain for each vCPU: what a policy does to them, as a trace
 * that is the same in each run. The vCPU of each is in slot 1.
 */
final class Simulation implements AutoCloseable {
  static final long US = 1_000;
  static final long MS = 1_000_000;

  /** By how much a dispatch may be longer than planned: the least quantum, at each end. */
  static final long TOLERANCE = 2 * US;

  static final int VCPU = 1;

  /** No policy of a test gives anybody more. */
  private static final long LONGEST_TURN = 100 * MS;

  /** Within which turns are told apart. */
  private static final long ROUNDING = 10 * US;

  /** Who had the pCPU, and when. */
  record Turn(String domain, long start, long end) {
    long length() {
      return end - start;
    }
  }

  final VirtualTime time = new VirtualTime();
  final Microkernel kernel;
  private final List<SystemCalls> domains = new ArrayList<>();
  private final List<Turn> turns = new ArrayList<>();
  private final CountDownLatch closing = new CountDownLatch(1);

  Simulation(SchedulingPolicy policy) {
    kernel =
        new Microkernel(
            time, List.of(PcpuConfig.of(policy)), new MachineMemory(Long.MAX_VALUE), time);
  }

  TimedCpu cpu() {
    return new TimedCpu(time);
  }

  /** Adds a domain with one vCPU. */
  SystemCalls add(String name, TimedCpu cpu, Reservation reservation) {
    SystemCalls calls = domain(name);
    Board.require(calls.createVcpu(VCPU, cpu));
    Board.require(calls.createContext(2, VCPU, 0, reservation));
    return calls;
  }

  SystemCalls add(String name, TimedCpu cpu) {
    return add(name, cpu, Reservation.UNLIMITED);
  }

  /** Adds a domain without a vCPU. */
  SystemCalls domain(String name) {
    SystemCalls calls =
        kernel.createDomain(
            name,
            (domain, reason, cause) -> {
              throw new AssertionError(reason, cause);
            });
    domains.add(calls);
    return calls;
  }

  /** Starts all vCPUs at time 0 and returns who ran until {@code end}, and when. */
  List<Turn> run(long end) {
    var done = new CompletableFuture<List<Turn>>();
    kernel.trace((pcpu, context, from, left, to) -> {
      if (from < end) {
        String name = context.vcpu().domain().name();
        turns.add(new Turn(name, from, Math.min(to, end)));
      }
      if (to >= end) {
        stop(done);
      }
    });
    time.at(end + LONGEST_TURN, () -> stop(done));
    domains.forEach(calls -> each(calls, slot -> Board.require(calls.start(slot, () -> {}))));
    time.flow();
    return Board.soon(done);
  }

  /** Holds the pCPU's thread until the test has looked at everything. */
  private void stop(CompletableFuture<List<Turn>> done) {
    if (done.complete(List.copyOf(turns))) {
      try {
        closing.await();
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }
  }

  private static void each(SystemCalls calls, Consumer<Integer> action) {
    for (int slot = 0; slot < CapabilitySpace.SLOTS; slot++) {
      if (calls.vcpu(slot).isPresent()) {
        action.accept(slot);
      }
    }
  }

  /** Nanoseconds that a domain had of a trace. */
  static long time(List<Turn> turns, String domain) {
    return turns.stream().filter(t -> t.domain.equals(domain)).mapToLong(Turn::length).sum();
  }

  /** The turns, neighbours joined, their times rounded; without those that executed nothing. */
  static List<Turn> joined(List<Turn> turns) {
    List<Turn> result = new ArrayList<>();
    for (Turn exact : turns) {
      Turn turn = new Turn(exact.domain, rounded(exact.start), rounded(exact.end));
      Turn last = result.isEmpty() ? null : result.getLast();
      if (last != null && last.domain.equals(turn.domain) && last.end == turn.start) {
        result.set(result.size() - 1, new Turn(last.domain, last.start, turn.end));
      } else if (turn.length() > 0) {
        result.add(turn);
      }
    }
    return result;
  }

  private static long rounded(long nanos) {
    return (nanos + ROUNDING / 2) / ROUNDING * ROUNDING;
  }

  @Override
  public void close() {
    closing.countDown();
    time.flow();
    try {
      for (SystemCalls calls : domains) {
        Board.require(calls.close());
      }
      kernel.close();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
