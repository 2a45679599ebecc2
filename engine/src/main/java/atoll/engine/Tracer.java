package atoll.engine;

/** Is shown every instruction that a hart executes; slows it down by orders of magnitude. */
@FunctionalInterface
public interface Tracer {
  /**
   * After an instruction, or the trap that it took.
   *
   * @param pc where it was
   * @param bits its encoding, 16 or 32 bits
   * @param before the integer registers before it, x0 to x31; valid during the call
   * @param floatBefore the floating-point registers before it; valid during the call
   */
  void executed(Hart hart, long pc, int bits, long[] before, long[] floatBefore);
}
