package atoll.engine.hart;

import atoll.engine.HartState;
import atoll.isa.CsrNumber;
import atoll.memory.GuestMemory;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * Takes a hart's state and gives it back. Most of it is the CSRs by number; the exceptions are
 * those that only show what others keep, and what no CSR shows.
 */
final class HartKeeper {
  /** What can be read and written elsewhere as well. */
  private static final Set<Integer> VIEWS =
      Set.of(
          CsrNumber.FFLAGS,
          CsrNumber.FRM,
          CsrNumber.SSTATUS,
          CsrNumber.SIE,
          CsrNumber.SIP,
          CsrNumber.MIP,
          CsrNumber.HIE,
          CsrNumber.HIP,
          CsrNumber.VSIE,
          CsrNumber.VSIP,
          CsrNumber.MVIP,
          CsrNumber.MIREG,
          CsrNumber.SIREG,
          CsrNumber.VSIREG,
          CsrNumber.MTOPEI,
          CsrNumber.STOPEI,
          CsrNumber.VSTOPEI);

  /** Number bits 11:10 of registers that cannot be written. */
  private static final int READ_ONLY = 3;

  private final SoftHart hart;

  HartKeeper(SoftHart hart) {
    this.hart = hart;
  }

  HartState state() {
    return new HartState(
        hart.pc,
        Arrays.stream(hart.x, 0, HartState.REGISTERS).boxed().toList(),
        Arrays.stream(hart.f).boxed().toList(),
        hart.privilege,
        hart.virtual,
        hart.hosted(),
        csrs(),
        hart.interrupts.inputs(),
        hart.interrupts.softwarePending(),
        hart.interrupts.machineTimer(),
        hart.instructions(),
        reservation());
  }

  private Map<Integer, Long> csrs() {
    Map<Integer, Long> kept = new TreeMap<>();
    boolean guest = hart.virtual;
    hart.hypervisor.virtual(false);
    for (int number = 0; number < CsrFile.COUNT; number++) {
      if (kept(number) && hart.csrs.kept(number) != 0) {
        kept.put(number, hart.csrs.kept(number));
      }
    }
    hart.hypervisor.virtual(guest);
    return kept;
  }

  private boolean kept(int number) {
    return number >>> 10 != READ_ONLY && !VIEWS.contains(number) && hart.csrs.find(number) != null;
  }

  private Optional<HartState.Reservation> reservation() {
    long hva = hart.state.get(StateBlock.RESERVATION);
    return hva == 0
        ? Optional.empty()
        : Optional.of(
            new HartState.Reservation(
                hart.guestMemory().gpa(hva).orElseThrow(), hart.memory.reservedValue()));
  }

  /**
   * Fills a hart that is as after its reset.
   *
   * @throws IllegalArgumentException if it cannot be in that state
   */
  void restore(HartState from) {
    for (int r = 1; r < HartState.REGISTERS; r++) {
      hart.x(r, from.x().get(r));
    }
    for (int r = 0; r < HartState.REGISTERS; r++) {
      hart.f(r, from.f().get(r));
    }
    hart.pc(from.pc());
    restoreCsrs(from.csrs());
    hart.interrupts.restore(from.inputs(), from.softwarePending(), from.machineTimer());
    hart.privilege = from.privilege();
    hart.hypervisor.virtual(from.virtual());
    hart.updateTranslation();
    from.reservation().ifPresent(this::reserve);
  }

  /** In the order of their numbers, but for the entries of PMP, which their configuration locks. */
  private void restoreCsrs(Map<Integer, Long> values) {
    for (int number = 0; number < CsrFile.COUNT; number++) {
      if (kept(number) && !isPmpConfig(number)) {
        hart.csrs.existing(number).write(values.getOrDefault(number, 0L));
      }
    }
    for (int number = CsrNumber.PMPCFG0; isPmpConfig(number); number += 2) {
      hart.csrs.existing(number).write(values.getOrDefault(number, 0L));
    }
    hart.outcome = Outcome.NEXT;
    requireSame(values);
  }

  private static boolean isPmpConfig(int number) {
    return number >= CsrNumber.PMPCFG0 && number < CsrNumber.PMPADDR0;
  }

  private void requireSame(Map<Integer, Long> wanted) {
    Map<Integer, Long> now = csrs();
    wanted.forEach((number, value) -> {
      long found = now.getOrDefault(number, 0L);
      if (found != value) {
        throw new IllegalArgumentException(
            "hart %d cannot have 0x%x in CSR 0x%03x, which becomes 0x%x"
                .formatted(hart.id(), value, number, found));
      }
    });
  }

  private void reserve(HartState.Reservation reservation) {
    GuestMemory memory = hart.guestMemory();
    long hva = memory.loadHva(reservation.gpa());
    if (hva == 0) {
      throw new IllegalArgumentException(
          "hart %d has reserved 0x%x, where there is no memory"
              .formatted(hart.id(), reservation.gpa()));
    }
    hart.memory.reserve(hva, reservation.value());
  }
}
