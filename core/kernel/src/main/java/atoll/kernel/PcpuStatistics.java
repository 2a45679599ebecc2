package atoll.kernel;

import java.util.List;
import java.util.OptionalInt;

/**
 * Statistics of one physical CPU.
 *
 * @param policy the name of its scheduling policy
 * @param hostCpu the host's CPU that its thread is bound to; empty if it is not, or cannot be
 * @param worldSwitches how often it has passed from one vCPU to another
 * @param executed nanoseconds of the host's CPU time that its thread has had; 0 if the host does
 *     not tell
 * @param vcpus those that are bound to it now
 */
public record PcpuStatistics(
    int number,
    String policy,
    OptionalInt hostCpu,
    long worldSwitches,
    long executed,
    List<VcpuStatistics> vcpus) {}
