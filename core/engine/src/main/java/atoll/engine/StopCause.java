package atoll.engine;

/** Why a hart has stopped with {@link atoll.cpu.Exit#BREAK}. */
public sealed interface StopCause {
  /** It is about to execute the instruction at a breakpoint. */
  record Breakpoint() implements StopCause {}

  /**
   * It is about to execute an instruction that accesses what is watched.
   *
   * @param address the watchpoint's
   * @param store whether the instruction stores
   */
  record Watchpoint(long address, boolean store) implements StopCause {}

  /**
   * It cannot go on from an exception, and ends when it is let go on as it is.
   *
   * @param trap the exception's cause
   */
  record Unhandled(int trap) implements StopCause {}

  /** It has made its step. */
  record Stepped() implements StopCause {}
}
