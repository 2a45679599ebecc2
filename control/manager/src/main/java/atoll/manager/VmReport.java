package atoll.manager;

import atoll.vmm.Outcome;
import atoll.vmm.VcpuReport;
import atoll.vmm.VmStatistics;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * What a virtual machine of a running system is doing at one moment, and has done.
 *
 * @param restarts how often it has been started again by itself
 * @param last how its last life ended, if one has
 * @param memory bytes of RAM that it has now
 * @param vcpus of the present or the last life
 * @param disks by number, with the images that they have now
 * @param statistics over all lives
 */
public record VmReport(
    String name,
    VmStatus status,
    int restarts,
    Optional<Outcome> last,
    long memory,
    List<VcpuReport> vcpus,
    List<DiskReport> disks,
    VmStatistics statistics) {
  public VmReport {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(status, "status");
    Objects.requireNonNull(last, "last");
    vcpus = List.copyOf(vcpus);
    disks = List.copyOf(disks);
    Objects.requireNonNull(statistics, "statistics");
  }
}
