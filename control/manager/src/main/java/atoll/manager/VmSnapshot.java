package atoll.manager;

import atoll.vmm.Outcome;
import atoll.vmm.VcpuReport;
import atoll.vmm.VmStatistics;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * A virtual machine of a running system at one moment.
 *
 * @param restarts how often it has been started again by itself
 * @param last how its last run ended, if one has
 * @param memory bytes of RAM that it has now
 * @param vcpus of the present or the last run
 * @param statistics over all runs
 */
public record VmSnapshot(
    String name,
    VmStatus status,
    int restarts,
    Optional<Outcome> last,
    long memory,
    List<VcpuReport> vcpus,
    VmStatistics statistics) {
  public VmSnapshot {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(status, "status");
    Objects.requireNonNull(last, "last");
    vcpus = List.copyOf(vcpus);
    Objects.requireNonNull(statistics, "statistics");
  }
}
