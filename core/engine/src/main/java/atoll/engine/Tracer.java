package atoll.engine;

/** Is shown everything that a hart executes; slows it down by orders of magnitude. */
@FunctionalInterface
public interface Tracer {
  /**
   * A trap that a hart takes.
   *
   * @param cause as {@code mcause} or {@code scause} has it
   * @param pc of the instruction that met it, or was to be executed next
   * @param value the trap's value: as a rule the address
   * @param from the mode that it was met in: U, S, M, VU or VS
   * @param to the mode that handles it
   * @param handler where that goes on
   */
  record Trap(long cause, long pc, long value, String from, String to, long handler) {}

  /**
   * After an instruction, or one that has ended in a trap; not if it could not be fetched.
   *
   * @param pc where it was
   * @param bits its encoding, 16 or 32 bits
   * @param before the integer registers before it, x0 to x31; valid during the call
   * @param floatBefore the floating-point registers before it; valid during the call
   */
  void executed(Hart hart, long pc, int bits, long[] before, long[] floatBefore);

  /** After a trap: behind the instruction that has met it, and before the first of its handler. */
  default void trapped(Hart hart, Trap trap) {}
}
