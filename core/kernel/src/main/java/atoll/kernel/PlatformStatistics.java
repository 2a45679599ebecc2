package atoll.kernel;

import java.util.List;
import java.util.Optional;

/**
 * Statistics of the physical CPUs and the vCPUs on them at one moment; each number is a recent one.
 * Two of them tell what happened in between.
 *
 * @param time of the snapshot, in the clock's nanoseconds
 * @param pcpus by number
 */
public record PlatformStatistics(
    long time, List<PcpuStatistics> pcpus, MachineMemory.Usage memory) {
  /** The vCPU of that name, such as {@code linux/cpu0}. */
  public Optional<VcpuStatistics> vcpu(String name) {
    return pcpus.stream()
        .flatMap(pcpu -> pcpu.vcpus().stream())
        .filter(vcpu -> vcpu.name().equals(name))
        .findFirst();
  }

  /**
   * The part of its physical CPU's time that a vCPU has had since an earlier snapshot, 0 to 1.
   *
   * @return 0 if one of the two does not know it
   */
  public double share(String vcpu, PlatformStatistics earlier) {
    long elapsed = time - earlier.time;
    long now = vcpu(vcpu).map(VcpuStatistics::consumed).orElse(0L);
    long before = earlier.vcpu(vcpu).map(VcpuStatistics::consumed).orElse(now);
    return elapsed <= 0 ? 0 : Math.clamp((double) (now - before) / elapsed, 0, 1);
  }
}
