package atoll.device;

/** Calls back at a time of the machine's clock; a deterministic run hands down its own. */
@FunctionalInterface
public interface Timers {
  /**
   * Runs {@code action} once the clock shows {@code nanos} or more.
   *
   * <p>The action runs on any thread, but never inside this call, so the caller may hold locks.
   */
  Armed at(long nanos, Runnable action);

  /** A call that is still to come. */
  @FunctionalInterface
  interface Armed {
    /** Prevents the call if it has not begun; does not wait for one that has. */
    void cancel();
  }
}
