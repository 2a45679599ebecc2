package atoll.manager;

import atoll.kernel.MachineMemory;
import atoll.kernel.PlatformStatistics;
import java.time.Duration;
import java.util.List;
import java.util.Objects;

/**
 * A running system at one moment.
 *
 * @param elapsed since the machines were started
 * @param platform its physical CPUs and machine memory
 * @param vms in the scenario's order
 * @param networks in the scenario's order
 */
public record SystemStatistics(
    Duration elapsed,
    PlatformStatistics platform,
    List<VmReport> vms,
    List<NetworkReport> networks) {
  /** Of machines that never came to be. */
  public static final SystemStatistics NONE =
      new SystemStatistics(
          Duration.ZERO,
          new PlatformStatistics(
              0, List.of(), new MachineMemory.Usage(0, 0, 0, 0, List.of(), List.of())),
          List.of(),
          List.of());

  /** Whether its VMs have come to their end, and none was ended by an operator. */
  public boolean overByItself() {
    return VmStatus.overByItself(vms.stream().map(VmReport::status).toList());
  }

  public SystemStatistics {
    Objects.requireNonNull(elapsed, "elapsed");
    Objects.requireNonNull(platform, "platform");
    vms = List.copyOf(vms);
    networks = List.copyOf(networks);
  }
}
