package atoll.vmm;

import atoll.kernel.SchedulingContext.Reservation;
import java.util.Objects;

/**
 * Which physical CPU runs a hart, and what it claims of that CPU's time.
 *
 * @param pcpu from 0
 * @param reservation as the CPU's scheduling policy takes it
 */
public record Placement(int pcpu, Reservation reservation) {
  public Placement {
    Objects.requireNonNull(reservation, "reservation");
  }
}
