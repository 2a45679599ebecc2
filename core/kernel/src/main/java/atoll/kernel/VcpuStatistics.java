package atoll.kernel;

import atoll.cpu.Exit;
import atoll.host.LatencyHistogram;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Statistics of one vCPU.
 *
 * @param name such as {@code linux/cpu0}
 * @param domain whose it is
 * @param priority its own or, if it is higher, what a client has lent it
 * @param consumed nanoseconds of its physical CPU's time
 * @param exits how many there were, by reason: see {@link Exit}
 * @param wakeUps nanoseconds from the end of a wait to its next instruction
 */
public record VcpuStatistics(
    String name,
    String domain,
    VcpuState state,
    int priority,
    long consumed,
    List<Long> exits,
    LatencyHistogram.Snapshot wakeUps) {
  static VcpuStatistics of(SchedulingContext context, long now) {
    Vcpu vcpu = context.vcpu();
    return new VcpuStatistics(
        vcpu.name(),
        vcpu.domain().name(),
        vcpu.state(),
        context.priority(),
        context.consumed(now),
        IntStream.range(0, Exit.REASONS).mapToObj(vcpu.statistics()::count).toList(),
        vcpu.wakeUps());
  }
}
