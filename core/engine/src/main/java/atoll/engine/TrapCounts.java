package atoll.engine;

/** Traps that a hart has taken, by cause: the evidence behind trap-and-emulate. */
public interface TrapCounts {
  /** Exceptions of a cause, from {@code atoll.isa.Cause}. */
  long exceptions(int cause);

  /** Interrupts of a number. */
  long interrupts(int number);
}
