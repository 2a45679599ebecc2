package atoll.vmm;

import atoll.cpu.Exit;
import atoll.engine.Hart;
import atoll.engine.MmuStatistics;
import atoll.engine.TranslationStatistics;
import atoll.host.Clock;
import atoll.isa.Cause;
import atoll.kernel.SchedulingContext;
import atoll.kernel.SystemCalls;
import atoll.vmm.VmStatistics.ExitCount;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToLongFunction;

/** Gathers the counters of one machine's parts. */
final class StatisticsReader {
  private static final int CAUSES = 64;

  private final SystemCalls kernel;
  private final Clock clock;
  private final HartTable harts;
  private final Board board;
  private final Sbi sbi;
  private final ExitDispatcher exits;

  StatisticsReader(
      SystemCalls kernel,
      Clock clock,
      HartTable harts,
      Board board,
      Sbi sbi,
      ExitDispatcher exits) {
    this.kernel = kernel;
    this.clock = clock;
    this.harts = harts;
    this.board = board;
    this.sbi = sbi;
    this.exits = exits;
  }

  VmStatistics read() {
    return new VmStatistics(
        0,
        vcpuNanos(),
        hostCpuNanos(),
        chargedNanos(),
        sum(Hart::instructions),
        exitCounts(),
        causes(Cause::exceptionName, (hart, cause) -> hart.traps().exceptions(cause)),
        causes(Cause::interruptName, (hart, number) -> hart.traps().interrupts(number)),
        sum(Hart::tlbFills),
        sum(Hart::tableWalks),
        sum(Hart::tlbFlushes),
        mmu(),
        translation(),
        sbi.statistics(),
        board.bus().statistics(),
        board.virtioStatistics(),
        board.channelStatistics(),
        board.servedStatistics(),
        board.bus().unmapped(),
        exits.lastRefusal());
  }

  private long vcpuNanos() {
    long now = clock.nanos();
    return kernel.domain().contexts().stream().mapToLong(context -> context.consumed(now)).sum();
  }

  /** CPU time that the host has given to the machine's harts. */
  long hostCpuNanos() {
    return kernel.domain().contexts().stream().mapToLong(SchedulingContext::executed).sum();
  }

  private long chargedNanos() {
    return kernel.domain().contexts().stream().mapToLong(SchedulingContext::elsewhere).sum();
  }

  private long sum(ToLongFunction<Hart> counter) {
    return harts.rows().stream().mapToLong(row -> counter.applyAsLong(row.hart())).sum();
  }

  private MmuStatistics mmu() {
    return harts.rows().stream()
        .map(row -> row.hart().mmuStatistics())
        .reduce(MmuStatistics.NONE, MmuStatistics::plus);
  }

  private TranslationStatistics translation() {
    return harts.rows().stream()
        .map(row -> row.hart().translation())
        .reduce(TranslationStatistics.NONE, TranslationStatistics::plus);
  }

  private Map<String, ExitCount> exitCounts() {
    Map<String, ExitCount> counts = new LinkedHashMap<>();
    for (int reason = 0; reason < Exit.REASONS; reason++) {
      ExitCount total = ExitCount.NONE;
      for (HartTable.Row row : harts.rows()) {
        var statistics = row.vcpu().statistics();
        total =
            total.plus(
                new ExitCount(
                    statistics.count(reason),
                    statistics.nanos(reason),
                    statistics.longest(reason)));
      }
      counts.put(Exit.name(reason), total);
    }
    return counts;
  }

  @FunctionalInterface
  private interface Counter {
    long of(Hart hart, int number);
  }

  @FunctionalInterface
  private interface Naming {
    String of(int number);
  }

  private Map<String, Long> causes(Naming naming, Counter counter) {
    Map<String, Long> counts = new TreeMap<>();
    for (int i = 0; i < CAUSES; i++) {
      int number = i;
      long count = sum(hart -> counter.of(hart, number));
      if (count > 0) {
        counts.put(naming.of(number), count);
      }
    }
    return counts;
  }
}
