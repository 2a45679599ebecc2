package atoll.host;

/** Calls back at a time of a platform's clock; while that stands still, nothing is called. */
public interface Timers extends AutoCloseable {
  /**
   * Runs {@code action} once the clock shows {@code nanos} or more; actions of the same time in the
   * order of these calls.
   *
   * <p>The action runs on any thread, but never inside this call, so the caller may hold locks.
   */
  Armed at(long nanos, Runnable action);

  /** Forgets every call that is still to come. */
  @Override
  void close();

  /** A call that is still to come. */
  @FunctionalInterface
  interface Armed {
    /** Prevents the call if it has not begun; does not wait for one that has. */
    void cancel();
  }
}
