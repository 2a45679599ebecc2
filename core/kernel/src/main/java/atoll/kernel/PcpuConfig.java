package atoll.kernel;

import java.util.Objects;
import java.util.OptionalInt;

/**
 * One physical CPU of a board before it is made.
 *
 * @param policy by which it chooses; an object of its own, or the same as that of other pCPUs:
 *     these are a pool then, and each of them executes any vCPU of the pool
 * @param hostCpu the host's CPU that its thread is bound to; otherwise the host chooses
 */
public record PcpuConfig(SchedulingPolicy policy, OptionalInt hostCpu) {
  public PcpuConfig {
    Objects.requireNonNull(policy, "policy");
    if (hostCpu.isPresent() && hostCpu.getAsInt() < 0) {
      throw new IllegalArgumentException("host CPUs are numbered from 0: " + hostCpu.getAsInt());
    }
  }

  /** A physical CPU on whatever CPU of the host is free. */
  public static PcpuConfig of(SchedulingPolicy policy) {
    return new PcpuConfig(policy, OptionalInt.empty());
  }
}
