package atoll.engine;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A hart between two instructions, whatever engine executes it.
 *
 * @param pc address of the next instruction
 * @param x integer registers by number, of which the first is 0
 * @param f floating-point registers by number, with their NaN boxes
 * @param privilege U, S or M: see {@link Privilege}
 * @param virtual whether U and S are a guest's, VU and VS
 * @param hosted whether the hypervisor stands in for machine mode
 * @param csrs by number, as machine mode reads them outside of the virtual modes; those that are 0
 *     are left out, as are those that only show others
 * @param inputs levels of the interrupt inputs, as bits of {@code mip}
 * @param softwarePending SEIP and STIP as software has written them
 * @param machineTimer {@code mtimecmp}, which a device keeps: ticks, or -1 for never
 * @param retired instructions since power-on
 * @param reservation what {@code lr} has reserved
 */
public record HartState(
    long pc,
    List<Long> x,
    List<Long> f,
    int privilege,
    boolean virtual,
    boolean hosted,
    Map<Integer, Long> csrs,
    long inputs,
    long softwarePending,
    long machineTimer,
    long retired,
    Optional<Reservation> reservation) {
  /** Registers of each kind. */
  public static final int REGISTERS = 32;

  /**
   * What {@code lr} has reserved.
   *
   * @param gpa guest-physical address
   * @param value what was read there
   */
  public record Reservation(long gpa, long value) {}

  public HartState {
    if (x.size() != REGISTERS || f.size() != REGISTERS || x.getFirst() != 0) {
      throw new IllegalArgumentException(
          "a hart has 32 registers of each kind, and x0 is 0: %d, %d"
              .formatted(x.size(), f.size()));
    }
    if (privilege != Privilege.USER
        && privilege != Privilege.SUPERVISOR
        && (privilege != Privilege.MACHINE || virtual || hosted)) {
      throw new IllegalArgumentException(
          "there is no mode %d with virtual %s and hosted %s"
              .formatted(privilege, virtual, hosted));
    }
    x = List.copyOf(x);
    f = List.copyOf(f);
    csrs = Map.copyOf(csrs);
  }
}
