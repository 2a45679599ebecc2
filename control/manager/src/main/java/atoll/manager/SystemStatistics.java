package atoll.manager;

import atoll.kernel.BoardStatistics;
import atoll.kernel.MachineMemory;
import java.time.Duration;
import java.util.List;
import java.util.Objects;

/**
 * A running system at one moment.
 *
 * @param elapsed since the machines were started
 * @param board its physical CPUs and machine memory
 * @param vms in the scenario's order
 */
public record SystemStatistics(Duration elapsed, BoardStatistics board, List<VmSnapshot> vms) {
  /** Of machines that never came to be. */
  public static final SystemStatistics NONE =
      new SystemStatistics(
          Duration.ZERO,
          new BoardStatistics(
              0, List.of(), new MachineMemory.Usage(0, 0, 0, 0, List.of(), List.of())),
          List.of());

  public SystemStatistics {
    Objects.requireNonNull(elapsed, "elapsed");
    Objects.requireNonNull(board, "board");
    vms = List.copyOf(vms);
  }
}
