package atoll.vmm;

import atoll.kernel.VcpuState;

/**
 * What a vCPU is doing.
 *
 * @param number of its hart
 * @param pcpu number of the physical CPU that executes it
 */
public record VcpuReport(int number, int pcpu, VcpuState state) {}
