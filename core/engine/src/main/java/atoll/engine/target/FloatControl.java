package atoll.engine.target;

import atoll.engine.hart.StateBlock;

/**
 * How a processor keeps what RISC-V keeps in {@code fcsr}: a word with a rounding mode and the
 * exceptions that have been raised. Translated code has it in the state block.
 */
public interface FloatControl {
  /** Tells a hart's state block the host's own word, and what code looks up there. */
  void begin(StateBlock state);

  /** Whether the processor has a rounding mode for a value of {@code frm}. */
  boolean rounds(int frm);

  /**
   * The word for a guest.
   *
   * @param frm one that the processor {@linkplain #rounds has}
   */
  int word(int frm, int flags);

  /** {@code fflags}, of a word. */
  int flags(int word);
}
