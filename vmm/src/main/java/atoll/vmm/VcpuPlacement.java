package atoll.vmm;

import atoll.kernel.SchedulingContext.Reservation;
import java.util.Objects;

/**
 * Where a vCPU executes.
 *
 * @param pcpu number of the physical CPU
 * @param reservation its claim to that CPU's time
 */
public record VcpuPlacement(int pcpu, Reservation reservation) {
  public VcpuPlacement {
    Objects.requireNonNull(reservation, "reservation");
    if (pcpu < 0) {
      throw new VmException("a board's physical CPUs are numbered from 0, not %d".formatted(pcpu));
    }
  }
}
