package atoll.engine;

import atoll.isa.Cause;

/**
 * A hart that has taken very many exceptions in a row without getting anywhere: where its traps
 * lead, nothing can be executed; or it is a handler that takes an exception itself, each time at
 * the same place, and never comes to its end.
 *
 * @param hart its number
 * @param first the exception with which it began
 * @param last the one that it has come to, as a rule the same again and again
 * @param exceptions how many there have been in all
 * @param interruptible whether it executes a guest of the machine's own hypervisor, and an
 *     interrupt is enabled that would bring the hypervisor back
 * @param executes whether there are instructions between them, those of the handler
 */
public record TrapLoop(
    int hart, Raised first, Raised last, int exceptions, boolean interruptible, boolean executes) {
  /**
   * An exception.
   *
   * @param value what {@code mtval} or {@code stval} has: as a rule the address, otherwise the
   *     instruction
   * @param privilege of the mode in which it was met: see {@link Privilege}
   * @param virtual whether that is VU or VS
   */
  public record Raised(int cause, long pc, long value, int privilege, boolean virtual) {
    /** The mode's name: U, S, M, VU or VS. */
    public String mode() {
      return (virtual ? "V" : "") + Privilege.name(privilege);
    }

    /** Whether {@link #value} is an instruction, and no address. */
    public boolean refused() {
      return cause == Cause.ILLEGAL_INSTRUCTION || cause == Cause.VIRTUAL_INSTRUCTION;
    }

    @Override
    public String toString() {
      return "%s (cause %d) at pc 0x%x, %s 0x%x, in %s mode"
          .formatted(
              Cause.exceptionName(cause),
              cause,
              pc,
              refused() ? "instruction" : "address",
              value,
              mode());
    }
  }

  /** Is told of such a hart, on its thread; returns at once. */
  @FunctionalInterface
  public interface Listener {
    /**
     * Is told once of each such loop.
     *
     * @return whether the hart is to end with {@link atoll.cpu.Exit#FAULT}; otherwise it goes on
     */
    boolean loops(TrapLoop loop);
  }

  /** What has been met and how often, for a person. */
  public String text() {
    String start = first.equals(last) ? "" : first + ", then ";
    return executes
        ? "%s%s; %,d times, since the handler takes that exception itself"
            .formatted(start, last, exceptions)
        : "%s%s; %,d exceptions without an instruction between them"
            .formatted(start, last, exceptions);
  }
}
