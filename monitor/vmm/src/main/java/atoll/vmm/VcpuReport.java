package atoll.vmm;

import atoll.host.LatencyHistogram;
import atoll.kernel.VcpuState;

/**
 * The state of a vCPU.
 *
 * @param number of its hart
 * @param pcpu number of the physical CPU that executes it
 * @param wakeUps how long after its interrupts and deadlines it began to execute
 */
public record VcpuReport(
    int number, int pcpu, VcpuState state, LatencyHistogram.Snapshot wakeUps) {}
