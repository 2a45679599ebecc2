package atoll.engine;

import atoll.isa.Cause;

/**
 * A hart that has taken very many exceptions in a row without an instruction between them: where
 * its traps lead, nothing can be executed, so that it makes no progress.
 *
 * @param hart its number
 * @param first the exception after the last instruction
 * @param last the one that it has come to, as a rule the same again and again
 * @param exceptions how many there have been in all
 * @param interruptible whether it executes a guest of the machine's own hypervisor, and an
 *     interrupt is enabled that would bring the hypervisor back
 */
public record TrapLoop(int hart, Raised first, Raised last, int exceptions, boolean interruptible) {
  /**
   * An exception.
   *
   * @param value what {@code mtval} or {@code stval} has: as a rule the address, otherwise the
   *     instruction
   * @param mode in which it was met: U, S, M, VU or VS
   */
  public record Raised(int cause, long pc, long value, String mode) {
    @Override
    public String toString() {
      boolean refused = cause == Cause.ILLEGAL_INSTRUCTION || cause == Cause.VIRTUAL_INSTRUCTION;
      return "%s (cause %d) at pc 0x%x, %s 0x%x, in %s mode"
          .formatted(
              Cause.exceptionName(cause),
              cause,
              pc,
              refused ? "instruction" : "address",
              value,
              mode);
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
    return "%s%s; %,d exceptions without an instruction between them"
        .formatted(start, last, exceptions);
  }
}
