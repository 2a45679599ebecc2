package atoll.report;

import atoll.engine.AddressTranslation;
import atoll.engine.Privilege;
import atoll.engine.TrapLoop;
import atoll.isa.Cause;
import atoll.vmm.MachineImage;
import java.util.Optional;

/** Why an access has faulted whose address leads somewhere. */
final class FaultReason {
  private static final int R = 1 << 1;
  private static final int W = 1 << 2;
  private static final int X = 1 << 3;
  private static final int U = 1 << 4;
  private static final int A = 1 << 6;
  private static final int D = 1 << 7;

  private FaultReason() {}

  /** In a sentence without its full stop; empty if nothing is known. */
  static Optional<String> of(
      TrapLoop.Raised fault, AddressTranslation found, MachineImage machine) {
    if (found.physical().isEmpty()) {
      return Optional.empty();
    }
    return switch (fault.cause()) {
      case Cause.INSTRUCTION_PAGE_FAULT, Cause.LOAD_PAGE_FAULT, Cause.STORE_PAGE_FAULT ->
          rights(fault, leaf(found));
      case Cause.INSTRUCTION_ACCESS_FAULT, Cause.LOAD_ACCESS_FAULT, Cause.STORE_ACCESS_FAULT ->
          Optional.of(
              machine.hasMemory(found.physical().getAsLong())
                  ? "there is memory; physical memory protection (PMP) or the kind of memory refuses it"
                  : "there is no memory, and no device that answers");
      default -> Optional.empty();
    };
  }

  /** The flags of the first stage's last entry. */
  private static int leaf(AddressTranslation found) {
    return found.steps().stream()
        .filter(step -> step.stage() == 1)
        .mapToInt(step -> (int) step.entry())
        .reduce((first, second) -> second)
        .orElse(0);
  }

  private static Optional<String> rights(TrapLoop.Raised fault, int entry) {
    boolean fetch = fault.cause() == Cause.INSTRUCTION_PAGE_FAULT;
    boolean store = fault.cause() == Cause.STORE_PAGE_FAULT;
    boolean user = fault.privilege() == Privilege.USER;
    if ((entry & (fetch ? X : store ? W : R)) == 0) {
      return Optional.of(
          "the entry does not allow to %s".formatted(fetch ? "execute" : store ? "write" : "read"));
    }
    if (user && (entry & U) == 0) {
      return Optional.of("the page is not for user mode");
    }
    if (!user && (entry & U) != 0) {
      return Optional.of(
          fetch
              ? "the page is for user mode, and supervisors execute no such pages"
              : "the page is for user mode, and sstatus.SUM is clear");
    }
    if ((entry & A) == 0 || store && (entry & D) == 0) {
      return Optional.of("its %s bit is clear".formatted((entry & A) == 0 ? "A" : "D"));
    }
    return Optional.of("the entry allows it now; it has been changed, or a TLB was not flushed");
  }
}
