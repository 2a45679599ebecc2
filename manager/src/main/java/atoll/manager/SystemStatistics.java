package atoll.manager;

import atoll.kernel.MachineMemory;
import java.util.List;
import java.util.Objects;

/**
 * A running system at one moment.
 *
 * @param nanos since the machines were started
 * @param memory who has which machine memory
 * @param vms in the scenario's order
 */
public record SystemStatistics(long nanos, MachineMemory.Usage memory, List<VmSnapshot> vms) {
  public SystemStatistics {
    Objects.requireNonNull(memory, "memory");
    vms = List.copyOf(vms);
  }
}
