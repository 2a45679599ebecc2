package atoll.testkit;

import atoll.isa.Cause;

/**
 * A trap as its handler finds it.
 *
 * @param cause {@code mcause} or {@code scause}
 * @param epc the instruction's address
 * @param tval the trap's value
 * @param from the mode that trapped: 0 U, 1 S, 3 M
 * @param to the mode that handles it: 1 S, 3 M
 */
public record Trap(long cause, long epc, long tval, int from, int to) {
  @Override
  public String toString() {
    return "%s at 0x%x, value 0x%x, from %d to %d"
        .formatted(Cause.name(cause), epc, tval, from, to);
  }
}
